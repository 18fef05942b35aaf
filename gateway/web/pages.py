"""Pages for people: templates, and what every page tells the browser to refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.web.speech import Speech

__all__ = ["Pages", "encoded", "named", "policy"]


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
        return self._made.get_template(template).render(values, _=speech, speech=speech)


def policy(
    *,
    frame_ancestors: Sequence[str] = (),
    form_action: str = "'self'",
    nonce: str = "",
) -> Mapping[str, str]:
    """The headers of a page: nothing of other hosts, no script without the nonce.

    ``frame_ancestors`` are the origins that may show it in a frame; ``form_action`` is
    where its forms may lead.
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
    return {
        "Content-Security-Policy": "; ".join(rules),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "unsafe-none",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Vary": "Accept-Language, Cookie",
    }


_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ascii": "US-ASCII",
        "cp1252": "windows-1252",
        "iso8859-1": "ISO-8859-1",
        "iso8859-15": "ISO-8859-15",
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
