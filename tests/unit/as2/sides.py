"""Two sides that have agreed on AS2, and what goes between them in one process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from typing import Any

from gateway.as2 import (
    Agreement,
    Built,
    Headers,
    Ids,
    Mdn,
    MdnRead,
    Opened,
    Opening,
    Payload,
    Request,
    Sent,
    Settled,
    build,
    compose_mdn,
    read_mdn,
    read_request,
    settle,
)
from gateway.trust.keyring import Certificates, Certified, Keyring, OwnKey, OwnKeys, Use
from tests.parties import Party, party

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EDI = b"ISA*00*          *00*          *ZZ*US~\nGS*PO~\nST*850*0001~\nSE*2*0001~\n"
BOTH = frozenset((Use.AS2_SIGN, Use.AS2_ENCRYPT))
_numbers = count(1)


def own(who: Party) -> OwnKey:
    return OwnKey(
        certified=Certified(certificate=who.certificate, uses=BOTH),
        private_key=who.key,
        id="key",
    )


def keyring(ours: Iterable[Party], theirs: Iterable[Party]) -> Keyring:
    """What one side knows: its own keys, and the other's certificates."""
    known = (Certified(certificate=one.certificate, uses=BOTH) for one in theirs)
    return Keyring(
        theirs=Certificates(tuple(known)), ours=OwnKeys(tuple(map(own, ours)))
    )


@lru_cache
def buyer() -> Party:
    return party("buyer")


@lru_cache
def supplier() -> Party:
    return party("supplier")


def sending(**changed: Any) -> Agreement:
    """The agreement as the buyer has it, who sends."""
    made = Agreement(
        partner_id="us",
        channel_id="as2",
        ours="BUYER",
        theirs="SUPPLIER",
        url="https://us.example/as2",
        receipt_url="https://buyer.example/as2/mdn",
        keyring=keyring([buyer()], [supplier()]),
    )
    return replace(made, **changed)


def receiving(**changed: Any) -> Agreement:
    """The same as the supplier has it, who receives."""
    made = Agreement(
        partner_id="buyer",
        channel_id="as2",
        ours="SUPPLIER",
        theirs="BUYER",
        url="https://buyer.example/as2",
        keyring=keyring([supplier()], [buyer()]),
    )
    return replace(made, **changed)


def ids() -> Ids:
    number = next(_numbers)
    return Ids(f"<{number}@buyer.example>", f"{number:032x}")


def built(
    agreement: Agreement | None = None, *payloads: Payload
) -> tuple[Built, bytes]:
    """A message and its bytes."""
    parts = payloads or (Payload.of("application/edi-x12", "po.edi", EDI),)
    made = build(parts, agreement or sending(), NOW, ids())
    body = b"".join(made.chunks)
    assert len(body) == made.size
    return made, body


def asked(**fields: str) -> list[tuple[str, str]]:
    """Header fields of a message, with those given; underscores stand for hyphens."""
    made = {
        "AS2-From": "BUYER",
        "AS2-To": "SUPPLIER",
        "Message-ID": "<1@buyer.example>",
        "Content-Type": "application/edi-x12",
        "Disposition-Notification-To": "edi@buyer.example",
    }
    made |= {name.replace("_", "-"): value for name, value in fields.items()}
    return [(name, value) for name, value in made.items() if value]


def opened(
    headers: Iterable[tuple[str, str]],
    body: bytes,
    agreement: Agreement | None,
    step: int = 65536,
    **more: Any,
) -> tuple[list[bytes], Opened, Request]:
    """The documents of a message, what it was, and its header."""
    request = read_request(Headers.of(headers))
    opening = Opening(request, agreement, NOW, **more)
    pieces = []
    for start in range(0, len(body), step):
        pieces += opening.feed(body[start : start + step])
    rest, result = opening.finish()
    parts = [b""] * (len(result.parts) or 1)
    for piece in (*pieces, *rest):
        parts[piece.part] += piece.data
    return parts, result, request


def answered(
    made: Built, body: bytes, agreement: Agreement, **more: Any
) -> tuple[list[bytes], Opened, Mdn]:
    """What the receiver makes of a message, and its MDN."""
    parts, result, request = opened(made.headers, body, agreement, **more)
    mdn = compose_mdn(request, result.disposition, result.mic, agreement, NOW, ids())
    return parts, result, mdn


def settled(
    made: Built, mdn: Mdn, agreement: Agreement, *, signed: bool = True
) -> tuple[MdnRead, Settled]:
    """What the sender makes of the MDN."""
    read = read_mdn(Headers.of(mdn.headers), mdn.body, agreement, NOW)
    sent = Sent(
        message_id=made.message_id,
        mics=made.mics,
        asked_digest=made.asked_digest,
        receipt_signed=signed,
    )
    return read, settle(read, sent)


def codes(findings: Iterable[Any]) -> list[str]:
    return [one.code for one in findings]
