"""How fast messages are read, checked and acknowledged, and in how much memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from gateway.bootstrap import tables
from gateway.cli import generate
from gateway.cli.measure import MB, Row, alternating, cpu_s, peak_bytes
from gateway.edi.events import Event, Fault, MessageRead
from gateway.edi.limits import Limits
from gateway.edi.x12.reader import X12Reader
from gateway.findings.model import Verdict
from gateway.partner import Directory, Profile, load
from gateway.pipeline.acknowledge import of_contents
from gateway.pipeline.arrived import Read
from gateway.pipeline.inbound import read
from gateway.pipeline.preview import FIRST
from gateway.pipeline.rules import Rules

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CHUNK = 65_536
READER_TARGET = 0.5
CHECK_TARGET = 0.6
FLAT_TARGET = 1.5
"""How much more memory ten times as many messages may take."""
LONG_TARGET_MB = 100.0
"""Three times the limit of one message: its pieces, their sum and its text."""


def profile(text: str = generate.PROFILE) -> Profile:
    """The buyer of the generated orders."""
    loaded = load(text, "bench")
    assert isinstance(loaded, Profile)
    return loaded


def rules(version: str = "004010") -> Rules:
    """Our tables and the buyer's profile."""
    text = generate.PROFILE if version == "004010" else generate.PROFILE_5010
    return Rules(tables(), Directory.of([profile(text)]))


def chunks(raw: bytes) -> Iterator[bytes]:
    """The bytes in pieces of 64 KiB."""
    return (raw[at : at + CHUNK] for at in range(0, len(raw), CHUNK))


def split_and_discard(raw: bytes) -> int:
    """The plain loop that a reader is held against: elements counted, nothing kept."""
    count = 0
    for segment in raw.decode("latin-1").split("~"):
        count += len(segment.split("*"))
    return count


def split_and_keep(raw: bytes) -> list[list[str]]:
    """The plain loop that a check is held against: all elements of all segments."""
    return [segment.split("*") for segment in raw.decode("latin-1").split("~")]


def read_and_split(pieces: Iterable[bytes]) -> tuple[int, list[str]]:
    """Our reader with every segment split: how many elements, and codes of faults."""
    reader, count, codes = X12Reader(), 0, []
    for events in _events(reader, pieces):
        for event in events:
            if isinstance(event, MessageRead):
                element = event.separators.element
                codes += [fault.code for fault in event.faults]
                for segment in event.segments:
                    count += len(segment.split(element))
            elif isinstance(event, Fault):
                codes.append(event.finding.code)
    return count, codes


def _events(reader: X12Reader, pieces: Iterable[bytes]) -> Iterator[list[Event]]:
    for piece in pieces:
        yield reader.receive(piece)
    yield reader.finish()


def acknowledged(pieces: Iterable[bytes], by: Rules) -> tuple[Read, list[bytes]]:
    """The whole check of an interchange, no order mapped, and its 997 or 999."""
    done = read(pieces, by, receipt_id="rcp_bench", orders=0)
    drafts = [draft for one in done.interchanges for draft in of_contents(one)]
    return done, [draft.finish(FIRST, NOW) for draft in drafts]


def verdicts(done: Read) -> set[Verdict]:
    """The verdicts on all messages."""
    groups = (group for one in done.interchanges for group in one.groups)
    return {message.verdict for group in groups for message in group.messages}


def reader_row(raw: bytes, rounds: int) -> Row:
    """The reader against the loop that discards."""
    ours, base = alternating(
        lambda: read_and_split(chunks(raw)), lambda: split_and_discard(raw), rounds
    )
    return Row(
        name="reader, all segments split / split loop, discarded",
        measured=_rate(raw, ours),
        base=_rate(raw, base),
        figure=base / ours,
        target=READER_TARGET,
    )


def check_row(raw: bytes, rounds: int, version: str = "004010") -> Row:
    """The check with its 997, or its 999, against the loop that keeps."""
    by = rules(version)
    done, acks = acknowledged(chunks(raw), by)
    assert verdicts(done) == {Verdict.ACCEPTED}
    assert b"AK9*A*" in acks[0]
    ours, base = alternating(
        lambda: acknowledged(chunks(raw), by), lambda: split_and_keep(raw), rounds
    )
    name = "850 checked, 997" if version == "004010" else "005010 850 checked, 999"
    return Row(
        name=f"{name} written / split loop, all kept",
        measured=_rate(raw, ours),
        base=_rate(raw, base),
        figure=base / ours,
        target=CHECK_TARGET,
    )


def flat_row() -> Row:
    """Whether the reader's memory stays flat: ten times as many messages, or not."""
    few, many = (generate.rich_orders(count, 20) for count in (100, 1000))
    least = peak_bytes(lambda: read_and_split(chunks(few)))
    most = peak_bytes(lambda: read_and_split(chunks(many)))
    return Row(
        name="reader's memory, 5 MB / 0.5 MB",
        measured=f"{most / MB:.2f} MB",
        base=f"{least / MB:.2f} MB",
        figure=most / least,
        target=FLAT_TARGET,
        at_most=True,
    )


def long_row() -> Row:
    """One message over the limit: refused, and not held whole."""
    codes: list[str] = []
    size = Limits().message_bytes + 1

    def work() -> None:
        codes.extend(read_and_split(generate.one_long_order(size))[1])

    peak = peak_bytes(work)
    assert codes == ["WIRE-002"]
    return Row(
        name="reader's memory, one message over 32 MiB (WIRE-002)",
        measured=f"{peak / MB:.0f} MB",
        figure=peak / MB,
        unit="MB",
        target=LONG_TARGET_MB,
        at_most=True,
    )


def hostile_row(size_bytes: int, *, valid: bool) -> Row:
    """A stream of ever new shapes: speed, and memory beyond that of the reader."""
    pieces = list(generate.new_shapes(tables(), size_bytes, valid=valid))
    took = cpu_s(lambda: _expect(pieces, valid))
    fewer = size_bytes // 4
    stream = generate.new_shapes(tables(), fewer, valid=valid)
    peak = peak_bytes(lambda: acknowledged(stream, rules()))
    size = sum(map(len, pieces))
    kind = "valid" if valid else "bad"
    return Row(
        name=f"ever new shapes, all {kind}: checked, 997 written",
        measured=f"{size / took / MB:.2f} MB/s",
        base=f"peak {peak / MB:.0f} MB",
        figure=50 / (size / took / MB),
        unit="s for 50 MB",
        target=60.0,
        at_most=True,
    )


def _expect(pieces: Sequence[bytes], valid: bool) -> None:
    done, _ = acknowledged(pieces, rules())
    assert verdicts(done) == {Verdict.ACCEPTED if valid else Verdict.REJECTED}


def _rate(raw: bytes, seconds: float) -> str:
    return f"{len(raw) / seconds / MB:.1f} MB/s"
