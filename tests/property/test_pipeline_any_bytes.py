"""Any bytes: read, answered and previewed without an exception, and nothing half."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from gateway.edi.numbers import Numbers
from gateway.engine.reading import learned
from gateway.pipeline.answer import answer
from gateway.pipeline.arrived import Read
from gateway.pipeline.effects import (
    Effect,
    Expect,
    Keep,
    Queue,
    Record,
    Refuse,
    Replay,
)
from gateway.pipeline.inbound import read
from gateway.pipeline.preview import preview
from tests.unit.pipeline.parts import (
    CHEAP,
    LINE,
    NOW,
    SECOND,
    STRANGE,
    group,
    interchange,
    message,
    one,
    only,
    rules,
    world,
)

BY = rules()
FA = ["ST*997*0001", "AK1*PR*7", "AK9*A*1*1*1", "SE*4*0001"]
NUMBERS = Numbers(interchange=1, group=1, message=1)


@st.composite
def transmissions(draw: st.DrawFn) -> bytes:
    """Interchanges of Acme and others, with orders that may come twice."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        bodies = draw(st.lists(orders(), min_size=0, max_size=3))
        groups = [
            group(*bodies),
            *([group(FA, kind="FA", number=2)] if draw(st.booleans()) else []),
        ]
        parts.append(
            interchange(
                *groups,
                number=draw(st.integers(1, 3)),
                usage=draw(st.sampled_from("PPPT")),
                sender=draw(st.sampled_from(["ACME", "ACME", "NEWBUYER"])),
            )
        )
    return b"".join(parts)


@st.composite
def orders(draw: st.DrawFn) -> list[str]:
    lines = draw(
        st.lists(
            st.sampled_from([LINE, SECOND, CHEAP, STRANGE]), min_size=1, max_size=2
        )
    )
    return message(
        draw(st.sampled_from(["4711", "4712"])),
        *lines,
        beg=draw(st.sampled_from(["00*SA", "00*SA", "01*SA", "00*BK"])),
        cur=draw(st.sampled_from(["CUR*BY*USD", "CUR*BY*EUR", ""])),
        number=f"{draw(st.integers(1, 9999)):04d}",
    )


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A transmission with some of its bytes cut out, doubled or changed."""
    data = draw(transmissions())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        put = draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from([b"~", b"*", b"*1,2*", b"~ST*850*0009~", b"GE*1*1~"]),
                st.just(data[start:end] * 2),
            )
        )
        data = data[:start] + put + data[end:]
    return data


def settled(reading: Read) -> None:
    """Answer, preview and finish everything; check that nothing is half."""
    effects = answer(reading, world())
    for queue in only(effects, Queue):
        assert queue.draft.finish(NUMBERS, NOW)
    preview(reading, NOW, world=world())
    known = [each for each in reading.interchanges if each.profile is not None]
    strange = len(reading.interchanges) - len(known)
    refused = [e for e in only(effects, Refuse) if not e.partner_id]
    assert len(refused) == (strange if reading.interchanges else 1)
    assert len(list(_outcomes(effects))) == len(known)
    booked = [(keep.key, keep.order_id) for keep in only(effects, Keep)]
    assert len({key for key, _ in booked}) == len({id_ for _, id_ in booked})
    recorded = {message.id for r in only(effects, Record) for message in r.messages}
    assert {keep.message_id for keep in only(effects, Keep)} <= recorded


def _outcomes(effects: tuple[Effect, ...]) -> Iterator[Effect]:
    """What becomes of each interchange of a known sender."""
    for effect in effects:
        match effect:
            case Record() | Replay(receipt_id="rcp_1"):
                yield effect
            case Refuse(partner_id=partner) if partner:
                yield effect
            case _:
                pass


@given(st.binary(max_size=400))
def test_any_bytes_are_read_and_answered(data: bytes):
    settled(read([data], BY, receipt_id="rcp_1"))


@given(st.binary(max_size=200))
def test_any_bytes_inside_a_good_envelope_are_read_and_answered(inside: bytes):
    good = one()
    cut = good.index(b"BEG")
    settled(read([good[:cut] + inside + good[cut:]], BY, receipt_id="rcp_1"))


@given(transmissions())
def test_every_interchange_has_one_outcome(data: bytes):
    settled(read([data], BY, receipt_id="rcp_1"))


@given(damaged())
def test_damage_is_never_half_an_answer(data: bytes):
    settled(read([data], BY, receipt_id="rcp_1"))


@given(st.one_of(transmissions(), damaged()), st.integers(1, 3))
def test_passes_give_what_one_reading_gives(data: bytes, orders: int):
    whole = answer(read([data], BY, receipt_id="rcp_1"), world())
    after: int | None = 0
    effects: list[Effect] = []
    around = world()
    while after is not None:
        part = read([data], BY, receipt_id="rcp_1", after=after, orders=orders)
        got = answer(part, around)
        around = learned(around, "rcp_1", got)
        effects += got
        after = part.next
    assert _of_orders(effects) == _of_orders(whole)
    assert _of_envelopes(effects) == _of_envelopes(whole)


def _of_orders(effects: Iterable[Effect]) -> list[Effect]:
    """What is done about orders, in their order; alerts aside: passes tell by them
    what one reading notes with the message."""
    return [
        effect
        for effect in effects
        if isinstance(effect, Keep | Expect)
        or (isinstance(effect, Queue | Replay) and effect.order_id)
    ]


def _of_envelopes(effects: Iterable[Effect]) -> list[Effect]:
    """What is done about interchanges: acknowledged in the first pass, turned away in
    the last."""
    told = [e for e in effects if isinstance(e, Queue | Replay) and not e.order_id]
    away = [e for e in effects if isinstance(e, Refuse)]
    queued = [e for e in told if isinstance(e, Queue)]
    again = [e for e in told if isinstance(e, Replay)]
    return [*queued, *again, *away]


@given(transmissions(), st.lists(st.integers(1, 200), max_size=20))
def test_how_the_bytes_are_cut_changes_nothing(data: bytes, sizes: list[int]):
    chunks, rest = [], data
    for size in sizes:
        chunks.append(rest[:size])
        rest = rest[size:]
    cut = read([*chunks, rest], BY, receipt_id="rcp_1")
    assert answer(cut, world()) == answer(read([data], BY, receipt_id="rcp_1"), world())
