"""What a partner's SFTP server expects of us: pick-up, delivery, and its host keys."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from gateway.partner.scalars import Cron, Form, Zone, counted, like, mistake

__all__ = ["Host", "HostKeys", "Login", "Port", "SftpGet", "SftpPut"]

_FOLDER = "a folder name of at most 400 characters without .. in it"


def _folder(value: object) -> str:
    """A folder on their server: absolute, or relative to where the login leads."""
    if not isinstance(value, str) or not 0 < len(value) <= 400:
        raise mistake(_FOLDER)
    if ".." in value.split("/") or not value.isprintable():
        raise mistake(_FOLDER)
    return value.rstrip("/") or "/"


def _several(value: object) -> object:
    """A single word stands for a list of one."""
    return [value] if isinstance(value, str) else value


Host = Annotated[
    str,
    *like(
        r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:]{2,45}",
        "a host name or an address, like sftp.acme.example",
    ),
]
Port = Annotated[int, *counted(1, 65535)]
Login = Annotated[str, *like(r"[!-~]{1,100}", "a login name without blanks")]
_HostKey = Annotated[
    str,
    *like(
        r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))"
        r" (SHA256:[A-Za-z0-9+/]{43}|[A-Za-z0-9+/]{60,2000}={0,2})",
        "a key's type, then its base64 as ssh-keyscan prints it or SHA256:FINGERPRINT",
    ),
]
HostKeys = Annotated[
    tuple[_HostKey, ...],
    BeforeValidator(_several, json_schema_input_type=_HostKey | list[_HostKey]),
    Field(min_length=1, max_length=2),
]
_Folder = Annotated[
    str, PlainValidator(_folder), WithJsonSchema({"type": "string", "minLength": 1})
]
_Pattern = Annotated[
    str, *like(r"[!-.0-~]{1,100}", "a name with * and ? in it, without blanks or /")
]
_Patterns = Annotated[
    tuple[_Pattern, ...],
    BeforeValidator(_several, json_schema_input_type=_Pattern | list[_Pattern]),
]
_Ending = Annotated[
    str, *like(r"\.[A-Za-z0-9_-]{1,20}", "the ending of a name, like .ok")
]
_Temporary = Annotated[
    str,
    *like(
        r"\.[A-Za-z0-9_-]{1,20}|(/?[A-Za-z0-9_-][A-Za-z0-9._-]{0,60}){1,9}/",
        "the ending of a name, like .part, or a folder with a / at its end",
    ),
]
_Template = Annotated[
    str,
    *like(
        r"[A-Za-z0-9_](?:[A-Za-z0-9._-]|\{type\}|\{number\}|\{id\})*"
        r"|\{(?:type|number|id)\}(?:[A-Za-z0-9._-]|\{type\}|\{number\}|\{id\})*",
        "a name of letters, digits, . _ - with {type}, {number} or {id} in it",
    ),
]


class SftpGet(Form):
    """How we pick up files from their server."""

    folder: _Folder = "."
    """Folder that their files lie in."""
    names: _Patterns = ("*",)
    """Names that are ours to take, with ``*`` and ``?``; capitals matter."""
    ignore: _Patterns = ()
    """Names that are not, besides those of unfinished files."""
    marker: _Ending | None = None
    """Ending of the file that says that another one is complete: with ``.ok``
    ``po.edi`` waits for ``po.ok`` or ``po.edi.ok``."""
    looks: Annotated[int, *counted(1, 20)] = 2
    """In how many looks in a row size and time must be unchanged."""
    gap_s: Annotated[int, *counted(0, 3600)] = 10
    """Seconds between two looks that count."""
    min_age_s: Annotated[int, *counted(0, 86_400)] = 10
    """Seconds that a file must be old by the clock of their server."""
    claim: Literal["none", "rename"] = "none"
    """Whether a file is renamed before it is read, where they allow that: then a new
    file of its name can never be mistaken for it."""
    then: Literal["delete", "archive", "leave"] = "delete"
    """What becomes of a file whose bytes are committed."""
    archive: _Folder = "archive"
    """Folder on their server that files are moved to with ``then: archive``."""
    at: Cron = "*/5 * * * *"
    """When we look, like ``*/5 * * * *``: minute, hour, day, month, weekday."""
    zone: Zone = "UTC"
    """The time zone of that."""

    @model_validator(mode="after")
    def _moves_away(self) -> Self:
        if self.then == "archive" and self.archive == self.folder:
            raise mistake("another folder for archive than the one that is read")
        return self


class SftpPut(Form):
    """How we deliver files to their server."""

    folder: _Folder = "."
    """Folder that our files go to."""
    temporary: _Temporary = ".part"
    """What a file is called until it is complete: an ending, or a folder of theirs."""
    name: _Template | None = None
    """The name in the end: ``{type}`` like x12_855, ``{number}`` the interchange
    control number, ``{id}`` the message's id; left out: type, id and ``.edi``."""
    exists: Literal["fail", "number", "replace"] = "fail"
    """What happens if another file has the name: the message has failed, it gets a
    name with a number, or it replaces that file."""
    check: Literal["size", "content"] = "size"
    """What is compared before the file gets its name: its size as they tell it, or
    all its bytes, read back."""
    marker: _Ending | None = None
    """Ending of an empty file that is laid beside it afterwards: ``.ok``."""

    @model_validator(mode="after")
    def _is_unique(self) -> Self:
        if self.name and "{number}" not in self.name and "{id}" not in self.name:
            raise mistake("a name with {number} or {id} in it")
        return self
