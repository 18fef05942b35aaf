"""Who comes to a page of the console, what they may, and the pages they get.

A browser proves itself by a cookie whose sum the store knows. A form has to be of a
page of the same session, and to come from our own address.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from gateway.engine.pace import place
from gateway.findings.marking import marked as _
from gateway.store import visits
from gateway.store.visits import Visit
from gateway.transport.addresses import networks
from gateway.web import forms
from gateway.web.console.layout import NAV, TEMPLATES, static
from gateway.web.console.rights import MAY, NAMES, Right, Role
from gateway.web.console.words import Words, zone_of
from gateway.web.doors import Doors, TheDoors
from gateway.web.forms import Form
from gateway.web.pages import policy
from gateway.web.peers import Peer, peer_of
from gateway.web.speech import Speech, speech_of

__all__ = [
    "HOME",
    "LOGIN",
    "Away",
    "Desk",
    "Person",
    "Porch",
    "at",
    "cookie_name",
    "led_to",
    "own_path",
    "page_headers",
    "porch",
    "session_cookie",
    "trouble",
]

HOME = "/console"
LOGIN = f"{HOME}/login"
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
_HIDDEN = Markup('<input type="hidden" name="csrf" value="{}">')
_OLDER = Markup('<p class="more"><a rel="next" href="{}">{}</a></p>')


class Away(Exception):
    """The request gets another answer than that of its route."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is logged in. ``partner_id`` none: all partners' rows are theirs to see."""

    user_id: str
    login: str
    name: str
    role: Role
    partner_id: str | None
    zone: ZoneInfo
    csrf: str

    @classmethod
    def of(cls, visit: Visit) -> Person:
        """The person of a session."""
        user = visit.user
        return cls(
            user_id=user.id,
            login=user.login,
            name=user.name,
            role=Role(user.role),
            partner_id=user.partner_id,
            zone=zone_of(user.zone),
            csrf=visit.csrf,
        )

    def may(self, right: Right) -> bool:
        """Whether this right is theirs."""
        if right is Right.ADMINISTER and self.partner_id is not None:
            return False
        return right in MAY[self.role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Porch:
    """A request to a page that nobody has to be logged in for."""

    request: Request
    parts: Doors
    speech: Speech
    now: datetime
    form: Form

    @property
    def address(self) -> str:
        """Where the browser is."""
        return self._peer.address

    @property
    def is_secure(self) -> bool:
        """Whether the browser is there over TLS, which a proxy may have ended."""
        ours = self.parts.engine.settings.console_url
        return self._peer.facts.get("scheme") == "https" or ours.startswith("https:")

    @property
    def is_local(self) -> bool:
        """Whether the browser is on this machine: nobody can listen between."""
        return self.address in _LOCAL and "proxy" not in self._peer.facts

    @property
    def _peer(self) -> Peer:
        proxies = networks(self.parts.engine.settings.trusted_proxies)
        return peer_of(self.request.scope, proxies)

    @property
    def place(self) -> str:
        """What the browser's address counts as where requests are counted."""
        return place(self.address)

    @property
    def is_fragment(self) -> bool:
        """Whether the browser wants a part of a page that it has already."""
        told = self.request.headers
        if told.get("hx-request") != "true":
            return False
        target = told.get("hx-target", "body")
        return told.get("hx-request-type", "partial") == "partial" and target != "body"

    def page(
        self, template: str, *, title: str, status: int = 200, **values: object
    ) -> Response:
        """Answer with a page; of a fragment only its block ``content``."""
        told = self._frame() | {"title": title} | values
        if self.is_fragment:
            html = TEMPLATES.block(template, "content", self.speech, **told)
        else:
            html = TEMPLATES.html(template, self.speech, **told)
        return HTMLResponse(html, status, headers=page_headers(self))

    def seen_other(self, url: str) -> Response:
        """Lead to another page: a form that was posted has no page of its own."""
        return led_to(self, url)

    def _frame(self) -> dict[str, object]:
        words = Words(self.speech, self._zone())
        files = {name: one.address for name, one in static().items()}
        return {
            "files": files,
            "path": self.request.url.path,
            "here": _here(self.request),
            "person": None,
            "ends_at": None,
            "nav": (),
            "notice": "",
            "csrf": "",
            "form_key": lambda: Markup(""),
            "older": self._older,
            "at": words.at,
            "status": words.status,
            "finding": words.finding,
            "now": self.now,
            "Right": Right,
            "role_name": lambda role: self.speech(NAMES[Role(role)]),
        }

    def _zone(self) -> ZoneInfo:
        return zone_of("")

    def _older(self, cursor: str | None) -> Markup:
        """The way to the rows after the last one of this page, by the same filters."""
        if not cursor:
            return Markup("")
        kept = [
            (name, value)
            for name, value in self.request.query_params.multi_items()
            if name != "cursor"
        ]
        url = f"?{urlencode([*kept, ('cursor', cursor)])}"
        return _OLDER.format(url, self.speech(_("Older ones")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk(Porch):
    """A request of somebody who is logged in, and may do what the route is for."""

    person: Person
    visit: Visit

    @property
    def by(self) -> str:
        """Who stands in the history."""
        return self.person.login

    def seen_other(self, url: str, notice: str = "") -> Response:
        """Lead to another page, which tells ``notice`` once."""
        if notice:
            with self.parts.engine.db.begin() as tx:
                visits.tell(tx, self.visit, notice)
        return led_to(self, url)

    def not_found(self, what: str = "") -> Response:
        """There is no such thing, or it is none of theirs: both look the same."""
        return self.page(
            "trouble.html",
            title=self.speech(_("Nothing is here")),
            status=404,
            what=what or self.speech(_("There is no such page, or it is not yours.")),
        )

    def refused(self, what: str, status: int = 403) -> Response:
        """A page that says why something is not done."""
        title = self.speech(_("Not possible"))
        return self.page("trouble.html", title=title, status=status, what=what)

    def _frame(self) -> dict[str, object]:
        # Not by super(): a slotted dataclass is made twice.
        return Porch._frame(self) | {
            "person": self.person,
            "nav": [one for one in NAV if self.person.may(one[2])],
            "notice": self.visit.notice,
            "ends_at": self.visit.ends_at(self.now),
            "csrf": self.person.csrf,
            "form_key": lambda: _HIDDEN.format(self.person.csrf),
        }

    def _zone(self) -> ZoneInfo:
        return self.person.zone


class at:
    """What a route asks of whoever comes to it: ``Depends(at(Right.SEE))``.

    A form may have ``most_bytes``.
    """

    def __init__(self, right: Right, *, most_bytes: int = forms.MOST_BYTES) -> None:
        self.right = right
        self._most_bytes = most_bytes

    async def __call__(self, request: Request, parts: TheDoors) -> Desk:
        """The desk of whoever is logged in; a page in its place if they may not."""
        now, speech = parts.clock(), speech_of(request)
        visit = await run_in_threadpool(_visit, request, parts, now)
        if visit is None:
            raise Away(_to_login(request, parts, speech, now))
        desk = Desk(
            request=request,
            parts=parts,
            speech=speech,
            now=now,
            form=Form(),
            person=Person.of(visit),
            visit=visit,
        )
        if not desk.person.may(self.right):
            what = speech(_("Your role does not allow this."))
            raise Away(desk.refused(what))
        if request.method in ("GET", "HEAD"):
            return desk
        if not _is_of_ours(desk):
            raise Away(desk.refused(speech(_("The form came from another site."))))
        form = await forms.read_form(request, parts, self._most_bytes)
        sent = request.headers.get("x-csrf-token") or form.get("csrf")
        if not hmac.compare_digest(sent.encode(), visit.csrf.encode()):
            what = _("The form is of no page of this session. Go back, load the page.")
            raise Away(desk.refused(speech(what)))
        return Desk(
            request=request,
            parts=parts,
            speech=speech,
            now=now,
            form=form,
            person=desk.person,
            visit=visit,
        )


async def porch(request: Request, parts: TheDoors) -> Porch:
    """A request of whoever it may be; its form has to come from our own address."""
    here = Porch(
        request=request,
        parts=parts,
        speech=speech_of(request),
        now=parts.clock(),
        form=Form(),
    )
    if request.method in ("GET", "HEAD"):
        return here
    if not _is_of_ours(here):
        what = here.speech(_("The form came from another site."))
        title = here.speech(_("Not possible"))
        raise Away(here.page("trouble.html", title=title, status=403, what=what))
    form = await forms.read_form(request, parts)
    return Porch(
        request=request, parts=parts, speech=here.speech, now=here.now, form=form
    )


_TROUBLE = {
    403: _("This is not for you."),
    404: _("There is no such page, or it is not yours."),
    405: _("There is no such page, or it is not yours."),
    408: _("What was sent took too long to come in. Try again."),
    413: _("What was sent is too long."),
    429: _("Too many requests. Try again in a minute."),
    503: _("The gateway cannot answer now. Try again in a moment."),
}
_BUG = _("Something went wrong on our side. It stands in the log.")


def trouble(request: Request, status: int) -> Response:
    """The page in the place of an answer that only programs understand."""
    speech, parts = speech_of(request), request.app.state.doors
    here = Porch(
        request=request, parts=parts, speech=speech, now=parts.clock(), form=Form()
    )
    wrong = _("What was sent cannot be taken as it is.")
    what = _TROUBLE.get(status, _BUG if status >= 500 else wrong)
    title = speech(_("Nothing is here") if status == 404 else _("Not possible"))
    return here.page("trouble.html", title=title, status=status, what=speech(what))


# Cookies, addresses and headers.


def cookie_name(*, secure: bool) -> str:
    """The cookie of a session; over TLS one that no other host can have set."""
    return "__Host-gateway_console" if secure else "gateway_console"


def session_cookie(secret: str, *, secure: bool) -> str:
    """Set-Cookie for a session; an empty secret ends it."""
    ends = "" if secret else "; Max-Age=0"
    more = "; Secure" if secure else ""
    name = cookie_name(secure=secure)
    return f"{name}={secret}; Path=/; HttpOnly; SameSite=Lax{more}{ends}"


def page_headers(porch: Porch) -> dict[str, str]:
    """What every page tells the browser to refuse."""
    told = dict(policy(own_scripts=True))
    if porch.is_secure:
        told["Strict-Transport-Security"] = "max-age=31536000"
    told["Cross-Origin-Opener-Policy"] = "same-origin"
    told["Vary"] = "Accept-Language, Cookie, HX-Request"
    return told


def led_to(porch: Porch, url: str) -> Response:
    """An answer without a page that leads to another one."""
    return Response(status_code=303, headers=page_headers(porch) | {"Location": url})


def own_path(said: str) -> str:
    """A page of the console that somebody named; its first where it is none."""
    parts = urlsplit(said)
    is_ours = parts.path == HOME or parts.path.startswith(f"{HOME}/")
    bad = parts.scheme or parts.netloc or "\\" in said or not said.isprintable()
    return said if is_ours and not bad and ".." not in said else HOME


def _here(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.url.path}{query}"


def _visit(request: Request, parts: Doors, now: datetime) -> Visit | None:
    for secure in (True, False):
        secret = request.cookies.get(cookie_name(secure=secure), "")
        if secret:
            return _known(parts, secret, now)
    return None


def _known(parts: Doors, secret: str, now: datetime) -> Visit | None:
    db = parts.engine.db
    with db.read() as tx:
        found = visits.find(tx, secret, now)
    if found is not None and visits.is_stale(found, now):
        with db.begin() as tx:
            visits.seen(tx, found, now)
    return found


def _to_login(
    request: Request, parts: Doors, speech: Speech, now: datetime
) -> Response:
    here = Porch(request=request, parts=parts, speech=speech, now=now, form=Form())
    wanted = _here(request) if request.method == "GET" else HOME
    asked = f"?{urlencode({'next': wanted})}" if wanted != HOME else ""
    answer = led_to(here, f"{LOGIN}{asked}")
    if here.is_fragment:  # a login page has no place inside of another one
        answer.headers["HX-Redirect"] = f"{LOGIN}{asked}"
    return answer


def _is_of_ours(porch: Porch) -> bool:
    """Whether a form was sent by a page of our own address."""
    request = porch.request
    origin = request.headers.get("origin", "")
    if not origin:
        return request.headers.get("sec-fetch-site", "") == "same-origin"
    ours = porch.parts.engine.settings.console_url
    if ours:
        return origin == _origin(ours)
    return urlsplit(origin).netloc == request.headers.get("host", "")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
