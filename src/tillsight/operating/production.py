"""What production wants of each setting, where that is not for the shop alone to say."""

from collections.abc import Mapping

AS_YOU_LIKE = "as you like"
"""Of a setting that is not named below: its default will do."""

WANTED: Mapping[str, str] = {
    "home": "a folder on a disk that is backed up, which only the server's user can read",
    "journal": "empty, or a place that only the servers of this shop can read and write",
    "summaries": "local where the files of the sales lie in a bucket",
    "database_url": "SQLite, or a server reached over TLS with its certificate checked (above)",
    "secret_key": "one of its own; the server does not start without, or with a sample",
    "host": "127.0.0.1 behind a proxy on the same machine",
    "port": "not reachable from elsewhere but through the proxy",
    "requests_per_minute": "above 0",
    "stranger_requests_per_minute": "above 0",
    "trusted_proxies": "the address of the proxy, such as 127.0.0.1; never *",
    "environment": "production",
    "metrics_token": "a long random one, unless Prometheus runs on this machine",
    "log_level": "info or above; debug is refused",
    "cors_origins": "the origins that need it, mostly none; * is refused",
    "compat": "only what clients still use",
    "compat_anonymous": "empty",
    "compat_passwordless": "false",
    "public_docs": "false, if strangers need not know the API",
    "url": "its https address",
    "registration": "invite or closed; open only if everybody may see the sales",
    "smtp_host": "a mail server, so that people can set a new password by themselves",
    "smtp_tls": "starttls or tls",
    "mail": "smtp, or empty; console is refused",
    "allowed_hosts": "empty, or further names of its own; never *",
    "database_connections": "less than the database allows, over all servers of the shop",
    "oidc_allowed_domains": "your own, where the provider signs in others, too",
    "expected_ports": "what the firewall lets in",
    "prometheus_url": "the Prometheus that watches it",
}
