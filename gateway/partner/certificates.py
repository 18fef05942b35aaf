"""The certificates of a partner, as its profile has them: files, or their text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

import yaml
from pydantic import BeforeValidator, Field, model_validator

from gateway.partner.scalars import (
    Form,
    GraceDays,
    Moment,
    mistake,
    one_or_several,
)

__all__ = [
    "CertificateEntry",
    "CertificateFile",
    "CertificateUse",
    "files_of",
    "inlined",
]

CertificateUse = Literal["as2_sign", "as2_encrypt", "tls_client", "tls_server"]
_HOLDERS = ("anchors", "intermediates")
_PEM = re.compile(
    r"-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*"
)
_MENTIONED = re.compile("certificates|trust")
_LONGEST_PEM = 32_000


def _file(value: object) -> str:
    """A file below the profile's folder, never above it."""
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise mistake("a file name, like certs/2026.pem")
    parts = value.split("/")
    if any(part in ("", ".", "..") for part in parts) or not value.isprintable():
        raise mistake("a relative file name without .. in it")
    return value


def _pem(value: object) -> str:
    """The text of one certificate; a private key has no place in a profile."""
    if isinstance(value, str) and len(value) <= _LONGEST_PEM and _PEM.fullmatch(value):
        return value
    raise mistake("one certificate in PEM, or leave it to file")


class CertificateFile(Form):
    """A certificate: a file of the profile's folder, or its text."""

    file: Annotated[str, BeforeValidator(_file)] | None = None
    """Its file in the profile's folder, PEM, DER or p7c; ``profile apply`` copies it
    into the profile, so that every node has it."""
    pem: Annotated[str, BeforeValidator(_pem)] | None = None
    """Its text; goes before the file, whose name then only tells which it is."""

    @model_validator(mode="after")
    def _is_there(self) -> Self:
        if self.file is None and self.pem is None:
            raise mistake("a file or a pem")
        return self


class CertificateEntry(CertificateFile):
    """A certificate of this partner: what it is used for, and when."""

    uses: Annotated[
        tuple[CertificateUse, ...],
        BeforeValidator(
            one_or_several,
            json_schema_input_type=CertificateUse | list[CertificateUse],
        ),
        Field(min_length=1),
    ]
    """What for: as2_sign, as2_encrypt, tls_client, tls_server."""
    state: Literal["planned", "current", "previous", "revoked"] = "current"
    """Where it stands: planned, current, previous (only read) or revoked."""
    from_: Annotated[Moment | None, Field(alias="from")] = None
    """When it is used from on: a day, or a time with its offset; a planned one becomes
    current then."""
    to: Moment | None = None
    """When it is used and believed no more; left out: when the certificate ends."""
    grace_days: GraceDays = 0
    """Days that it is still taken past the certificate's own end."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.from_ and self.to and self.from_ >= self.to:
            raise mistake("a beginning before the end")
        return self


def files_of(text: str) -> tuple[tuple[str, int], ...]:
    """The files that a profile's certificates are to be read from, with their lines.

    Nothing for a text that is no profile; ``load`` says what is wrong with it.
    """
    return tuple(
        (value.value, value.start_mark.line + 1) for _, _, value in _named(text)
    )


def inlined(text: str, pems: Mapping[str, str]) -> str:
    """The profile with the texts of these files beside their names.

    Lines stay where they were in entries written with braces; in others one is added
    behind each name.
    """
    for entry, key, value in reversed(list(_named(text))):
        pem = pems.get(value.value)
        if pem is None:
            continue
        word = f"pem: {json.dumps(pem)}"
        gap = ", " if entry.flow_style else "\n" + " " * key.start_mark.column
        end = value.end_mark.index
        text = text[:end] + gap + word + text[end:]
    return text


def _named(
    text: str,
) -> Iterator[tuple[yaml.MappingNode, yaml.ScalarNode, yaml.ScalarNode]]:
    """Entries that have a file and no text: the entry, the key, the file's name."""
    if not _MENTIONED.search(text):
        return
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return
    trust = _value(root, "trust")
    lists = [_value(root, "certificates"), *(_value(trust, one) for one in _HOLDERS)]
    for entry in (one for each in lists for one in _items(each)):
        if isinstance(entry, yaml.MappingNode) and _value(entry, "pem") is None:
            for key, value in entry.value:
                if key.value == "file" and isinstance(value, yaml.ScalarNode):
                    yield entry, key, value


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _value(node: yaml.Node | None, name: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for key, value in pairs if key.value == name), None)
