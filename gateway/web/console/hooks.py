"""Webhooks and keys to the API: made, rotated, paused, replayed, revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from gateway.findings.marking import marked as _
from gateway.pipeline.published import TYPES
from gateway.store import keys, webhooks
from gateway.store.webhooks import Changed, Webhook
from gateway.transport.addresses import networks
from gateway.transport.hook_posts import where
from gateway.web.console.desk import HOME, Desk, at
from gateway.web.console.rights import Right

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
KEYS = f"{HOME}/keys"
HOOKS = f"{KEYS}/webhooks"
_LONGEST = 100
_MOST_DAYS = 36_500
_SHOWN = 50
Admin = Annotated[Desk, Depends(at(Right.ADMINISTER))]
Wrong = tuple[str, str]
"""The field that cannot be taken, and what to do."""


@router.get(KEYS)
def listed(desk: Admin) -> Response:
    """All webhooks and keys."""
    return _list(desk)


@router.post(KEYS)
def make_key(desk: Admin) -> Response:
    """A new key; its secret is shown this once."""
    name, partner = desk.form.get("name"), desk.form.get("partner")
    rights = [one for one in keys.RIGHTS if one in desk.form.all("right")]
    wrong = _wrong(desk, "key", name, partner)
    if not rights:
        wrong = ("key-right", desk.speech(_("Choose what the key is for.")))
    days = desk.form.get("days")
    if days and not (
        days.isascii() and days.isdecimal() and 0 < int(days[:9]) < _MOST_DAYS
    ):
        wrong = ("key-days", desk.speech(_("Write a number of days, or nothing.")))
    if wrong:
        return _list(desk, wrong=wrong)
    ends = desk.now + timedelta(days=int(days)) if days else None
    scope = f"partner:{partner}" if partner else keys.EVERYTHING
    with desk.parts.engine.db.begin() as tx:
        _made, secret = keys.make(
            tx, name, scope, desk.now, ends, rights=rights, by=desk.by
        )
    return _list(desk, secret=secret)


@router.post(f"{KEYS}/{{id}}/revoke")
def revoke(desk: Admin, id: str) -> Response:
    """End a key."""
    with desk.parts.engine.db.begin() as tx:
        done = keys.revoke(tx, id, desk.now, desk.by)
    if not done:
        return desk.not_found()
    return desk.seen_other(KEYS, desk.speech(_("The key opens nothing any more.")))


@router.post(HOOKS)
def make_webhook(desk: Admin) -> Response:
    """A new webhook; its secret is shown this once."""
    name, partner = desk.form.get("name"), desk.form.get("partner")
    url = desk.form.get("address")
    wrong = _wrong(desk, "hook", name, partner) or _wrong_url(desk, url)
    if wrong:
        return _list(desk, wrong=wrong)
    with desk.parts.engine.db.begin() as tx:
        _made, secret = webhooks.make(
            tx,
            name=name,
            url=url,
            events=[one for one in TYPES if one in desk.form.all("event")],
            partner_id=partner,
            now=desk.now,
            by=desk.by,
        )
    return _list(desk, secret=secret)


@router.get(f"{HOOKS}/{{id}}")
def one(desk: Admin, id: str) -> Response:
    """One webhook, and what was posted to it."""
    found = _found(desk, id)
    return desk.not_found() if found is None else _one(desk, found)


@router.post(f"{HOOKS}/{{id}}")
def act(desk: Admin, id: str) -> Response:
    """Pause a webhook, let it go on, give it a new secret, replay, or delete it."""
    found = _found(desk, id)
    if found is None:
        return desk.not_found()
    try:
        return _act(desk, found, desk.form.get("do"))
    except Changed:
        told = _("Somebody else changed it at the same time. Look at it again.")
        return desk.refused(desk.speech(told), status=409)


def _act(desk: Desk, found: Webhook, wish: str) -> Response:
    secret, told = "", ""
    with desk.parts.engine.db.begin() as tx:
        match wish:
            case "pause" | "resume":
                state = "paused" if wish == "pause" else "active"
                webhooks.change(
                    tx,
                    found,
                    name=found.name,
                    url=found.url,
                    events=found.events,
                    state=state,
                    now=desk.now,
                    by=desk.by,
                )
            case "rotate":
                found, secret = webhooks.rotate(tx, found, desk.now, by=desk.by)
            case "replay":
                count = webhooks.replay(
                    tx,
                    found,
                    event_id=desk.form.get("event") or None,
                    since=None,
                    now=desk.now,
                    by=desk.by,
                )
                told = desk.speech(_("Posted again: {count}"), count=count)
            case "remove":
                webhooks.remove(tx, found, desk.now, by=desk.by)
    if secret:
        return _one(desk, found, secret=secret)
    return desk.seen_other(KEYS if wish == "remove" else f"{HOOKS}/{found.id}", told)


def _list(desk: Desk, *, secret: str = "", wrong: Wrong | None = None) -> Response:
    with desk.parts.engine.db.read() as tx:
        hooks, known = webhooks.every(tx), keys.every(tx)
    return desk.page(
        "keys.html",
        title=desk.speech(_("Webhooks and keys")),
        status=422 if wrong else 200,
        hooks=hooks,
        keys=known,
        rights=keys.RIGHTS,
        types=tuple(TYPES),
        partners=sorted(desk.parts.engine.rules.directory.profiles),
        secret=secret,
        wrong=wrong,
        sent=desk.form,
    )


def _one(desk: Desk, found: Webhook, *, secret: str = "") -> Response:
    cursor = desk.request.query_params.get("cursor")
    with desk.parts.engine.db.read() as tx:
        page = webhooks.events(tx, found.id, state=None, cursor=cursor, limit=_SHOWN)
    return desk.page(
        "webhook.html",
        title=found.name,
        hook=found,
        events=page.items,
        cursor=page.cursor,
        secret=secret,
    )


def _found(desk: Desk, id_: str) -> Webhook | None:
    with desk.parts.engine.db.read() as tx:
        return webhooks.get(tx, id_)


def _wrong(desk: Desk, of: str, name: str, partner: str) -> Wrong | None:
    if not name or len(name) > _LONGEST or not name.isprintable():
        return f"{of}-name", desk.speech(_("Write what it is called."))
    if partner and partner not in desk.parts.engine.rules.directory.profiles:
        return f"{of}-partner", desk.speech(_("Choose one of the partners."))
    return None


def _wrong_url(desk: Desk, url: str) -> Wrong | None:
    inside = networks(desk.parts.engine.settings.webhook_networks)
    try:
        found = where(url, inside)
    except (OSError, UnicodeError):
        return None
    if isinstance(found, str):
        told = _("Events may not be posted there: write a public https address.")
        return "hook-url", desk.speech(told)
    return None
