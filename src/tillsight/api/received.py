"""Files that are sent: streamed to disk as they come, in pieces that fit into memory."""

from collections.abc import Mapping as Mapped
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter, ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from tillsight.errors import InvalidInput
from tillsight.sales.choices import Mapping
from tillsight.sales.disk import full_disk_told
from tillsight.sales.uploads import Upload, kept_upload, new_upload

WRITTEN_AT_ONCE = 1 << 20
LONGEST_TEXT = 1_000_000
NO_MULTIPART = "Send the file as multipart/form-data, in the field “file”."
NO_FILE = "No file came with the request. Send it in the field “file”."
CUT_OFF = "The file did not arrive whole. Send it again."
_MAPPING = TypeAdapter(Mapping)


@dataclass(frozen=True)
class Received:
    """A file that is here, what it is called, the columns somebody named, and the import that it
    was to be before its sender was asked something.
    """

    upload: Upload
    file_name: str
    mapping: Mapping | None
    import_id: int | None = None


async def receive(request: Request, incoming: Path, token: str | None, user_id: int) -> Received:
    """Take the file of a request, or the one kept under `token`; nothing stays of one cut off.

    Raises:
        InvalidInput: there is no file in it, or more than one, or it is no form.
        NotFound: nothing is kept under the token for this person.
        NoSpace: the disk is full.
    """
    if token is None:
        with full_disk_told():
            upload = await run_in_threadpool(new_upload, incoming)
            try:
                form = await _read(request, upload.file)
                return Received(upload, _name(form.file_name), _mapping(form.texts))
            except BaseException:
                upload.end()
                raise
    form = await _read(request, None)
    mapping = _mapping(form.texts)
    upload, about = await run_in_threadpool(kept_upload, incoming, token, user_id)
    return Received(upload, about.file_name, mapping, about.import_id)


@dataclass
class _Form:
    """What was found so far; `waiting` is of the file, and not written yet."""

    takes_file: bool
    file_name: str | None = None
    texts: dict[str, str] = field(default_factory=dict)
    waiting: bytearray = field(default_factory=bytearray)
    is_whole: bool = False


class _Parts:
    """Takes the parts of a form apart, as the parser finds them."""

    def __init__(self, form: _Form) -> None:
        self._form = form
        self._names = b"", b""
        self._disposition = b""
        self._text: bytearray | None = None
        self._field = ""

    def on_part_begin(self) -> None:
        self._names, self._disposition = (b"", b""), b""

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._names = self._names[0] + data[start:end], self._names[1]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._names = self._names[0], self._names[1] + data[start:end]

    def on_header_end(self) -> None:
        name, value = self._names
        if name.lower() == b"content-disposition":
            self._disposition = value
        self._names = b"", b""

    def on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            self._begin_file(options[b"filename"].decode("utf-8", "replace"))
        elif self._field == "mapping" and "mapping" not in self._form.texts:
            self._text = bytearray()
        else:
            raise InvalidInput(
                f"The field “{self._field[:50]}” is not expected. Send “file”, and “mapping” if the"
                " columns are to be named."
            )

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._text is None:
            self._form.waiting += data[start:end]
        elif len(self._text) + end - start > LONGEST_TEXT:
            raise InvalidInput("The field “mapping” is too long.")
        else:
            self._text += data[start:end]

    def on_part_end(self) -> None:
        if self._text is not None:
            self._form.texts[self._field] = self._text.decode("utf-8", "replace")
            self._text = None

    def on_end(self) -> None:
        self._form.is_whole = True

    def _begin_file(self, name: str) -> None:
        if self._field != "file":
            raise InvalidInput(NO_FILE)
        if not self._form.takes_file or self._form.file_name is not None:
            raise InvalidInput("Send one file at a time.")
        self._form.file_name = name
        self._text = None


async def _read(request: Request, target: Path | None) -> _Form:
    """Read the form; its file goes to `target`, none is expected without one."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    form = _Form(takes_file=target is not None)
    if target is None and kind != b"multipart/form-data":
        return form
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise InvalidInput(NO_MULTIPART)
    parts = _Parts(form)
    names = [name for name in dir(parts) if name.startswith("on_")]
    try:
        parser = MultipartParser(
            options[b"boundary"],
            {name: getattr(parts, name) for name in names},  # type: ignore[arg-type]
        )
        await _feed(request, parser, form, target)
    except FormParserError:
        raise InvalidInput("The form that came with the request cannot be read.") from None
    except ClientDisconnect:
        raise InvalidInput(CUT_OFF) from None
    if not form.is_whole:
        raise InvalidInput(CUT_OFF)
    return form


async def _feed(
    request: Request, parser: MultipartParser, form: _Form, target: Path | None
) -> None:
    if target is None:
        async for chunk in request.stream():
            parser.write(chunk)
        return
    with target.open("wb") as file:
        async for chunk in request.stream():
            parser.write(chunk)
            if len(form.waiting) >= WRITTEN_AT_ONCE:
                piece, form.waiting = form.waiting, bytearray()
                await run_in_threadpool(file.write, piece)
        await run_in_threadpool(file.write, form.waiting)
        form.waiting = bytearray()


def _name(text: str | None) -> str:
    if text is None:
        raise InvalidInput(NO_FILE)
    name = text or "file"
    if not name.isprintable():
        raise InvalidInput("The file's name holds characters that cannot be shown. Rename it.")
    return name


def _mapping(texts: Mapped[str, str]) -> Mapping | None:
    if "mapping" not in texts:
        return None
    if "\\u0000" in texts["mapping"]:
        raise InvalidInput("The mapping holds a NUL character. Remove it.")
    try:
        return _MAPPING.validate_json(texts["mapping"], strict=False)
    except ValidationError as error:
        [first, *_] = error.errors()
        where = ".".join(map(str, first["loc"]))
        raise InvalidInput(
            "The mapping is not understood"
            + (f" at {where[:80]}" if where else "")
            + f": {first['msg']}. It is written as"
            ' {"kind": "sales", "columns": {"Day": "time", "Total": "amount"}}.'
        ) from None
