"""Forms that carry a cXML document through a browser: read, and written as HTML."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal
from urllib.parse import parse_qsl

from gateway.findings import Finding

__all__ = ["CartField", "Encoding", "ReturnForm", "cart_form", "read_form"]

Encoding = Literal["urlencoded", "base64"]
_FIELDS = 2_000
_BLANKS = re.compile(r"\s+")


def read_form(body: bytes | str) -> bytes | str | Finding:
    """The document in the body of a form (``application/x-www-form-urlencoded``).

    Field names count in any case. ``cXML-urlencoded`` gives text, whose declared
    encoding does not count; ``cXML-base64`` gives the bytes that were encoded.
    """
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="replace", max_num_fields=_FIELDS
        )
    except ValueError:
        return Finding.of("CXM-033", f"the form has more than {_FIELDS} fields")
    fields: Mapping[str, str] = {name.lower(): value for name, value in pairs}
    if coded := fields.get("cxml-base64"):
        plain = _BLANKS.sub("", coded.replace(" ", "+"))
        try:
            return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        except (binascii.Error, ValueError):
            return Finding.of("CXM-033", "cXML-base64 is no base64")
    if held := fields.get("cxml-urlencoded"):
        return held
    return Finding.of("CXM-033", "the form has no field with cXML")


@dataclass(frozen=True, slots=True, kw_only=True)
class CartField:
    """The field's name as the partner reads it, which may be in small letters only."""

    encoding: Encoding = "base64"
    name: str = ""

    def value(self, document: bytes) -> tuple[str, str]:
        """Name and value of the field for a document in UTF-8."""
        name = self.name or f"cXML-{self.encoding}"
        if self.encoding == "base64":
            return name, base64.b64encode(document).decode("ascii")
        text = document.decode("utf-8").encode("ascii", "xmlcharrefreplace")
        return name, text.decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnForm:
    """A form that leads back to the buyer: where to, in which window, with what."""

    action: str
    fields: tuple[tuple[str, str], ...]
    target: str = ""
    charset: str = "utf-8"

    def as_html(self, button: str, *, identifier: str = "return") -> str:
        """The form with its button; whoever makes the page submits it by script."""
        target = f' target="{escape(self.target)}"' if self.target else ""
        hidden = "\n".join(_hidden(self.fields))
        return (
            f'<form id="{escape(identifier)}" method="post" '
            f'action="{escape(self.action)}"{target} '
            f'accept-charset="{escape(self.charset)}">\n{hidden}\n'
            f'<button type="submit">{escape(button)}</button>\n</form>'
        )


def _hidden(fields: Iterable[tuple[str, str]]) -> Iterable[str]:
    for name, value in fields:
        yield f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def cart_form(
    document: bytes, action: str, *, field: CartField, target: str = ""
) -> ReturnForm:
    """The form that takes a PunchOutOrderMessage to BrowserFormPost/URL."""
    return ReturnForm(action=action, fields=(field.value(document),), target=target)
