"""Links that take home as a file what a page shows."""

from html import escape

from tillsight.dashboard import client, texts


def file_links(path: str, wanted: client.Parameters, text: str = "") -> str:
    """Links as HTML: what the API has at a path, all of what is wanted, as CSV (with that text) and
    as an Excel workbook.
    """
    csv = _link(path, {**wanted, "format": "csv"}, text or texts.DOWNLOAD_CSV)
    workbook = _link(path, {**wanted, "format": "xlsx"}, texts.XLSX)
    return f'<span class="file-links">{csv}{workbook}</span>'


def _link(path: str, wanted: client.Parameters, text: str) -> str:
    address = escape(client.listed(wanted))
    return (
        f'<a class="quiet-button" download href="{path}?{address}" target="_self">'
        f"{escape(text)}</a>"
    )
