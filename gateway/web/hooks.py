"""``/v1/webhooks``: where events are posted to; what was, and what is posted again."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.pipeline.published import TYPES
from gateway.store import webhooks
from gateway.store.webhooks import Changed, Event, Webhook
from gateway.transport.addresses import networks
from gateway.transport.hook_posts import where
from gateway.web.acting import Acting, shown_once
from gateway.web.api import NOT_FOUND, PROBLEMS, Partner, nothing
from gateway.web.doors import Caller, Doors, TheCaller, TheDoors
from gateway.web.etags import PRECONDITION, IfMatch, check, etag
from gateway.web.moments import AwareMoment
from gateway.web.problem import Problem
from gateway.web.shapes import Listed

router = APIRouter(prefix="/v1", responses=PROBLEMS, route_class=Acting)

Type = Literal[
    "order.received",
    "order.held",
    "order.confirmed",
    "order.rejected",
    "order.changed",
    "order.cancelled",
    "message.rejected",
    "message.delivered",
    "ack.overdue",
    "asn.sent",
    "certificate.expiring",
    "sla.warning",
    "sla.breached",
]
assert set(Type.__args__) == set(TYPES)  # type: ignore[attr-defined]  # a Literal has them


class WebhookChange(BaseModel):
    """What a webhook is to be. No ``events``: all of them."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=100)
    url: str = Field(min_length=1, max_length=2000)
    events: tuple[Type, ...] = Field(default=(), max_length=len(TYPES))
    state: Literal["active", "paused"] = "active"


class NewWebhook(BaseModel):
    """A new webhook. No ``events``: all of them; no ``partner_id``: of all partners."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=100)
    url: str = Field(min_length=1, max_length=2000)
    events: tuple[Type, ...] = Field(default=(), max_length=len(TYPES))
    partner_id: str = Field(default="", max_length=100)


class WebhookShape(BaseModel):
    """A webhook. ``why`` it is paused, when the gateway did it; secrets are not told.

    ``secrets`` is how many secrets sign at the moment.
    """

    id: str
    partner_id: str
    name: str
    url: str
    events: tuple[str, ...]
    state: Literal["active", "paused"]
    why: str
    failures: int
    next_at: datetime
    created_at: datetime
    changed_at: datetime
    secrets: int

    @classmethod
    def of(cls, one: Webhook, now: datetime) -> Self:
        """A webhook of the store."""
        told = {name: getattr(one, name) for name in cls.model_fields}
        return cls.model_validate(told | {"secrets": len(one.signing(now))})


class MadeWebhook(WebhookShape):
    """A webhook with its new secret, which is shown this once."""

    secret: str


class WebhookEvent(BaseModel):
    """An event: on its way, delivered, or given up; ``said`` is the last answer."""

    id: str
    type: str
    partner_id: str
    key: str
    state: Literal["queued", "delivered", "dead"]
    attempts: int
    at: datetime
    next_at: datetime
    settled_at: datetime | None
    said: str
    event: dict[str, Any]

    @classmethod
    def of(cls, one: Event) -> WebhookEvent:
        """An event of the store."""
        names = set(cls.model_fields) - {"event"}
        told = {name: getattr(one, name) for name in names}
        return cls(**told, event=json.loads(one.body))


class Replay(BaseModel):
    """What is posted again: one event, those since then, or all that were given up."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    event_id: str | None = Field(default=None, max_length=100)
    since: AwareMoment | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.event_id is not None and self.since is not None:
            raise ValueError("send event_id or since, not both")
        return self


class Replayed(BaseModel):
    """How many events are posted again."""

    events: int


@router.get("/webhooks")
def list_webhooks(
    parts: TheDoors, who: TheCaller, partner: Partner = None
) -> Listed[WebhookShape]:
    """All webhooks, oldest first."""
    who.decides("webhooks are managed by")
    with parts.engine.db.read() as tx:
        every = webhooks.every(tx, partner)
    now = parts.clock()
    items = tuple(WebhookShape.of(one, now) for one in every)
    return Listed[WebhookShape](items=items, cursor=None)


@router.post("/webhooks", status_code=201)
def make_webhook(
    parts: TheDoors, who: TheCaller, wanted: NewWebhook, response: Response
) -> MadeWebhook:
    """Make a webhook; its secret is shown this once.

    The address has to be https and public, unless its network is listed in
    ``GATEWAY_WEBHOOK_NETWORKS``.
    """
    who.decides("webhooks are managed by")
    _may_be_posted_to(parts, wanted.url)
    partner_id = wanted.partner_id
    if partner_id and partner_id not in parts.engine.rules.directory.profiles:
        raise Problem.of("API-007", f"there is no partner {partner_id!r}")
    now = parts.clock()
    with parts.engine.db.begin() as tx:
        made, secret = webhooks.make(
            tx,
            name=wanted.name,
            url=wanted.url,
            events=wanted.events,
            partner_id=partner_id,
            now=now,
            by=who.by,
        )
    response.headers["Location"] = f"/v1/webhooks/{made.id}"
    return _made(made, secret, now, response)


@router.get("/webhooks/{id}", responses=NOT_FOUND)
def get_webhook(
    parts: TheDoors, who: TheCaller, id: str, response: Response
) -> WebhookShape:
    """One webhook and how it stands."""
    return _shown(parts, _webhook(parts, who, id), response)


@router.put("/webhooks/{id}", responses=NOT_FOUND | PRECONDITION)
def put_webhook(
    parts: TheDoors,
    who: TheCaller,
    id: str,
    wanted: WebhookChange,
    response: Response,
    if_match: IfMatch = "",
) -> WebhookShape:
    """Change a webhook, pause it, or let it go on."""
    one = _webhook(parts, who, id)
    check(if_match, one.version)
    _may_be_posted_to(parts, wanted.url)
    try:
        with parts.engine.db.begin() as tx:
            after = webhooks.change(
                tx, one, **wanted.model_dump(), now=parts.clock(), by=who.by
            )
    except Changed:
        raise Problem.of("API-021", "it was changed at the same time") from None
    return _shown(parts, after, response)


@router.delete("/webhooks/{id}", status_code=204, responses=NOT_FOUND | PRECONDITION)
def delete_webhook(
    parts: TheDoors, who: TheCaller, id: str, if_match: IfMatch = ""
) -> Response:
    """Delete a webhook, with all that was still to be posted to it."""
    one = _webhook(parts, who, id)
    check(if_match, one.version)
    try:
        with parts.engine.db.begin() as tx:
            webhooks.remove(tx, one, parts.clock(), by=who.by)
    except Changed:
        raise Problem.of("API-021", "it was changed at the same time") from None
    return Response(status_code=204)


@router.post("/webhooks/{id}/secret", responses=NOT_FOUND)
def rotate_secret(
    parts: TheDoors, who: TheCaller, id: str, response: Response
) -> MadeWebhook:
    """A new secret, shown this once; for a day the one before signs too."""
    one, now = _webhook(parts, who, id), parts.clock()
    try:
        with parts.engine.db.begin() as tx:
            after, secret = webhooks.rotate(tx, one, now, by=who.by)
    except Changed:
        raise Problem.of("API-021", "it was changed at the same time") from None
    return _made(after, secret, now, response)


@router.get("/webhooks/{id}/events", responses=NOT_FOUND)
def list_webhook_events(
    parts: TheDoors,
    who: TheCaller,
    id: str,
    state: Literal["queued", "delivered", "dead"] | None = None,
    cursor: Annotated[
        str | None, Query(max_length=64, description="From the part before this one.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 50,
) -> Listed[WebhookEvent]:
    """What is posted to a webhook, was, or was given up, newest first."""
    _webhook(parts, who, id)
    with parts.engine.db.read() as tx:
        page = webhooks.events(tx, id, state=state, cursor=cursor, limit=limit)
    items = tuple(map(WebhookEvent.of, page.items))
    return Listed[WebhookEvent](items=items, cursor=page.cursor)


@router.post("/webhooks/{id}/replay", status_code=202, responses=NOT_FOUND)
def replay_events(
    parts: TheDoors, who: TheCaller, id: str, wanted: Replay, response: Response
) -> Replayed:
    """Post events again, with the same ids: one, those since then, or the dead ones."""
    one = _webhook(parts, who, id)
    with parts.engine.db.begin() as tx:
        count = webhooks.replay(
            tx,
            one,
            event_id=wanted.event_id,
            since=wanted.since,
            now=parts.clock(),
            by=who.by,
        )
    if not count and wanted.event_id is not None:
        raise nothing(wanted.event_id)
    response.headers["Location"] = f"/v1/webhooks/{id}/events"
    return Replayed(events=count)


def _webhook(parts: Doors, who: Caller, id: str) -> Webhook:
    who.decides("webhooks are managed by")
    with parts.engine.db.read() as tx:
        found = webhooks.get(tx, id)
    if found is None:
        raise nothing(id)
    return found


def _shown(parts: Doors, one: Webhook, response: Response) -> WebhookShape:
    response.headers["ETag"] = etag(one.version)
    return WebhookShape.of(one, parts.clock())


def _made(one: Webhook, secret: str, now: datetime, response: Response) -> MadeWebhook:
    response.headers["ETag"] = etag(one.version)
    shown_once(response)
    told = WebhookShape.of(one, now).model_dump()
    return MadeWebhook(**told, secret=secret)


def _may_be_posted_to(parts: Doors, url: str) -> None:
    """A problem when no event would ever be posted there."""
    inside = networks(parts.engine.settings.webhook_networks)
    try:
        found = where(url, inside)
    except (OSError, UnicodeError):
        return  # its name may be known later; then it is looked at again
    if isinstance(found, str):
        raise Problem.of("API-023", found)
