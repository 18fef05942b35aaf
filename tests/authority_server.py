"""An authority's server for tests: lists at paths, a responder, and who came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.listening import listening

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class AuthorityServer:
    """``pages`` is what stands where; ``asked`` what was asked for, in its order."""

    url: str = ""
    pages: dict[str, Callable[[dict[str, str], bytes], Answer]] = field(
        default_factory=dict
    )
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def serve(self, path: str, body: bytes, etag: str = "") -> str:
        """Put bytes at a path; the address. With ``etag`` they are told to be known."""

        def page(headers: dict[str, str], sent: bytes) -> Answer:
            if etag and headers.get("if-none-match") == etag:
                return 304, {}, b""
            return 200, {"ETag": etag} if etag else {}, body

        self.pages[path] = page
        return self.url + path

    def says(self, path: str, status: int, **headers: str) -> str:
        """Put an answer without a body at a path; the address."""
        self.pages[path] = lambda got, sent: (status, headers, b"")
        return self.url + path

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [path for path, _ in self.asked]


@contextmanager
def authority_server() -> Iterator[AuthorityServer]:
    """Run one on a free port of this machine."""
    here = AuthorityServer()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, sent: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            here.asked.append((self.path, headers))
            page = here.pages.get(self.path)
            status, told, body = page(headers, sent) if page else (404, {}, b"")
            self.send_response(status)
            for name, value in told.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with listening(Door) as here.url:
        yield here
