"""The way into the shop and out of it: start page, who is there, the return page.

A browser proves itself by the cookie of its session. In a frame of another site only a
partitioned one comes back (CHIPS); where none does, the path of the pages proves it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Annotated
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from gateway.cxml_punchout.basket import Visit
from gateway.cxml_punchout.keyed import fits
from gateway.engine.own_shop import OwnShop
from gateway.engine.punchout import Opened
from gateway.findings import CODES, Finding
from gateway.partner import Profile
from gateway.partner.punchout import origin_of
from gateway.store import ids
from gateway.web.doors import Doors, TheDoors
from gateway.web.pages import encoded, policy
from gateway.web.people import ForPeople
from gateway.web.shop_pages import gone_page, return_page
from gateway.web.speech import speech_of

__all__ = [
    "Gone",
    "TheVisit",
    "check_csrf",
    "enter",
    "frame_ancestors",
    "install",
    "keys_of",
    "page",
    "router",
    "visit",
]

log = structlog.get_logger()
SHOP = "/shop"
_FOR_PEOPLE = (f"{SHOP}/", "/oci/")
_COOKIE = "gateway_shop_"
_COOKIE_S = 12 * 3600
_MOST_COOKIES = 10
"""Sessions of one browser that are looked at."""
_ID = re.compile(r"ses_[0-9A-Z]{26}")
_VISIT = re.compile(r"ses_[0-9A-Z]{26}(\.[0-9A-Za-z_-]{1,64})?")
_OUTSIDE = "SameSite=None; Secure; HttpOnly; Partitioned"


class Gone(Exception):
    """Nobody who may shop is there; the browser gets a page that does not say why."""

    def __init__(self, finding: Finding, frame_ancestors: tuple[str, ...] = ()) -> None:
        super().__init__(finding.what)
        self.finding = finding
        self.frame_ancestors = frame_ancestors


class _Elsewhere(Exception):
    """The page is somewhere else."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def install(app: FastAPI) -> None:
    """Give people pages where programs get problems, below ``/shop`` and ``/oci``."""
    app.add_exception_handler(Gone, _on_gone)
    app.add_exception_handler(_Elsewhere, _on_elsewhere)
    app.add_middleware(ForPeople, below=_FOR_PEOPLE, page=_trouble)


# Who is there.


async def visit(request: Request, visit: str, parts: TheDoors) -> Visit:
    """The session that the path names, if this browser is the one in it.

    A page is led to its plain address where a cookie came, and to the return page when
    the cart went back.
    """
    if not _VISIT.fullmatch(visit):
        raise Gone(Finding.of("CXM-203", "the path names no session"))
    shop, now = parts.engine.punchout, parts.clock()
    found = await run_in_threadpool(shop.visit, visit, now, keys_of(request))
    if isinstance(found, Finding):
        raise Gone(found, await _ancestors(parts, visit))
    rest = request.url.path.removeprefix(f"{SHOP}/v/{visit}")
    is_get = request.method == "GET"
    if is_get and found.returned is not None and rest != "/return":
        raise _Elsewhere(f"{found.base}/return")
    if is_get and found.base != f"{SHOP}/v/{visit}":
        query = f"?{request.url.query}" if request.url.query else ""
        raise _Elsewhere(f"{found.base}{rest}{query}")
    return found


TheVisit = Annotated[Visit, Depends(visit)]


def keys_of(request: Request) -> dict[str, str]:
    """The live keys that the browser sent, by session."""
    sent = (
        (name.removeprefix(_COOKIE), value)
        for name, value in request.cookies.items()
        if name.startswith(_COOKIE)
    )
    known = [(id_, value) for id_, value in sent if _ID.fullmatch(id_)]
    return dict(sorted(known, reverse=True)[:_MOST_COOKIES])


def check_csrf(visit: Visit, sent: str) -> None:
    """Refuse a form that no page of this session had."""
    if not fits(visit.csrf, sent):
        why = Finding.of("CXM-203", "the form is of no page of this session")
        raise Gone(why, visit.frame_ancestors)


async def _ancestors(parts: Doors, visit: str) -> tuple[str, ...]:
    """Who may show the page in a frame that says a session is over."""
    session_id = visit.partition(".")[0]
    if not _ID.fullmatch(session_id):
        return ()
    whose = await run_in_threadpool(parts.engine.punchout.whose, session_id)
    return frame_ancestors(whose) if whose else ()


def frame_ancestors(profile: Profile) -> tuple[str, ...]:
    """Origins whose pages may hold the shop of this partner in a frame."""
    return profile.punchout.frame_ancestors or profile.punchout.return_to


# Pages.


def page(visit: Visit, html: str, status: int = 200) -> HTMLResponse:
    """A page of the shop, with all that it tells the browser to refuse."""
    told = policy(frame_ancestors=visit.frame_ancestors)
    return HTMLResponse(html, status, headers=dict(told))


def _gone(
    request: Request, code: str, status: int, ancestors: tuple[str, ...] = ()
) -> HTMLResponse:
    """The page of whoever may not, with a reference that the log has too."""
    reference = ids.new("ref")
    log.info("shop.refused", reference=reference, code=code)
    html = gone_page(speech_of(request), reference)
    told = policy(frame_ancestors=ancestors)
    return HTMLResponse(html, status, headers=dict(told))


def _trouble(request: Request, status: int) -> Response:
    return _gone(request, str(status), status)


def _on_gone(request: Request, error: Exception) -> Response:
    assert isinstance(error, Gone)
    code = error.finding.code
    return _gone(request, code, CODES[code].http, error.frame_ancestors)


def _on_elsewhere(request: Request, error: Exception) -> Response:
    assert isinstance(error, _Elsewhere)
    return _to(error.address)


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303, headers=dict(policy()))


# In and out.

router = APIRouter(include_in_schema=False)


@router.get(SHOP + "/start/{token}")
async def start(request: Request, token: str, parts: TheDoors) -> Response:
    """Open the session, once, and lead to its first page.

    A browser that only fetches ahead opens nothing.
    """
    ahead = f"{request.headers.get('sec-purpose')} {request.headers.get('purpose')}"
    if "prefetch" in ahead or "prerender" in ahead:
        return Response(status_code=204)
    shop, now = parts.engine.punchout, parts.clock()
    found = await run_in_threadpool(shop.open, token, now, keys_of(request))
    if isinstance(found, Finding):
        raise Gone(found, await _ancestors(parts, token))
    return await run_in_threadpool(enter, found, parts)


def enter(opened: Opened, parts: Doors) -> Response:
    """Lead the browser into a session that was opened for it.

    A supplier's own shop gets a code in the address instead of a cookie.
    """
    elsewhere = OwnShop(parts.engine).address_for(opened, parts.clock())
    if elsewhere:
        return _to(elsewhere)
    answer = _to(f"{SHOP}/v/{opened.visit}/start")
    for name, value in _cookies(opened):
        answer.headers.append(name, value)
    return answer


def _cookies(opened: Opened) -> Iterator[tuple[str, str]]:
    """The session's cookie, and those of sessions that ended with it.

    Written by hand: a frame of another site keeps it by ``Partitioned`` alone.
    """
    gone = dict.fromkeys(opened.replaced, ("", 0))
    told = {**gone, opened.session_id: (opened.key, _COOKIE_S)}
    for id_, (key, seconds) in told.items():
        whole = f"{_COOKIE}{id_}={key}; Path={SHOP}; Max-Age={seconds}; {_OUTSIDE}"
        yield "Set-Cookie", whole


@router.get(SHOP + "/v/{visit}/return")
def go_back(request: Request, visit: TheVisit) -> Response:
    """The page that takes the cart back, the same as often as it is shown."""
    form = visit.returned
    if form is None:
        return _to(f"{visit.base}/cart")
    nonce = secrets.token_urlsafe(16)
    html = return_page(speech_of(request), form, nonce)
    told = policy(
        frame_ancestors=visit.frame_ancestors,
        form_action=" ".join(_leads_to(visit, form.action)),
        nonce=nonce,
    )
    return encoded(html, form.charset, told)


def _leads_to(visit: Visit, action: str) -> Mapping[str, None]:
    """The origin of the buyer's address first, then others that it may lead on to."""
    parts = urlsplit(action)
    its = origin_of(parts.scheme, parts.hostname or "", parts.port)
    return dict.fromkeys((its, *visit.profile.punchout.return_to))
