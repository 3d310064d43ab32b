"""Reverse proxies really started, as the documents say, with a certificate of our own."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from parts import missing

STARTS_WITHIN = 20  # seconds


def certificate(folder: Path, *names: str) -> tuple[Path, Path]:
    """A certificate for these hosts, which is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([*map(x509.DNSName, names)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, private


@contextmanager
def nginx(folder: Path, page: str, port: int, behind: str) -> Iterator[None]:
    """Start nginx with the page's configuration; `behind` is the host and port it passes on to."""
    text = re.sub(r"/etc/ssl/\S+\.pem", str(folder / "chain.pem"), page)
    text = re.sub(r"/etc/ssl/\S+\.key", str(folder / "key.pem"), text)
    text = text.replace("127.0.0.1:8000", behind).replace("listen 443", f"listen 127.0.0.1:{port}")
    temporary = "".join(
        f"{name}_temp_path {folder / name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.name == "posix" and os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(
        f"{user} pid {folder / 'pid'}; worker_processes 1; daemon off; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off;\n{temporary}{text}}}\n",
        encoding="utf-8",
    )
    with _running(folder, port, "nginx", "-e", "stderr", "-p", str(folder), "-c", str(config)):
        yield


@contextmanager
def caddy(folder: Path, page: str, port: int, behind: str) -> Iterator[None]:
    """Start Caddy with the page's configuration, as `nginx` does; its certificate is ours.

    Not every system has a package of it, so that it may be missing anywhere.
    """
    if shutil.which("caddy") is None:
        pytest.skip("there is no Caddy on this machine")
    tls = f"tls {folder / 'chain.pem'} {folder / 'key.pem'}"
    text = re.sub(
        r"^(\S+) \{$", rf"https://\1:{port} {{\n\tbind 127.0.0.1\n\t{tls}", page, flags=re.MULTILINE
    )
    text = text.replace("127.0.0.1:8000", behind)
    config = folder / "Caddyfile"
    config.write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{text}")
    homes = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = ("caddy", "run", "--adapter", "caddyfile", "--config", str(config))
    with _running(folder, port, *command, **homes):
        yield


@contextmanager
def _running(folder: Path, port: int, name: str, *arguments: str, **more: str) -> Iterator[None]:
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if program is None:
        missing(f"there is no {name} on this machine")
    said = folder / f"{name}.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [program, *arguments], env=os.environ | more, stdout=log, stderr=log
        )
    try:
        _wait(process, port, said)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(process: subprocess.Popen[bytes], port: int, said: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"the proxy did not start: {said.read_text()}")
