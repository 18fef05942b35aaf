"""``/oci/{partner}``: call-ups by OCI, answered in the encoding that they ask for."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from markupsafe import Markup

from gateway.cxml_punchout.forms import ReturnForm
from gateway.cxml_punchout.oci import charset_of
from gateway.engine.oci import Called, Door, Downloaded, Entered, Filled, Gone
from gateway.findings import Finding
from gateway.findings.marking import marked as _
from gateway.partner.punchout import origin_of
from gateway.transport.addresses import networks
from gateway.web import intake, punchout
from gateway.web.doors import TheDoors
from gateway.web.pages import encoded, named, policy
from gateway.web.peers import peer_of
from gateway.web.problem import Problem
from gateway.web.shop_pages import page
from gateway.web.speech import Speech, speech_of

__all__ = ["router"]

_MOST_BYTES = 64 * 1024
_MOST_FIELDS = 500
_PLAIN = ("utf-8", "ascii")
"""Encodings beside which Latin-1 is what old systems send."""


router = APIRouter(include_in_schema=False)


@router.api_route("/oci/{partner}", methods=["GET", "POST"])
async def call_up(request: Request, partner: str, parts: TheDoors) -> Response:
    """Lead into the shop, or give what the function asks for."""
    sent = _pairs(request.scope["query_string"])
    if request.method == "POST":
        body = await intake.small(request, _MOST_BYTES, timeout_s=parts.body_timeout_s)
        sent += _pairs(body)
    pairs = _texts(sent)
    settings = parts.engine.settings
    called = Called(
        partner_id=partner,
        pairs=tuple(pairs),
        peer=peer_of(request.scope, networks(settings.trusted_proxies)).address,
        received_at=parts.clock(),
        cookies=punchout.keys_of(request),
    )
    answer = await run_in_threadpool(Door(parts.engine).answer, called)
    speech = speech_of(request)
    match answer:
        case Entered(opened):
            return await run_in_threadpool(punchout.enter, opened, parts)
        case Downloaded(body):
            return Response(body, media_type="application/json")
        case Filled():
            return _filled(answer, speech)
        case Gone():
            return _gone(answer, speech)
        case Finding():
            raise punchout.Gone(answer)


def _pairs(data: bytes) -> list[tuple[str, str]]:
    """Names and values of a query or form, a letter for each byte."""
    try:
        return parse_qsl(
            data.decode("latin-1"),
            keep_blank_values=True,
            encoding="latin-1",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise Problem.of("API-001", "the call-up has too many fields") from None


def _texts(sent: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each in UTF-8, or else in the encoding of the page that is asked for.

    Old systems encode their search words as the page that they announce.
    """
    asked = [value for name, value in sent if name.lower() == "http_content_charset"]
    charset = charset_of(asked[-1] if asked else "")
    return [(_text(name, charset), _text(value, charset)) for name, value in sent]


def _text(raw: str, charset: str) -> str:
    data = raw.encode("latin-1")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return raw if charset in _PLAIN else data.decode(charset, "replace")


def _filled(answer: Filled, speech: Speech) -> Response:
    """The form: with what is in it where people look at it, else sent at once."""
    form, shown = answer.form, answer.is_shown
    nonce = "" if shown else secrets.token_urlsafe(16)
    button = speech(_("Continue"))
    html = page(
        "oci.html",
        speech,
        charset=named(form.charset),
        title=speech(_("Items that were found") if shown else _("Continue")),
        lines=answer.lines if shown else (),
        said=_said(answer.findings, speech),
        form=Markup(form.as_html(button)),  # noqa: S704  escaped there
        nonce=nonce,
    )
    told = policy(
        frame_ancestors=punchout.frame_ancestors(answer.profile),
        form_action=_origin(form),
        nonce=nonce,
    )
    return encoded(html, form.charset, told)


def _gone(answer: Gone, speech: Speech) -> Response:
    """A page without any field of a form: the buyer's system takes nothing."""
    html = page(
        "oci.html",
        speech,
        charset=named(answer.charset),
        title=speech(_("This item is not available")),
        lines=(),
        said=_said(answer.why, speech),
        form="",
        nonce="",
    )
    told = policy(frame_ancestors=punchout.frame_ancestors(answer.profile))
    return encoded(html, answer.charset, told)


def _said(findings: Sequence[Finding], speech: Speech) -> tuple[str, ...]:
    return tuple(dict.fromkeys(speech.finding(one) for one in findings))


def _origin(form: ReturnForm) -> str:
    parts = urlsplit(form.action)
    return origin_of(parts.scheme, parts.hostname or "", parts.port)
