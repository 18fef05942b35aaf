"""What would be answered, without keeping, numbering or sending anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.edi.numbers import Numbers, Unnumbered
from gateway.findings import Finding, Severity
from gateway.findings.model import verdict
from gateway.findings.render import as_json
from gateway.pipeline.acknowledge import KINDS, of_contents, of_interchange
from gateway.pipeline.answer import answer
from gateway.pipeline.arrived import InterchangeIn, Read
from gateway.pipeline.effects import Effect, Keep, Queue, Record, Refuse, Replay
from gateway.pipeline.world import World

FIRST = Numbers(interchange=1, group=1, message=1)
"""The numbers of previews; none is taken from a counter."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Findings as JSON values, acknowledgements and answers as bytes.

    ``clean`` is false when anything was found that is more than a warning.
    """

    body: dict[str, Any]
    acknowledgements: tuple[bytes, ...]
    answers: tuple[bytes, ...]
    findings: tuple[Finding, ...]
    kept: tuple[Keep, ...] = ()
    """The orders as they would be booked, with what was found about them."""

    @property
    def clean(self) -> bool:
        """Whether nothing rejects and nothing is an error."""
        heavy = (Severity.REJECT, Severity.ERROR)
        return not any(f.severity in heavy for f in self.findings)

    def with_more(self, found: tuple[Finding, ...]) -> Preview:
        """The same with findings that were made elsewhere."""
        everything = (*self.findings, *found)
        told = [*self.body["findings"], *map(as_json, found)]
        body = self.body | {"verdict": str(verdict(everything)), "findings": told}
        return replace(self, body=body, findings=everything)


def preview(
    read: Read, now: datetime, *, world: World | None = None, numbers: Numbers = FIRST
) -> Preview:
    """Findings and answers of what was read. With a ``world`` orders are decided too.

    Senders without a profile are acknowledged here by the base standard; the gateway
    itself puts them in quarantine.
    """
    acknowledgements: list[bytes] = []
    interchanges = []
    everything = list(read.faults)
    for interchange in read.interchanges:
        acks = [draft.finish(numbers, now) for draft in _drafts(interchange)]
        acknowledgements += acks
        found = _findings(interchange)
        everything += found
        body = _interchange(interchange, found)
        interchanges.append(body | {"acknowledgements": [_text(a) for a in acks]})
    answers, kept, refused = _decided(read, now, world, numbers)
    everything += refused
    return Preview(
        {
            "schema": "check/1",
            "verdict": str(verdict(everything)),
            "findings": [as_json(f) for f in (*read.faults, *refused)],
            "interchanges": interchanges,
            "orders": [_order(one) for one in kept],
        },
        tuple(acknowledgements),
        answers,
        tuple(everything),
        kept,
    )


def _drafts(interchange: InterchangeIn) -> tuple[Unnumbered, ...]:
    """What the interchange gets: for a refused one a TA1 at most."""
    refused = interchange.refused
    told = of_interchange(interchange, interchange.findings, refused=refused)
    groups = () if refused else of_contents(interchange)
    return (*([told] if told else []), *groups)


def _decided(
    read: Read, now: datetime, world: World | None, numbers: Numbers
) -> tuple[tuple[bytes, ...], tuple[Keep, ...], tuple[Finding, ...]]:
    """What the pipeline would answer, where the store was asked."""
    if world is None:
        return (), (), ()
    effects = answer(read, world)
    answers = tuple(
        effect.draft.finish(numbers, now)
        for effect in effects
        if isinstance(effect, Queue) and effect.kind not in KINDS
    )
    kept = tuple(effect for effect in effects if isinstance(effect, Keep))
    return answers, kept, tuple(f for e in effects for f in _only_now(e))


def _only_now(effect: Effect) -> Iterator[Finding]:
    """What only the store can know: that an interchange or an order came before."""
    match effect:
        case Refuse():
            yield from (f for f in effect.findings if f.code == "ENV-001")
        case Replay(receipt_id=receipt_id) if receipt_id:
            what = f"the interchange came before with receipt {receipt_id}"
            yield Finding.of("ENV-080", what)
        case Record():
            found = [f for message in effect.messages for f in message.findings]
            yield from (f for f in found if f.code.startswith("DUP-"))
        case _:
            pass


def _order(keep: Keep) -> dict[str, Any]:
    return {
        "po_number": keep.order.po_number,
        "state": str(keep.state),
        "decision": keep.ack.type,
        "test": keep.test,
        "findings": [as_json(finding) for finding in keep.findings],
    }


def _findings(interchange: InterchangeIn) -> list[Finding]:
    """All of an interchange, in its order, unknown sender included."""
    found = list(_own(interchange))
    for group in interchange.groups:
        found += group.findings
        for message in group.messages:
            found += message.findings
            found += message.mapped.findings if message.mapped else ()
    return found


def _own(interchange: InterchangeIn) -> Iterator[Finding]:
    """What is found of the envelope, and of who sends it to whom."""
    yield from interchange.findings
    stranger = interchange.stranger
    if stranger is not None and stranger.code != "ENV-020":
        yield stranger
    elif stranger is not None:
        yield Finding.of("CFG-030", f"no profile for {interchange.key.sender}")


def _interchange(
    interchange: InterchangeIn, found: Iterable[Finding]
) -> dict[str, Any]:
    key = interchange.key
    return {
        "control_number": key.control_number,
        "sender": key.sender,
        "receiver": key.receiver,
        "usage": interchange.usage,
        "partner": interchange.profile.id if interchange.profile else None,
        "verdict": str(verdict(found)),
        "findings": [as_json(f) for f in _own(interchange)],
        "groups": [
            {
                "functional_id": group.functional_id,
                "control_number": group.control_number,
                "version": group.version(group.messages[0]) if group.messages else "",
                "findings": [as_json(f) for f in group.findings],
                "messages": [
                    {
                        "type": message.type,
                        "control_number": message.control_number,
                        "verdict": str(message.verdict),
                        "findings": [
                            as_json(f)
                            for f in (
                                *message.findings,
                                *(message.mapped.findings if message.mapped else ()),
                            )
                        ],
                    }
                    for message in group.messages
                ],
            }
            for group in interchange.groups
        ],
    }


def _text(raw: bytes) -> str:
    return raw.decode("latin-1")
