"""What a request asks for, where senders name the same address in other words.

The target may be a whole URI (RFC 9112 §3.2.2: a server takes it), and a door may be
named with a slash behind it: to send its client on (307) would lose what AS2 and cXML
clients post, for they do not follow.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Targets", "plain"]

_WHOLE = re.compile(
    rb"(?i:https?)://([\w.\-~%]+(?::[0-9]*)?|\[[0-9a-fA-F:.]+\](?::[0-9]*)?)(/.*)?"
)
"""The absolute form: its host, and its path if it has one. Whoever names a user in
front of the host (RFC 9110 §4.2.4) is not understood."""
_DOORS = re.compile(rb"(/(?:(?:as2|cxml|signed|soap|v1)(?:/.*[^/])?|oci/.*[^/]))/")
"""Addresses that programs ask, or send browsers to, with one slash too many."""


class Targets:
    """Lets the app see each request under the plain name of its address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            scope = plain(scope)
        await self._app(scope, receive, send)


def plain(scope: Scope) -> Scope:
    """The same request in origin form, without the slash behind a door.

    The host of a whole URI counts in the place of what the Host header says.
    """
    raw = asked = scope.get("raw_path") or b"/"
    headers = scope["headers"]
    if not raw.startswith(b"/") and (named := _WHOLE.fullmatch(raw)):
        others = [one for one in headers if one[0] != b"host"]
        raw, headers = named[2] or b"/", [(b"host", named[1]), *others]
    if raw.endswith(b"/") and (door := _DOORS.fullmatch(raw)):
        raw = door[1]
    if raw is asked:
        return scope
    path = unquote(raw.decode("ascii", "replace"))
    return {**scope, "path": path, "raw_path": raw, "headers": headers}
