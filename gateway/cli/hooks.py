"""``gateway webhooks``: where events are posted to, and what is posted again."""

from __future__ import annotations

import json as json_
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer

from gateway.bootstrap import Gateway
from gateway.cli import opened, say
from gateway.pipeline.published import TYPES
from gateway.store import webhooks
from gateway.store.webhooks import Webhook
from gateway.transport.addresses import networks
from gateway.transport.hook_posts import where

BY = "cli"
Id = Annotated[str, typer.Argument(help="Its id, whk_...")]


def add(
    url: Annotated[str, typer.Argument(help="Where events are posted to: https.")],
    name: Annotated[str, typer.Option(help="What it is called.")] = "erp",
    event: Annotated[
        list[str] | None, typer.Option(help="A type of events; left out: all.")
    ] = None,
    partner: Annotated[
        str, typer.Option(help="Only this partner's.", show_default=False)
    ] = "",
) -> None:
    """Make a webhook and show the secret that its events are signed with this once."""
    for one in event or ():
        if one not in TYPES:
            say.failed(f"there is no type {one!r}; types: {', '.join(TYPES)}")
    with opened.gateway() as gateway:
        if partner and partner not in gateway.rules.directory.profiles:
            say.failed(f"there is no partner {partner!r} in force")
        _may_be_posted_to(gateway, url)
        with gateway.db.begin() as tx:
            made, secret = webhooks.make(
                tx,
                name=name,
                url=url,
                events=event or (),
                partner_id=partner,
                now=gateway.clock(),
                by=BY,
            )
    say.line(f"{made.id} {secret}")


def _may_be_posted_to(gateway: Gateway, url: str) -> None:
    try:
        found = where(url, networks(gateway.settings.webhook_networks))
    except (OSError, UnicodeError):
        return
    if isinstance(found, str):
        say.failed(f"{found} (GATEWAY_WEBHOOK_NETWORKS lists networks of our own)")


def list_(
    json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """List the webhooks and how they stand."""
    with opened.gateway() as gateway, gateway.db.read() as tx:
        every = webhooks.every(tx)
    names = ("id", "name", "state", "partner_id", "url", "events", "failures", "why")
    if json:
        for one in every:
            say.as_json({name: getattr(one, name) for name in names})
        return
    say.table(names, (_row(one, names) for one in every))


def _row(one: Webhook, names: Sequence[str]) -> tuple[object, ...]:
    told = {name: getattr(one, name) for name in names}
    told["events"] = " ".join(one.events) or "all"
    return tuple(told.values())


def rotate(id: Id) -> None:
    """Show a new secret; the one before signs for another day."""
    with opened.gateway() as gateway, gateway.db.begin() as tx:
        one = webhooks.get(tx, id) or _none(id)
        _, secret = webhooks.rotate(tx, one, gateway.clock(), by=BY)
    say.line(secret)


def pause(id: Id) -> None:
    """Post nothing to a webhook until it is resumed; what happens is kept for it."""
    _set(id, "paused")


def resume(id: Id) -> None:
    """Post again to a webhook that was paused, beginning with what has waited."""
    _set(id, "active")


def _set(id: str, state: str) -> None:
    with opened.gateway() as gateway, gateway.db.begin() as tx:
        one = webhooks.get(tx, id) or _none(id)
        webhooks.change(
            tx,
            one,
            name=one.name,
            url=one.url,
            events=one.events,
            state=state,
            now=gateway.clock(),
            by=BY,
        )
    say.line(f"{id} is {state}")


def remove(id: Id) -> None:
    """Delete a webhook, with all that was still to be posted to it."""
    with opened.gateway() as gateway, gateway.db.begin() as tx:
        one = webhooks.get(tx, id) or _none(id)
        webhooks.remove(tx, one, gateway.clock(), by=BY)
    say.line(f"{id} is deleted")


def events(
    id: Id,
    state: Annotated[
        str | None, typer.Option(help="queued, delivered or dead.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """What is posted to a webhook, was, or was given up, newest first."""
    with opened.gateway() as gateway, gateway.db.read() as tx:
        one = webhooks.get(tx, id) or _none(id)
        found = webhooks.events(tx, one.id, state=state, cursor=None, limit=limit).items
    if json:
        for each in found:
            told = json_.loads(each.body)
            say.as_json({"state": each.state, "said": each.said, "event": told})
        return
    head = ("event", "type", "about", "state", "attempts", "at", "said")
    say.table(
        head,
        (
            (
                each.id,
                each.type,
                each.key,
                each.state,
                each.attempts,
                f"{each.at:%Y-%m-%d %H:%M:%S}",
                each.said,
            )
            for each in found
        ),
    )


def replay(
    id: Id,
    event: Annotated[
        str | None, typer.Option(help="One event, evt_...", show_default=False)
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
            help="All since then, UTC.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Post events again with the same ids; without an option those given up."""
    if event and since:
        say.failed("name an event or a moment, not both")
    begin = since.replace(tzinfo=UTC) if since else None
    with opened.gateway() as gateway, gateway.db.begin() as tx:
        one = webhooks.get(tx, id) or _none(id)
        count = webhooks.replay(
            tx, one, event_id=event, since=begin, now=gateway.clock(), by=BY
        )
    say.line(f"{count} events are posted again")


def _none(id: str) -> NoReturn:
    say.failed(f"there is no webhook {id!r}")
