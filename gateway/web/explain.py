"""``/v1/explain``: a transmission with names, an acknowledgement in words."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    WithJsonSchema,
)
from starlette.concurrency import run_in_threadpool

from gateway.edi.positional import from_positional, to_positional
from gateway.web import intake
from gateway.web.api import PROBLEMS, UNDER_WAY, Partner
from gateway.web.doors import TheCaller, TheDoors
from gateway.web.problem import Problem

_GROWTH = 3
"""Times the size of one message that two of them may have in base64."""
_MEDIA = {"x12": "application/edi-x12", "edifact": "application/edifact"}
"""Of the bytes, by the standard that is asked for."""
"""The media type of a transmission (RFC 1767)."""

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

    ``ack`` is the 997, 999, TA1 or CONTRL that answers ``data``. With ``as=x12`` or
    ``as=edifact`` the body is ``x12-segments/1`` or ``edifact-segments/1`` instead.
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


_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The explanation, or the bytes that were asked for.",
        "content": {"application/json": {"schema": {"type": "object"}}}
        | {media: {"schema": {"type": "string"}} for media in _MEDIA.values()},
    }
}


@router.post(
    "/explain",
    responses=UNDER_WAY | _ANSWER,
    openapi_extra=_BODY,
    response_model=None,
)
async def explain(
    request: Request,
    parts: TheDoors,
    who: TheCaller,
    partner: Partner = None,
    lang: Annotated[
        Literal["en", "fr"], Query(description="Of names, meanings and fixes.")
    ] = "en",
    form: Annotated[
        Literal["explained", "segments", "x12", "edifact"],
        Query(
            alias="as",
            description="What to make: names and findings; all segments by position "
            "(x12-segments/1, edifact-segments/1); or of these in the body the bytes.",
        ),
    ] = "explained",
) -> Any:
    """Name every segment and element; explain an acknowledgement against them."""
    owner = who.only(partner)
    settings = parts.engine.settings
    most = _GROWTH * settings.max_message_bytes
    body = await intake.whole(request, settings, most, timeout_s=parts.body_timeout_s)
    if form in ("x12", "edifact"):
        return await run_in_threadpool(_bytes_of, body, _MEDIA[form])
    wanted = _wanted(body)
    if form == "segments":
        return await run_in_threadpool(to_positional, wanted.data)
    how = _explain(request)
    return await run_in_threadpool(
        how, wanted.data, wanted.ack, lang=lang, partner=owner
    )


def _bytes_of(text: bytes, media_type: str) -> Response:
    """The bytes that segments stand for; a problem where they are not right."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise Problem.of("API-001", "the body is no JSON") from None
    if not isinstance(body, dict):
        raise Problem.of("API-004", "the body is no object")
    made = from_positional(body)
    if not isinstance(made, bytes):
        raise Problem(made[0], findings=made)
    return Response(made, media_type=media_type)


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
