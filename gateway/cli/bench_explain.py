"""How fast faults are explained, and how long it takes to compile a guide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.bootstrap import starter_profiles, tables
from gateway.cli import bench_wire, generate
from gateway.cli.measure import MB, Row, alternating, cpu_s
from gateway.edi.events import MessageRead
from gateway.edi.plan import NodePlan, plan
from gateway.edi.schema import Element
from gateway.edi.x12.reader import X12Reader
from gateway.findings import Finding
from gateway.findings.model import Verdict, verdict
from gateway.partner import Directory, Profile
from gateway.partner.guide import Guide
from gateway.pipeline.rules import Rules

EXPLAIN_TARGET_MB = 2.0
SHARE_TARGET = 0.12
"""The same as a share of the speed of checking good messages, on any machine."""
COMPILE_TARGET_MS = 100.0
RULES = 300
"""Rules of the made-up guide."""
_RELATIONS = 40
"""How many of them join places."""
_850 = "x12_850"


def explain_rows(orders: int, rounds: int) -> Iterator[Row]:
    """850s broken in every segment of every line: two versions, with a guide or not."""
    for version in ("004010", "005010"):
        raw = generate.rich_orders(orders, 20, version=version, broken=True)
        yield explain_row(raw, version, rounds, bench_wire.rules(version))
        guided = synthetic(version)
        yield explain_row(raw, version, rounds, _rules_of(guided), _size(guided))


def explain_row(raw: bytes, version: str, rounds: int, by: Rules, size: int = 0) -> Row:
    """Broken 850s read and explained, beside the loop that keeps.

    ``size`` is the number of rules of their guide; with a guide there is no target.
    """
    assert all(verdict(found) is Verdict.REJECTED for found in _judged(raw, by))
    ours, base = alternating(
        lambda: _judged(raw, by), lambda: bench_wire.split_and_keep(raw), rounds
    )
    against = f"guide of {size} rules" if size else "no guide"
    return Row(
        name=f"{version} 850, all broken, explained; {against}",
        measured=f"{len(raw) / ours / MB:.2f} MB/s",
        base=f"{len(raw) / base / MB:.1f} MB/s",
        figure=len(raw) / ours / MB,
        unit="MB/s",
        target=None if size else EXPLAIN_TARGET_MB,
    )


def share(version: str, orders: int, rounds: int) -> float:
    """How fast broken orders are explained, as a share of checking good ones."""
    by = bench_wire.rules(version)
    broken, good = (
        generate.rich_orders(orders, 20, version=version, broken=broken)
        for broken in (True, False)
    )
    ours, base = alternating(
        lambda: _judged(broken, by), lambda: _judged(good, by), rounds
    )
    return len(broken) / ours * base / len(good)


def _judged(raw: bytes, by: Rules) -> list[tuple[Finding, ...]]:
    """What is found in each message; its partner is the first of the rules."""
    (profile,) = by.directory.profiles.values()
    validator = by.validator(profile, profile.receives[0].version, "850")
    assert validator is not None
    reader = X12Reader(by.limits)
    events = [*reader.receive(raw), *reader.finish()]
    messages = (event for event in events if isinstance(event, MessageRead))
    return [validator.validate(message) for message in messages]


def _rules_of(profile: Profile) -> Rules:
    return Rules(tables(), Directory.of([profile]))


def largest(version: str) -> Profile:
    """The starter partner of the version with the most rules for a purchase order."""
    receiving = (
        profile
        for profile in starter_profiles()
        for receives in profile.receives
        if receives.message == _850 and receives.version[:6] == version
    )
    return max(receiving, key=lambda profile: count(profile.guide))


def count(guide: Guide) -> int:
    """The rules of a guide."""
    groups = (
        guide.require,
        guide.forbid,
        guide.narrow,
        guide.widen,
        guide.max_use,
        guide.relate,
        guide.pairs,
        guide.tolerate,
        guide.severity,
    )
    return sum(map(len, groups))


def compile_rows(rounds: int) -> Iterator[Row]:
    """The largest starter guide, and one of three hundred rules."""
    yield compile_row(max(map(largest, ("004010", "005010")), key=_size), rounds)
    yield compile_row(synthetic(), rounds)


def _size(profile: Profile) -> int:
    return count(profile.guide)


def compile_row(profile: Profile, rounds: int) -> Row:
    """From a profile to the verdict on a first message, in milliseconds."""
    (receives,) = [r for r in profile.receives if r.message == _850]
    version = receives.version[:6]
    raw = generate.rich_orders(1, 1, version=version)
    reader = X12Reader()
    events = [*reader.receive(raw), *reader.finish()]
    (message,) = [event for event in events if isinstance(event, MessageRead)]
    assert tables().schema(version, "850") is not None  # read before, not with it

    def work() -> None:
        validator = _rules_of(profile).validator(profile, receives.version, "850")
        assert validator is not None
        validator.validate(message)

    took = min(cpu_s(work) for _ in range(rounds)) * 1000
    return Row(
        name=f"guide compiled: {profile.id}, {_size(profile)} rules",
        measured=f"{took:.1f} ms",
        figure=took,
        unit="ms",
        target=COMPILE_TARGET_MS,
        at_most=True,
    )


def synthetic(version: str = "004010") -> Profile:
    """A buyer whose guide has three hundred rules: codes, lengths, relations."""
    schema = tables().schema(version, "850")
    assert schema is not None
    places = [
        (f"{'/'.join((*node.segment.loops, node.tag))}-{number:02d}", element.use)
        for node in _all(plan(schema).nodes)
        for number, element in enumerate(node.segment.elements, 1)
        if isinstance(element.use.element, Element)
    ]
    rules: dict[str, list[str]] = {"narrow": [], "widen": [], "relate": []}
    for place, use in places[: RULES - _RELATIONS]:
        element = use.element
        assert isinstance(element, Element)
        if element.codes:
            codes = ", ".join(f"'{code}'" for code in sorted(element.codes))
            rules["narrow"].append(f"{{at: {place}, values: [{codes}]}}")
        else:
            rules["widen"].append(f"{{at: {place}, max: {element.max + 5}}}")
    rules["relate"] = [
        f"{{when: {{at: PO1/DTM-01, value: 'Q{n:02d}'}}, require: {{at: PO1-04}}}}"
        for n in range(_RELATIONS - 1)
    ]
    rules["relate"].append("{when: {at: PO1-09, value: VP}, require: {at: PO1/PID}}")
    told = "".join(
        f"  {kind}:\n" + "".join(f"    - {rule}\n" for rule in listed)
        for kind, listed in rules.items()
    )
    text = generate.PROFILE if version == "004010" else generate.PROFILE_5010
    return bench_wire.profile(text.replace("guide:\n", f"guide:\n{told}"))


def _all(nodes: Iterable[NodePlan]) -> Iterator[NodePlan]:
    for node in nodes:
        yield node
        yield from _all(node.nodes[1:])
