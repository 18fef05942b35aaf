"""Groups and sets that come again."""

from __future__ import annotations

import pytest

from gateway.edi.events import GroupBegun, InterchangeBegun, MessageRead, Separators
from gateway.edi.x12 import ack997
from gateway.pipeline.duplicates import (
    GroupContent,
    Judged,
    Level,
    Repeat,
    SetContent,
    digest_of,
    group_key,
    judge,
    resent_receipt,
)
from gateway.pipeline.number_keys import NumberKey
from gateway.pipeline.world import Seen
from tests.unit.edi.parts import BODY, NOW, NUMBERS, ak_lines, interchange, read

KEY = NumberKey(
    partner_id="acme",
    usage="P",
    functional_id="PO",
    sender="ACME",
    receiver="SUPPLIER",
    group_number="7",
)


def group(*contents: str, key: NumberKey = KEY) -> GroupContent:
    """A group of 850s 0001 onwards with these digests."""
    sets = tuple(
        SetContent(type="850", control_number=f"{n:04d}", digest=digest)
        for n, digest in enumerate(contents, 1)
    )
    return GroupContent(key=key, sets=sets)


def kept(one: GroupContent, level: Level, receipt_id: str = "rcp_1"):
    """What the store has of a group once it was taken."""
    return {
        key: Seen(sha256=digest, receipt_id=receipt_id)
        for key, digest in one.numbers(level).items()
    }


def judged(first: GroupContent, second: GroupContent, level: Level) -> Judged:
    return judge(second, kept(first, level), level)


def read_group(raw: bytes) -> tuple[InterchangeBegun, GroupBegun, list[MessageRead]]:
    events = read(raw)
    isa = next(e for e in events if isinstance(e, InterchangeBegun))
    gs = next(e for e in events if isinstance(e, GroupBegun))
    return isa, gs, [e for e in events if isinstance(e, MessageRead)]


# Groups.


def test_a_group_number_that_is_new_is_new():
    other = NumberKey(**{**_fields(KEY), "group_number": "8"})
    assert judged(group("a"), group("a", key=other), Level.GROUP).repeat is Repeat.NEW


@pytest.mark.parametrize(
    "field", ["partner_id", "usage", "functional_id", "sender", "receiver"]
)
def test_every_part_of_the_key_tells_groups_apart(field: str):
    other = NumberKey(**{**_fields(KEY), field: "XX"})
    assert judged(group("a"), group("b", key=other), Level.GROUP).repeat is Repeat.NEW


def _fields(key: NumberKey) -> dict[str, str]:
    return {name: getattr(key, name) for name in NumberKey.__slots__}


def test_the_same_content_is_a_resend_with_a_note():
    result = judged(group("a", "b"), group("a", "b"), Level.GROUP)
    assert (result.repeat, result.receipt_id) == (Repeat.RESENT, "rcp_1")
    assert result.sets == (Repeat.RESENT, Repeat.RESENT)
    assert [str(f.severity) for f in result.findings] == ["note"]
    assert [f.code for f in result.findings] == ["ENV-084"]


@pytest.mark.parametrize("contents", [("x", "b"), ("a",), ("b", "a"), ("a", "b", "c")])
def test_other_content_is_rejected(contents: tuple[str, ...]):
    result = judged(group("a", "b"), group(*contents), Level.GROUP)
    assert result.repeat is Repeat.OTHER
    assert [(f.code, str(f.severity)) for f in result.findings] == [
        ("ENV-066", "reject")
    ]


def test_partners_whose_groups_start_over_are_asked_nothing():
    again = group("b")
    assert again.numbers(Level.INTERCHANGE) == {}
    seen = kept(group("a"), Level.GROUP)
    result = judge(again, seen, Level.INTERCHANGE)
    assert (result.repeat, result.findings) == (Repeat.NEW, ())


@pytest.mark.parametrize(
    ("version", "ak9"),
    [("004010", "AK9*R*1*1*0*6"), ("004050", "AK9*R*1*1*0*19")],
)
def test_the_997_rejects_the_group_with_19_or_before_004050_with_6(
    version: str, ak9: str
):
    raw = interchange(BODY).replace(b"X*004010", b"X*" + version.encode())
    isa, gs, messages = read_group(raw)
    content = GroupContent(
        key=group_key("acme", isa, gs),
        sets=tuple(
            SetContent(
                type=m.type, control_number=m.control_number, digest=digest_of(m)
            )
            for m in messages
        ),
    )
    seen = {content.key: Seen(sha256="other", receipt_id="rcp_1")}
    findings = judge(content, seen, Level.GROUP).findings
    outcome = ack997.GroupOutcome(
        group=gs,
        sets=(ack997.SetOutcome(type="850", control_number="0001"),),
        stated="1",
        findings=findings,
    )
    (draft,) = ack997.drafts(isa, [outcome])
    assert ak_lines(draft.finish(NUMBERS, NOW)) == ["AK1*PO*7", ak9]


# Sets.


def test_sets_of_a_group_that_comes_again_are_judged_one_by_one():
    result = judged(group("a", "b"), group("a", "x", "c"), Level.SET)
    assert result.repeat is Repeat.NEW
    assert result.sets == (Repeat.RESENT, Repeat.OTHER, Repeat.NEW)
    codes = [[f.code for f in findings] for findings in result.set_findings]
    assert codes == [["ENV-084"], ["ENV-018"], []]


def test_a_group_of_resent_sets_is_a_resend():
    result = judged(group("a", "b"), group("b"), Level.SET)
    assert result.repeat is Repeat.NEW  # 0001 holds what 0002 held
    result = judged(group("a", "b"), group("a"), Level.SET)
    assert (result.repeat, result.receipt_id) == (Repeat.RESENT, "rcp_1")


def test_sets_in_another_group_may_have_the_same_numbers():
    other = NumberKey(**{**_fields(KEY), "group_number": "8"})
    result = judged(group("a"), group("b", key=other), Level.SET)
    assert result.sets == (Repeat.NEW,)


def test_the_997_rejects_the_set_with_23():
    isa, gs, _ = read_group(interchange(BODY))
    found = judged(group("a"), group("b"), Level.SET).set_findings[0]
    outcome = ack997.GroupOutcome(
        group=gs,
        sets=(ack997.SetOutcome(type="850", control_number="0001", findings=found),),
        stated="1",
    )
    (draft,) = ack997.drafts(isa, [outcome])
    assert ak_lines(draft.finish(NUMBERS, NOW))[2] == "AK5*R*23"


def test_of_two_sets_of_one_number_in_a_group_the_first_is_kept():
    sets = tuple(
        SetContent(type="850", control_number="0001", digest=digest)
        for digest in ("a", "b")
    )
    twice = GroupContent(key=KEY, sets=sets)
    assert list(twice.numbers(Level.SET).values()) == ["a"]


def test_a_numbers_second_set_in_a_group_is_as_its_first():
    both = tuple(
        SetContent(type="850", control_number="0001", digest=digest)
        for digest in ("a", "b")
    )
    result = judged(group("a"), GroupContent(key=KEY, sets=both), Level.SET)
    assert result.sets == (Repeat.RESENT, Repeat.RESENT)
    assert [len(findings) for findings in result.set_findings] == [1, 0]


def test_a_set_without_a_number_has_no_key():
    nameless = GroupContent(
        key=KEY, sets=(SetContent(type="850", control_number="", digest="a"),)
    )
    assert nameless.numbers(Level.SET) == {}
    assert judged(nameless, nameless, Level.SET).sets == (Repeat.NEW,)


# Whole interchanges.


def test_an_interchange_of_resent_groups_is_answered_by_the_stored_answers():
    resent = judged(group("a"), group("a"), Level.GROUP)
    fresh = judged(group("a"), group("b"), Level.GROUP)
    elsewhere = judge(
        group("a"),
        kept(group("a"), Level.GROUP, "rcp_0"),
        Level.GROUP,
    )
    assert resent_receipt([resent, resent]) == "rcp_1"
    assert resent_receipt([resent, fresh]) == ""
    assert resent_receipt([resent, elsewhere]) == ""
    assert resent_receipt([]) == ""


# Keys and digests.


def test_a_group_key_is_read_from_gs_and_the_usage():
    isa, gs, _ = read_group(interchange(BODY))
    assert group_key("acme", isa, gs) == KEY


def test_leading_zeros_of_gs06_do_not_count():
    isa, gs, _ = read_group(interchange(BODY))
    padded = GroupBegun((*gs.gs[:5], "0007", *gs.gs[6:]), 0)
    assert group_key("acme", isa, padded) == KEY
    zero = GroupBegun((*gs.gs[:5], "000", *gs.gs[6:]), 0)
    assert group_key("acme", isa, zero).group_number == "000"


def test_a_key_is_one_text_and_says_its_kind():
    of_set = KEY.of_set("850", "0001")
    assert (KEY.kind, str(KEY)) == ("group", "PO|ACME|SUPPLIER|7|P")
    assert (of_set.kind, str(of_set)) == ("set", "PO|ACME|SUPPLIER|7|P|850|0001")


def test_line_breaks_between_segments_do_not_change_the_content():
    folded = interchange(BODY)
    flat = folded.replace(b"~\n", b"~")
    other = folded.replace(b"4500001", b"4500002")
    digests = [digest_of(read_group(raw)[2][0]) for raw in (folded, flat, other)]
    assert digests[0] == digests[1] != digests[2]


def test_text_of_any_kind_has_a_digest():
    assert digest_of(MessageRead("ST*\udc80", Separators(), 0, b""))
