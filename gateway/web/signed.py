"""``/signed/{partner}``: documents that are believed by their signatures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from gateway.engine.signed import Came, take
from gateway.findings import Finding
from gateway.store.signed import SignedDocument
from gateway.transport.addresses import networks
from gateway.web import intake
from gateway.web.api import PROBLEMS, UNDER_WAY
from gateway.web.doors import TheDoors
from gateway.web.peers import peer_of
from gateway.web.problem import Problem

__all__ = ["router"]

router = APIRouter()
_BODY = {
    "requestBody": {
        "required": True,
        "description": "A SignedData around the document, or a multipart/signed.",
        "content": {"application/pkcs7-mime": {"schema": {"type": "string"}}},
    }
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A document that was taken: its id, the receipt of its content, the report."""

    id: str
    receipt: str
    verdict: str
    report: dict[str, Any]

    @classmethod
    def of(cls, kept: SignedDocument) -> Judged:
        """As the store has it."""
        return cls(
            id=kept.id,
            receipt=kept.receipt_id,
            verdict=kept.verdict,
            report=kept.report,
        )


@router.post(
    "/signed/{partner}",
    status_code=202,
    responses=PROBLEMS | UNDER_WAY,
    openapi_extra=_BODY,
)
async def post_signed(
    request: Request, response: Response, partner: str, parts: TheDoors
) -> Judged:
    """Take in a signed document of this partner; who signed it is who sent it.

    What is not believed is refused with the code, the constraint and the report. Where
    revocation is not known and the profile says hold, its orders wait.
    """
    engine = parts.engine
    profile = engine.rules.directory.profiles.get(partner)
    if profile is None or profile.trust is None:
        what = f"no partner {partner[:40]!r} whose signed documents are believed"
        raise Problem.of("ENV-020", what)
    settings = engine.settings
    most = settings.max_message_bytes
    with engine.admit():
        data = await intake.whole(
            request, settings, most, timeout_s=parts.body_timeout_s
        )
    came = Came(
        profile=profile,
        data=intake.entity(request, data),
        peer=peer_of(request.scope, networks(settings.trusted_proxies)).address,
        received_at=parts.clock(),
    )
    kept = await run_in_threadpool(take, engine, came, parts.clock())
    if not kept.receipt_id:
        told = kept.report
        what = f"{told['constraint']}: {told['what']}"
        raise Problem(Finding.of(told["code"], what))
    response.headers["Location"] = f"/v1/interchanges/{kept.receipt_id}"
    return Judged.of(kept)
