"""``/soap/tender/{portal}``: signed orders in SOAP, and the WSDL of the door."""

from __future__ import annotations

from importlib.resources import files
from typing import Any
from xml.sax.saxutils import quoteattr

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from gateway.engine.signed import Came
from gateway.engine.soap import Answer, answer, refusal
from gateway.findings import Finding
from gateway.store.receipts import Busy
from gateway.transport.addresses import networks
from gateway.trust.wssecurity.names import SOAP_11, SOAP_12
from gateway.web import intake
from gateway.web.doors import TheDoors
from gateway.web.peers import peer_of
from gateway.web.problem import Problem

__all__ = ["router"]

router = APIRouter()
_PATH = "/soap/tender"
_XML = "text/xml; charset=utf-8"
_KINDS: dict[str, Any] = {
    "text/xml": {"schema": {"type": "string"}},
    "application/soap+xml": {"schema": {"type": "string"}},
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "A receipt, signed by us.", "content": _KINDS},
    400: {"description": "A Fault that blames the message.", "content": _KINDS},
    500: {"description": "A Fault.", "content": _KINDS},
}
_WSDL: dict[int | str, dict[str, Any]] = {
    200: {"description": "The WSDL.", "content": {"text/xml": _KINDS["text/xml"]}}
}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "An Envelope of SOAP 1.1 or 1.2, signed by WS-Security (X.509).",
        "content": _KINDS,
    }
}


@router.get(
    f"{_PATH}/{{portal}}",
    response_class=Response,
    responses=_WSDL,
)
async def wsdl(request: Request, portal: str, parts: TheDoors) -> Response:
    """The WSDL of the door, whatever is asked for behind the question mark."""
    text = files("gateway.web").joinpath("wsdl", "orders.wsdl").read_text("utf-8")
    said = parts.engine.settings.soap_url
    asked = str(request.url.replace(query="", fragment=""))
    address = f"{said}/{portal}" if said else asked
    return Response(text.replace('"{address}"', quoteattr(address)), media_type=_XML)


@router.post(
    f"{_PATH}/{{portal}}",
    response_class=Response,
    responses=_ANSWERS,
    openapi_extra=_BODY,
)
async def submit(request: Request, portal: str, parts: TheDoors) -> Response:
    """Take in a signed order of this partner; who signed it is who sent it.

    Answers a signed receipt, or a Fault with the code and the constraint: 500, and 400
    in SOAP 1.2 where the message is to blame.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    engine, settings = parts.engine, parts.engine.settings
    profile = engine.rules.directory.profiles.get(portal)
    soap = SOAP_12 if kind == "application/soap+xml" else SOAP_11
    if profile is None or profile.trust is None:
        what = f"no partner {portal[:40]!r} whose signed documents are believed"
        return _said(refusal(soap, Finding.of("ENV-020", what)))
    most = settings.max_message_bytes
    try:
        with engine.admit():
            data = await intake.whole(
                request, settings, most, timeout_s=parts.body_timeout_s
            )
    except Problem as problem:
        return _said(refusal(soap, problem.finding))
    except Busy as full:
        return _said(refusal(soap, Finding.of("API-016", str(full))))
    came = Came(
        profile=profile,
        data=data,
        peer=peer_of(request.scope, networks(settings.trusted_proxies)).address,
        received_at=parts.clock(),
        address=f"{settings.soap_url or _PATH}/{portal}",
    )
    made = await run_in_threadpool(answer, engine, came, kind, parts.clock())
    return _said(made)


def _said(made: Answer) -> Response:
    headers = {"Content-Type": made.media_type}
    return Response(made.body, status_code=made.status, headers=headers)
