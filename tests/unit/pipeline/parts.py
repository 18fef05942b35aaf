"""Acme's orders by the segment, the starter profiles, and a small world around them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from gateway.bootstrap import edifact, tables
from gateway.catalog import Prices
from gateway.edi.numbers import Numbers
from gateway.partner import Directory, Profile
from gateway.pipeline.answer import answer
from gateway.pipeline.arrived import Read
from gateway.pipeline.effects import Effect, Keep, Queue, Record
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import KnownOrder, Seen, World
from tests.starters import starter_prices, starter_profile

NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
LINE = "PO1*1*12*EA*84*PE*VP*BB-1001*BP*77-1001"
"""A line that is all fine."""
SECOND = "PO1*2*20*EA*24.95*PE*VP*BB-1002*BP*77-1002"
"""Another one."""
CHEAP = "PO1*1*12*EA*79*PE*VP*BB-1001*BP*77-1001"
"""A line five dollars below the contract: held by Acme's policy."""
STRANGE = "PO1*2*3*EA*12*PE*VP*BB-9999*BP*77-9999"
"""A line of an item that nobody knows: rejected by Acme's policy."""

E = TypeVar("E", bound=Effect)


def message(  # noqa: PLR0913  each is a part of an order that some test changes
    po: str = "4711",
    *lines: str,
    beg: str = "00*SA",
    cur: str = "CUR*BY*USD",
    more: Sequence[str] = (),
    ship_by: str = "20261214",
    ship_to: str = "DC01",
    ctt: str = "",
    number: str = "0001",
    set_id: str = "850",
) -> list[str]:
    """ST to SE; ``more`` stands behind REF, ``beg`` is BEG-01 and BEG-02."""
    bought = lines or (LINE,)
    body = [
        f"BEG*{beg}*{po}**20261120",
        *([cur] if cur else []),
        "REF*IA*70412",
        *more,
        f"DTM*010*{ship_by}",
        f"N1*ST*ACME DISTRIBUTION CENTER 1*92*{ship_to}",
        *bought,
        f"CTT*{ctt or len(bought)}",
    ]
    return [f"ST*{set_id}*{number}", *body, f"SE*{len(body) + 2}*{number}"]


def group(
    *messages: list[str], number: int = 1, kind: str = "PO", version: str = "004010"
) -> list[str]:
    """GS to GE."""
    head = f"GS*{kind}*ACMEPROD*BOLTBEAM*20261120*0912*{number}*X*{version}"
    inside = [segment for each in messages for segment in each]
    return [head, *inside, f"GE*{len(messages)}*{number}"]


def interchange(
    *groups: list[str],
    number: int = 1,
    usage: str = "P",
    sender: str = "ACME",
    receiver: str = "BOLTBEAM",
) -> bytes:
    """ISA to IEA."""
    isa = (
        f"ISA*00*          *00*          *ZZ*{sender:15}*ZZ*{receiver:15}*261120*0912"
        f"*U*00401*{number:09d}*0*{usage}*>"
    )
    inside = [segment for each in groups for segment in each]
    rows = [isa, *inside, f"IEA*{len(groups)}*{number:09d}"]
    return "".join(f"{row}~\n" for row in rows).encode()


def one(*lines: str, po: str = "4711", number: int = 1, **how: Any) -> bytes:
    """An interchange with one order."""
    usage = how.pop("usage", "P")
    return interchange(group(message(po, *lines, **how)), number=number, usage=usage)


def profile(policy: Mapping[str, Any] | None = None, **changes: Any) -> Profile:
    """Acme's starter profile with some keys changed."""
    return starter_profile("acme", policy, **changes)


def rules(*profiles: Profile) -> Rules:
    """Rules with Acme, or with these."""
    known = Directory.of(profiles or (profile(),))
    return Rules(tables(), known, directories=edifact())


def prices() -> Prices:
    """Acme's starter catalog."""
    return starter_prices("acme")


def world(**known: Any) -> World:
    """Acme's prices, and nothing that was received before unless it is given."""
    return World(now=NOW, prices={"acme": prices()}, **known)


def reading(data: bytes, by: Rules | None = None, receipt: str = "rcp_1") -> Read:
    """Everything read at once."""
    return read([data], by or rules(), receipt_id=receipt, door="folder")


def answered(
    data: bytes,
    by: Rules | None = None,
    around: World | None = None,
    receipt: str = "rcp_1",
) -> tuple[Effect, ...]:
    """Read and answered in one go."""
    return answer(reading(data, by, receipt), around or world())


def afterwards(before: World, receipt: str, effects: Sequence[Effect]) -> World:
    """The world once these effects are carried out."""
    records, keeps = only(effects, Record), only(effects, Keep)
    return before.after(
        {r.key: Seen(sha256=r.sha256, receipt_id=receipt) for r in records},
        {k.key: KnownOrder(order_id=k.order_id, digest=k.digest) for k in keeps},
    )


def only(effects: Sequence[Any], kind: type[E]) -> list[E]:
    """The effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]


def codes(found: Sequence[Any]) -> list[str]:
    """The codes of findings."""
    return [finding.code for finding in found]


def written(effects: Sequence[Any], kind: str) -> list[list[str]]:
    """The segments of each queued message of a kind, envelope included."""
    return [
        effect.draft.finish(Numbers(interchange=1, group=1, message=1), NOW)
        .decode()
        .split("~\n")[:-1]
        for effect in only(effects, Queue)
        if effect.kind == kind
    ]


def segments(effects: Sequence[Any], kind: str, tag: str) -> list[str]:
    """The segments with a tag, of all queued messages of a kind."""
    messages = written(effects, kind)
    return [s for rows in messages for s in rows if s.startswith(f"{tag}*")]
