"""What a browser sends with a form: fields and files, bounded in size and in time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from gateway.web import intake
from gateway.web.doors import Doors
from gateway.web.problem import Problem

__all__ = ["MOST_BYTES", "File", "Form", "read_form"]

MOST_BYTES = 256 * 1024
_MOST_FIELDS = 2_000
_MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class File:
    """A file that a person chose. Its name is theirs, and no path."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """The fields and files of a form; what was not sent is empty."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, tuple[File, ...]] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        """The last value of a field, blanks around it taken off."""
        found = self.fields.get(name)
        return found[-1].strip() if found else default

    def raw(self, name: str) -> str:
        """The last value of a field as it was typed."""
        return (self.fields.get(name) or ("",))[-1]

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a field, such as the boxes of one name that are ticked."""
        return self.fields.get(name, ())

    def file(self, name: str) -> File | None:
        """The file of a field; none where none was chosen."""
        return next((one for one in self.files.get(name, ()) if one.name), None)


async def read_form(
    request: Request, parts: Doors, most_bytes: int = MOST_BYTES
) -> Form:
    """The form in a request; none in one that has no body.

    One that is too long, too slow or in no form of a form is a problem.
    """
    body = await intake.small(request, most_bytes, timeout_s=parts.body_timeout_s)
    if not body:
        return Form()
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _of_parts(request, body)
    return Form(_gathered(_pairs(body)))


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise Problem.of("API-001", "the form has too many fields") from None


async def _of_parts(request: Request, body: bytes) -> Form:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        request.headers,
        stream(),
        max_files=_MOST_FILES,
        max_fields=_MOST_FIELDS,
        max_part_size=len(body),
    )
    try:
        sent = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        raise Problem.of("API-001", "the form's parts cannot be read") from None
    return await _sorted(sent)


async def _sorted(sent: FormData) -> Form:
    pairs: list[tuple[str, str]] = []
    files: dict[str, tuple[File, ...]] = {}
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            one = File(_bare(value.filename or ""), await value.read())
            files[name] = (*files.get(name, ()), one)
        else:
            pairs.append((name, value))
    await sent.close()
    return Form(_gathered(pairs), files)


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return found


def _bare(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2][:255]
