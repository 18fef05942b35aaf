"""Pages for people: templates, and what every page tells the browser to refuse."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.web.speech import Speech

__all__ = ["Pages", "Static", "encoded", "named", "policy", "statics"]


class Pages:
    """The templates of one folder. Whatever is put into them is text, never markup."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read before it is asked for."""
        self._made = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def html(self, template: str, speech: Speech, /, **values: object) -> str:
        """A page in the language of ``speech``, which templates know as ``_``."""
        made = self._made.get_template(template)
        return _seen(made.render(values, _=speech, speech=speech))

    def block(
        self, template: str, block: str, speech: Speech, /, **values: object
    ) -> str:
        """One block of a page, for who has the rest of it already."""
        made = self._made.get_template(template)
        told = made.new_context({**values, "_": speech, "speech": speech})
        return _seen("".join(made.blocks[block](told)))


_UNSEEN = re.compile(
    "<textarea.*?</textarea>"
    "|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]",
    re.DOTALL,
)
"""Controls, and what turns the direction of the text that follows."""


def _seen(html: str) -> str:
    """A page with a sign for what cannot be seen, as a partner may have sent it.

    What stands in a ``textarea`` comes back with its form, so it stays as it is.
    """
    return _UNSEEN.sub(_sign, html)


def _sign(found: re.Match[str]) -> str:
    text = found[0]
    if len(text) > 1:
        return text
    return chr(0x2400 + ord(text)) if text < " " else f"[U+{ord(text):04X}]"


@dataclass(frozen=True, slots=True)
class Static:
    """A file that pages load. Its address is another one for other bytes."""

    data: bytes
    media_type: str
    address: str

    def answer(self) -> Response:
        """The file; the browser keeps it for good."""
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(self.data, media_type=self.media_type, headers=headers)


def statics(
    folder: Path, address: str, files: Mapping[str, tuple[str, str]]
) -> Mapping[str, Static]:
    """The files of a folder by the names that pages load them by, below an address.

    ``files`` gives the path and the media type; one that is not there is left out.
    """
    found = {}
    for name, (path, media_type) in files.items():
        file = folder / path
        if file.is_file():
            data = file.read_bytes()
            mark = hashlib.sha256(data).hexdigest()[:12]
            found[name] = Static(data, media_type, f"{address}/{name}?v={mark}")
    return MappingProxyType(found)


def policy(
    *,
    frame_ancestors: Sequence[str] = (),
    form_action: str = "'self'",
    nonce: str = "",
    own_scripts: bool = False,
) -> Mapping[str, str]:
    """The headers of a page: nothing of other hosts, no script without the nonce.

    ``frame_ancestors`` are the origins that may show it in a frame; ``form_action`` is
    where its forms may lead. With ``own_scripts`` it runs files of ours, and they may
    ask us; its forms then say where they come from.
    """
    ancestors = " ".join(frame_ancestors) or "'none'"
    rules = [
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        f"form-action {form_action}",
        f"frame-ancestors {ancestors}",
    ]
    if nonce:
        rules.append(f"script-src 'nonce-{nonce}'")
    if own_scripts:
        rules += ["script-src 'self'", "connect-src 'self'"]
    return {
        "Content-Security-Policy": "; ".join(rules),
        "Referrer-Policy": "same-origin" if own_scripts else "no-referrer",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "unsafe-none",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Vary": "Accept-Language, Cookie",
    }


_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ascii": "US-ASCII",
        **{f"cp{n}": f"windows-{n}" for n in range(1250, 1259)},
        **{f"iso8859-{n}": f"ISO-8859-{n}" for n in range(1, 17)},
    }
)


def named(charset: str) -> str:
    """What HTTP calls an encoding that Python knows by this name."""
    return _NAMES.get(charset, charset)


def encoded(html: str, charset: str, headers: Mapping[str, str]) -> Response:
    """A page in an encoding that somebody asked for; what it lacks is an entity."""
    media_type = f"text/html; charset={named(charset)}"
    data = html.encode(charset, "xmlcharrefreplace")
    return Response(data, headers=dict(headers), media_type=media_type)
