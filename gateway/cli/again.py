"""``resend``, ``reissue`` and ``reprocess``: three things, never one."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli import opened, say
from gateway.findings import Finding

_Reason = Annotated[str, typer.Option(help="Why, for the record.")]
_Key = Annotated[
    str, typer.Option(help="Yours, unique: the same again does it only once.")
]


def resend(
    message: Annotated[str, typer.Argument(help="A message of ours, msg_...")],
    reason: _Reason = "",
    key: _Key = "",
) -> None:
    """Send the identical bytes once more, under the same name and numbers."""
    with opened.gateway() as gateway:
        sent = gateway.resend(message, by="cli", reason=reason, key=key)
    if isinstance(sent, Finding):
        say.refused((sent,))
    say.line(f"{sent} is queued with the bytes of {message}")


def skip(
    message: Annotated[str, typer.Argument(help="A message of ours, msg_...")],
    reason: _Reason = "",
    key: _Key = "",
) -> None:
    """Give up a message that has not left, so that those behind it may leave."""
    with opened.gateway() as gateway:
        against = gateway.skip(message, by="cli", reason=reason, key=key)
    if against is not None:
        say.refused((against,))
    say.line(f"{message} is cancelled; those behind it leave")


def reissue(
    message: Annotated[str, typer.Argument(help="An answer of ours, msg_...")],
    reason: _Reason = "",
    key: _Key = "",
) -> None:
    """Build an order answer anew under new numbers, marked as a replacement."""
    with opened.gateway() as gateway:
        made = gateway.reissue(message, by="cli", reason=reason, key=key)
    if isinstance(made, Finding):
        say.refused((made,))
    say.line(f"{made} is queued in the place of {message}")


def reprocess(
    id: Annotated[str, typer.Argument(help="rcp_, int_, or msg_ that came in.")],
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it, once you have seen what differs.")
    ] = False,
    reason: _Reason = "",
    key: _Key = "",
    json: Annotated[bool, typer.Option("--json", help="One object.")] = False,
) -> None:
    """Run inbound bytes through today's code and profile, and show what differs.

    Nothing changes without --apply. With it, what was not booked is booked and
    answered; what was is left as it is.
    """
    with opened.gateway() as gateway:
        found = gateway.reprocess(id, apply=apply, by="cli", reason=reason, key=key)
    if isinstance(found, Finding):
        say.refused((found,))
    if json:
        say.as_json(found)
        return
    for message in found["messages"]:
        _tell(message)
    end = "is processed again" if apply else "would change by --apply"
    say.line(f"{found['changed']} of {len(found['messages'])} differ; {id} {end}")


def _tell(message: dict[str, Any]) -> None:
    """One message: what was made of it, and what would be."""
    if not message["differs"]:
        say.line(f"{message['message_id']}  the same")
        return
    for name in message["differs"]:
        before, after = message["was"][name], message["now"][name]
        say.line(f"{message['message_id']}  {name}: {_text(before)} -> {_text(after)}")


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value or "none")
