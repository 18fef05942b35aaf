"""A browser without JavaScript: pages, their forms, cookies, where answers lead."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPSHandler, Request, build_opener

__all__ = ["Browser", "Form", "NoPage", "Page"]

_PATIENCE_S = 60.0
_MOST_BYTES = 16 * 1024 * 1024
_BUTTONS = ("submit", "image", "button", "reset")


class NoPage(Exception):
    """Nothing was answered, or something that is no answer of HTTP."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a page: what it would send, and what each of its buttons adds."""

    identifier: str
    action: str
    method: str
    fields: tuple[tuple[str, str], ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()

    def filled(self, **values: str) -> Form:
        """The form with other values in fields that it has."""
        return replace(
            self, fields=tuple((k, values.get(k, v)) for k, v in self.fields)
        )

    def pressed(self, value: str) -> Form:
        """The form as the button with this value sends it."""
        pressed = next((one for one in self.buttons if one[1] == value), None)
        return replace(self, fields=(*self.fields, *([pressed] if pressed else ())))


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: where it came from in the end, its HTTP status, its text."""

    url: str
    status: int
    text: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms of the page."""
        reader = _Forms(self.url)
        reader.feed(self.text)
        reader.close()
        return tuple(reader.found)

    def form(self, *identifiers: str) -> Form | None:
        """The first form with one of these ids."""
        return next((one for one in self.forms if one.identifier in identifiers), None)

    @property
    def said(self) -> str:
        """What people read in its main part, in one line."""
        reader = _Words()
        reader.feed(self.text)
        reader.close()
        return " ".join(" ".join(reader.words).split())


class Browser:
    """Goes from page to page and keeps cookies, in the way of HTTP and its safety."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """``context`` says whom to believe; none: what this machine believes."""
        handlers = [HTTPCookieProcessor(CookieJar()), HTTPSHandler(context=context)]
        self._opener = build_opener(*handlers)

    def get(self, url: str, pairs: Iterable[tuple[str, str]] = ()) -> Page:
        """The page at an address, after all that it leads to."""
        query = urlencode(list(pairs))
        joined = f"{url}{'&' if urlsplit(url).query else '?'}{query}" if query else url
        return self._asked(Request(joined))  # noqa: S310  checked below

    def post(self, url: str, body: bytes, media_type: str) -> Page:
        """The answer to a body."""
        return self._asked(
            Request(url, body, {"Content-Type": media_type})  # noqa: S310  checked below
        )

    def send(self, form: Form) -> Page:
        """The page that a form leads to."""
        if form.method == "get":
            return self.get(form.action, form.fields)
        body = urlencode(form.fields).encode()
        return self.post(form.action, body, "application/x-www-form-urlencoded")

    def _asked(self, request: Request) -> Page:
        if urlsplit(request.full_url).scheme not in ("http", "https"):
            raise NoPage(f"{request.full_url[:80]!r} is no address of HTTP")
        request.add_header("Accept-Language", "en")
        try:
            with self._opener.open(request, timeout=_PATIENCE_S) as answer:
                return _page(answer)
        except HTTPError as refused:
            with refused:
                return _page(refused)
        except (URLError, OSError, ValueError) as problem:
            told = getattr(problem, "reason", problem)
            raise NoPage(f"{urlsplit(request.full_url).netloc}: {told}") from None


def _page(answer: HTTPError) -> Page:
    charset = answer.headers.get_content_charset() or "utf-8"
    try:
        text = answer.read(_MOST_BYTES).decode(charset, "replace")
    except LookupError:
        raise NoPage(f"the page is in {charset[:40]!r}, which nobody knows") from None
    headers = tuple(answer.headers.items())
    return Page(answer.geturl(), answer.status or 0, text, headers)


class _Forms(HTMLParser):
    """Reads forms; a field of a form may stand elsewhere and name it."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._open: Form | None = None
        self._select: tuple[str, list[str], str] | None = None
        self._elsewhere: list[tuple[str, tuple[str, str], bool]] = []
        self._forms: list[Form] = []

    @property
    def found(self) -> Iterator[Form]:
        """The forms, with the fields that name them."""
        for form in (*self._forms, *([self._open] if self._open else ())):
            mine = [one for one in self._elsewhere if one[0] == form.identifier]
            fields = (pair for _, pair, is_button in mine if not is_button)
            buttons = (pair for _, pair, is_button in mine if is_button)
            yield replace(
                form,
                fields=(*form.fields, *fields),
                buttons=(*form.buttons, *buttons),
            )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in a form, or what it sends."""
        held = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                self._open = Form(
                    held.get("id", ""),
                    urljoin(self._url, held.get("action", "")),
                    held.get("method", "get").lower(),
                )
            case "input" | "button":
                self._take(tag, held)
            case "select":
                self._select = held.get("name", ""), [], held.get("form", "")
            case "option" if self._select is not None:
                value = held.get("value", "")
                self._select[1].insert(0 if "selected" in held else 99, value)
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        """Close a form, or a choice of several values."""
        if tag == "form" and self._open is not None:
            self._forms.append(self._open)
            self._open = None
        elif tag == "select" and self._select is not None:
            name, values, form = self._select
            self._put((name, values[0] if values else ""), form, is_button=False)
            self._select = None

    def _take(self, tag: str, held: dict[str, str]) -> None:
        kind = held.get("type", "submit" if tag == "button" else "text").lower()
        pair = held.get("name", ""), held.get("value", "")
        if kind in ("checkbox", "radio") and "checked" not in held:
            return
        self._put(pair, held.get("form", ""), is_button=kind in _BUTTONS)

    def _put(self, pair: tuple[str, str], form: str, *, is_button: bool) -> None:
        if not pair[0]:
            return
        if form:
            self._elsewhere.append((form, pair, is_button))
        elif self._open is not None and is_button:
            self._open = replace(self._open, buttons=(*self._open.buttons, pair))
        elif self._open is not None:
            self._open = replace(self._open, fields=(*self._open.fields, pair))


class _Words(HTMLParser):
    """Reads what stands in the main part of a page, scripts and styles apart."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._in_main = 0
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin the main part, or one that is not read."""
        self._in_main += tag == "main"
        self._silent += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        self._in_main -= tag == "main"
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        """Take in text that people read."""
        if self._in_main > 0 and not self._silent:
            self.words.append(data)
