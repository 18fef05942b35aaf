"""A partner's guide as a page for people: what they may send, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gateway.edi.plan import ElementPlan, MessagePlan, NodePlan, SegmentPlan
from gateway.edi.schema import Composite, Condition
from gateway.findings import CODES
from gateway.partner import Profile
from gateway.partner.guide import (
    SeverityRule,
)
from gateway.partner.policy import CASES
from gateway.partner.profile import X12Identity
from gateway.partner.relate import Pairs, Relate
from gateway.pipeline.guide_rules import (
    Say,
    joined_text,
    places_of,
    rule_text,
    rules_of,
)
from gateway.pipeline.guide_samples import Sample, examples
from gateway.pipeline.page import Block, Cell, Coded, Heading, Listing, Para, Table
from gateway.pipeline.page import codes as coded

__all__ = ["guide_page"]

_TA1 = {
    "asked": "An interchange is answered with a TA1 where ISA14 asks for it.",
    "rejecting": "An interchange is answered with a TA1 where ISA14 asks for it, and"
    " whenever it is rejected.",
    "never": "An interchange is never answered with a TA1.",
}
_LEVELS = {
    "strict": "What departs from the standard on the wire is refused.",
    "tolerant": "What departs from the standard on the wire is accepted, and told.",
    "repair": "What departs from the standard on the wire is mended where it has one"
    " possible meaning, and told.",
}
_LISTED = 12
"""Codes of the standard that are listed; more are only counted."""


def guide_page(  # noqa: PLR0913  all optional but the first two
    profile: Profile,
    plan: MessagePlan,
    *,
    message: str = "x12_850",
    joined: Sequence[Relate | Pairs] = (),
    samples: Iterable[Sample] = (),
    everything: bool = False,
    say: Say = str,
) -> tuple[Block, ...]:
    """The page on one message type. ``plan`` is its table under the partner's guide.

    ``joined`` are the guide's rules that join places. Only segments that matter are
    told in detail: required, ruled by the guide, used by us or in a sample; with
    ``everything`` all of them. ``say`` translates what is ours.
    """
    return tuple(_Page(profile, plan, message, joined, samples, say).blocks(everything))


class _Page:
    def __init__(
        self,
        profile: Profile,
        plan: MessagePlan,
        message: str,
        joined: Sequence[Relate | Pairs],
        samples: Iterable[Sample],
        say: Say,
    ) -> None:
        self.profile = profile
        self.plan = plan
        self.message = message
        self.say = say
        self.received = any(r.message == message for r in profile.receives)
        self.rules = [rule for rule in rules_of(profile) if rule.message == message]
        self.joined = [rule for rule in joined if rule.message == message]
        self.examples = examples(plan, samples)
        self.nodes = list(_walk(plan.nodes, 0))

    def blocks(self, everything: bool) -> Iterator[Block]:
        say, schema = self.say, self.plan.schema
        yield Heading(1, f"{self.profile.name}: {schema.type} {schema.version}")
        yield Para(self._intro())
        yield from self._envelope()
        yield Heading(2, say("Segments in order"))
        yield Table(
            (
                say("segment"),
                say("name"),
                say("use"),
                say("max use"),
                say("loop repeats"),
            ),
            tuple(self._node_row(node, depth) for node, depth in self.nodes),
        )
        yield Heading(2, say("Segments in detail"))
        for node, _ in self.nodes:
            if everything or self._matters(node):
                yield from self._detail(node)
        yield from self._everywhere()
        if self.received:
            yield from self._acknowledgements()
            yield from self._policy()

    def _intro(self) -> str:
        say, schema = self.say, self.plan.schema
        text = (
            say("What we take from this partner as {type} in version {version}")
            if self.received
            else say("What we send this partner as {type} in version {version}")
        )
        return text.format(type=schema.type, version=schema.version) + "."

    # Envelope.

    def _envelope(self) -> Iterator[Block]:
        say, form = self.say, self.profile.x12
        yield Heading(2, say("Envelope"))
        theirs = self.profile.identities.x12
        ours = (self.profile.us.x12,) if self.profile.us.x12 else ()
        sender, receiver = (theirs, ours) if self.received else (ours, theirs)
        rows: list[tuple[Cell, ...]] = [
            (say("sender (ISA05, ISA06)"), _addresses(sender)),
            (say("receiver (ISA07, ISA08)"), _addresses(receiver)),
            ("GS02", coded(i.gs for i in sender if i.gs) or say("any")),
            ("GS03", coded(i.gs for i in receiver if i.gs) or say("any")),
            ("GS08", Coded(self.plan.schema.version)),
        ]
        written = (
            (say("element separator we write"), form.element_separator),
            (say("component separator we write"), form.component_separator),
            (say("repetition separator we write"), form.repetition_separator),
            (say("segment terminator we write"), form.terminator),
        )
        rows += [(what, self._character(character)) for what, character in written]
        suffix = {"\n": "LF", "\r\n": "CR LF", "\r": "CR", "": say("none")}
        after = say("as received") if form.suffix is None else suffix[form.suffix]
        rows.append((say("line break behind each segment"), after))
        rows.append((say("characters"), Coded(form.encoding)))
        rows.append(
            (
                say("interchange version we write (ISA12)"),
                Coded(form.interchange_version),
            )
        )
        yield Table((say("what"), say("value")), tuple(rows))

    def _character(self, character: str | None) -> Cell:
        if character is None:
            return self.say("as received")
        names = {"\n": "LF", "\r": "CR", "\t": "TAB"}
        return Coded(f"{names.get(character, character)} (0x{ord(character):02X})")

    # Segments.

    def _node_row(self, node: NodePlan, depth: int) -> tuple[Cell, ...]:
        place = "\N{NO-BREAK SPACE}" * 3 * depth
        loop = bool(node.name)
        most = "1" if loop else self._most(node)
        repeats = self._most(node) if loop else ""
        return (
            (place, Coded(node.tag)),
            self.say(node.segment.name),
            self._use(node),
            most,
            repeats,
        )

    def _most(self, node: NodePlan) -> str:
        changed = node.over_code.startswith("IMP")
        most = str(node.max) if node.max else self.say("no limit")
        return f"{most} ({self.say('guide')})" if changed else most

    def _use(self, node: NodePlan) -> str:
        say = self.say
        if node.forbidden:
            return say("not used")
        if node.wanted or (node.mandatory and node.missing_code.startswith("IMP")):
            return say("required by the guide")
        if node.mandatory:
            return say("required")
        return say("used") if self._is_read(node.segment) else say("optional")

    def _is_read(self, segment: SegmentPlan) -> bool:
        reads = self.plan.reads
        return reads is not None and any(r.startswith(f"{segment.tag}-") for r in reads)

    def _matters(self, node: NodePlan) -> bool:
        if node.tag in ("ST", "SE"):
            return False
        key = node.segment.loops, node.tag
        return (
            node.mandatory
            or key in self.examples
            or any(True for _ in self._ruled(node))
        )

    def _ruled(self, node: NodePlan) -> Iterator[tuple[Cell, Cell]]:
        """What the guide says of one segment, and why."""
        key = node.segment.loops, node.tag
        for rule in self.rules:
            if rule.at is not None and (rule.at.loops, rule.at.tag) == key:
                yield rule_text(rule, self.say), rule.why
        for joined in self.joined:
            if any((at.loops, at.tag) == key for at in places_of(joined)):
                yield joined_text(joined, self.say), joined.why

    def _detail(self, node: NodePlan) -> Iterator[Block]:
        say, segment = self.say, node.segment
        yield Heading(3, (Coded(segment.place), f" {say(segment.name)}"))
        yield Para(f"{self._use(node)}; {say('max use')} {self._most(node)}.")
        if not node.forbidden:
            yield Table(
                (
                    say("element"),
                    say("name"),
                    say("data element"),
                    say("type"),
                    say("length"),
                    say("use"),
                    say("codes"),
                ),
                tuple(
                    self._element(segment, number, element)
                    for number, element in enumerate(segment.elements, 1)
                ),
            )
            for condition in segment.conditions:
                yield Para(self._condition(condition, segment.tag))
        if rows := tuple(self._ruled(node)):
            yield Table((say("rule"), say("reason")), rows)
        if example := self.examples.get((segment.loops, segment.tag)):
            line, name = example
            yield Listing((line,), say("Example from {name}:").format(name=name))

    def _element(
        self, segment: SegmentPlan, number: int, plan: ElementPlan
    ) -> tuple[Cell, ...]:
        element = plan.use.element
        place = Coded(f"{segment.tag}-{number:02d}")
        if isinstance(element, Composite):
            parts = ", ".join(use.element.number for use in element.uses)
            kind, length = self.say("composite"), parts
            taken: Cell = ""
        else:
            kind, length = element.type, f"{plan.min}/{plan.max}"
            if plan.guide_length:
                length += f" ({self.say('guide')})"
            taken = self._codes(plan, element.codes)
        use = self._element_use(segment, number, plan)
        name = self.say(element.name)
        return place, name, element.number, kind, length, use, taken

    def _element_use(self, segment: SegmentPlan, number: int, plan: ElementPlan) -> str:
        say = self.say
        if plan.forbidden:
            return say("not used")
        if plan.mandatory:
            by_guide = plan.mandatory_code.startswith("IMP")
            return say("required by the guide") if by_guide else say("required")
        reads = self.plan.reads
        read = reads is not None and f"{segment.tag}-{number:02d}" in reads
        return say("used") if read else say("optional")

    def _codes(self, plan: ElementPlan, standard: frozenset[str]) -> Cell:
        say = self.say
        if not plan.codes:
            return ""
        added = plan.codes - standard
        kept = plan.codes & standard
        if kept != standard:
            return coded(sorted(plan.codes))
        if len(standard) <= _LISTED:
            return coded(sorted(plan.codes))
        text = say("{count} codes of the standard").format(count=len(standard))
        if added:
            return (f"{text}, {say('and')} ", *coded(sorted(added)))
        return text

    def _condition(self, condition: Condition, tag: str) -> Cell:
        say = self.say
        names = coded(f"{tag}-{n:02d}" for n in condition.elements)
        first, rest = names[:1], names[2:]
        match condition.kind:
            case "P":
                return (*names, f": {say('all of them or none')}.")
            case "R":
                return (*names, f": {say('at least one of them')}.")
            case "E":
                return (*names, f": {say('at most one of them')}.")
            case "C":
                return (*first, f" {say('asks for')} ", *rest, ".")
            case _:
                return (*first, f" {say('asks for one of')} ", *rest, ".")

    # What holds everywhere.

    def _everywhere(self) -> Iterator[Block]:
        say = self.say
        rules = [r for r in self.rules if isinstance(r, SeverityRule) and r.at is None]
        if rules:
            yield Heading(2, say("Findings that weigh otherwise"))
            yield Table(
                (say("finding"), say("meaning"), say("weighs"), say("reason")),
                tuple(
                    (Coded(r.code), say(CODES[r.code].title), say(r.severity), r.why)
                    for r in rules
                ),
            )
        if not self.received:
            return
        guide = self.profile.guide
        yield Heading(2, say("Item numbers"))
        yield Table(
            (say("whose"), say("qualifiers, the preferred one first")),
            (
                (say("ours"), coded(guide.sku.qualifiers)),
                (say("theirs"), coded(guide.buyer_part.qualifiers)),
            ),
        )

    def _acknowledgements(self) -> Iterator[Block]:
        say, profile = self.say, self.profile
        yield Heading(2, say("Acknowledgements"))
        text = say(
            "Each group is answered with a {ack} before the orders are checked; it says"
            " whether they could be read, never whether prices or items are right."
        )
        yield Para(text.format(ack=profile.x12.ack))
        where = (
            say("A missing segment is told at the last segment that was read.")
            if profile.x12.missing_segment_position == "last"
            else say("A missing segment is told behind the last segment that was read.")
        )
        yield Para(where)
        yield Para(say(_TA1[profile.x12.ta1]))
        yield Para(say(_LEVELS[profile.x12.level]))
        yield Table(
            (say("the finding"), say("the message is")),
            (
                (say("reject"), say("refused")),
                (say("error"), say("accepted with errors noted")),
                (f"{say('warning')}, {say('note')}", say("accepted")),
            ),
        )
        for sends in profile.sends:
            line = say("{message} {version} is sent").format(
                message=sends.message, version=sends.version
            )
            if sends.within_h:
                line += " " + say("within {hours} hours").format(hours=sends.within_h)
            yield Para(line + ".")
        held = (
            say("It leaves when the ERP has confirmed.")
            if profile.policy.ack == "on_erp"
            else say("It leaves with our decision; a held order waits for a person.")
        )
        yield Para(held)

    def _policy(self) -> Iterator[Block]:
        say, policy = self.say, self.profile.policy
        yield Heading(2, say("How orders are decided"))
        yield Table(
            (say("what we find"), say("findings"), say("what we do")),
            tuple(
                (
                    say(name.replace("_", " ")),
                    coded(case.codes),
                    say(policy.action(name).replace("_", " ")),
                )
                for name, case in CASES.items()
            ),
        )


def _addresses(identities: Iterable[X12Identity]) -> Cell:
    return coded(f"{i.qualifier}/{i.id}" for i in identities)


def _walk(nodes: Iterable[NodePlan], depth: int) -> Iterator[tuple[NodePlan, int]]:
    for node in nodes:
        yield node, depth
        yield from _walk(node.nodes[1:], depth + 1)
