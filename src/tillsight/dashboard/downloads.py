"""Links that take home as a file what a page shows."""

from html import escape

from tillsight.dashboard import client, texts


def csv_link(path: str, wanted: client.Parameters, text: str = "") -> str:
    """A link as HTML: what the API has at a path, all of what is wanted, as CSV."""
    text = text or texts.DOWNLOAD_CSV
    address = escape(client.listed({**wanted, "format": "csv"}))
    return f'<a class="quiet-button" download href="{path}?{address}" target="_self">{text}</a>'
