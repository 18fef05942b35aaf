"""``/v1/explain``: a transmission with names, an acknowledgement in words."""

from __future__ import annotations

from base64 import b64decode
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    WithJsonSchema,
)
from starlette.concurrency import run_in_threadpool

from gateway.web import intake
from gateway.web.api import PROBLEMS, UNDER_WAY, Partner
from gateway.web.doors import TheCaller, TheDoors

_GROWTH = 3
"""Times the size of one message that two of them may have in base64."""

router = APIRouter(prefix="/v1", responses=PROBLEMS)


class Explain(Protocol):
    """Explains bytes, kept nowhere, as JSON in a language."""

    def __call__(
        self, data: bytes, ack: bytes, *, lang: str, partner: str | None
    ) -> dict[str, Any]:
        """``ack`` answers ``data``; empty without one. ``partner``: as this one's."""
        ...


def _decoded(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("send a text in base64")
    return b64decode(value, validate=True)


Base64 = Annotated[
    bytes,
    BeforeValidator(_decoded),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]


class ToExplain(BaseModel):
    """What is to be explained, both in base64.

    ``ack`` is the 997, 999 or TA1 that answers ``data``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Base64
    ack: Base64 = b""


_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ToExplain.model_json_schema()}},
    }
}


def _explain(request: Request) -> Explain:
    """What the app was made with."""
    found: Explain = request.app.state.explain
    return found


@router.post("/explain", responses=UNDER_WAY, openapi_extra=_BODY)
async def explain(
    request: Request,
    parts: TheDoors,
    who: TheCaller,
    how: Annotated[Explain, Depends(_explain)],
    partner: Partner = None,
    lang: Annotated[
        Literal["en", "fr"], Query(description="Of names, meanings and fixes.")
    ] = "en",
) -> dict[str, Any]:
    """Name every segment and element; explain an acknowledgement against them."""
    owner = who.only(partner)
    settings = parts.engine.settings
    with intake.spool_for(settings, _GROWTH * settings.max_message_bytes) as spool:
        await intake.receive(request, spool, timeout_s=parts.body_timeout_s)
        wanted = _wanted(b"".join(spool.blob().chunks()))
    return await run_in_threadpool(
        how, wanted.data, wanted.ack, lang=lang, partner=owner
    )


def _wanted(body: bytes) -> ToExplain:
    try:
        return ToExplain.model_validate_json(body)
    except ValidationError as wrong:
        raise RequestValidationError(
            [
                {"type": e["type"], "msg": e["msg"], "loc": ("body", *e["loc"])}
                for e in wrong.errors(include_input=False)
            ]
        ) from None
