"""A guide learned from samples: what is proposed, on what evidence, and what is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.edi.plan import MessagePlan, plan
from gateway.edi.validate import Validator
from gateway.findings.model import Verdict, verdict
from gateway.mappers import READERS
from gateway.partner import Profile
from gateway.partner.guide import Guide
from gateway.partner.load import load
from gateway.pipeline.guide_learn import ENOUGH, Learned, Proposal, learn
from gateway.pipeline.guide_samples import Sample, survey
from gateway.pipeline.guide_yaml import as_yaml
from tests.unit.edi.parts import BODY, GS, ISA, interchange, messages, schema

STARTERS = Path(__file__).parents[3] / "partner_profiles"


def laid(guide: Guide | None = None) -> MessagePlan:
    reads = READERS["x12_850"].reads
    return plan(schema(), guide, message="x12_850", reads=reads)


def order(number: int, *changes: tuple[str, str], lines: int = 3) -> list[str]:
    """A good 850 of its own number, with texts replaced."""
    body = [line.replace("4500001", f"45{number:05d}") for line in BODY]
    body = [*body[: 10 + 3 * lines], body[-1]]
    for old, new in changes:
        assert any(old in line for line in body), old
        body = [line.replace(old, new) for line in body]
    return [line for line in body if line]


def files(*bodies: Sequence[str]) -> list[Sample]:
    return [
        Sample(name=f"f{number}.edi", data=interchange(body))
        for number, body in enumerate(bodies, 1)
    ]


def learned(samples: Iterable[Sample], guide: Guide | None = None) -> Learned:
    seen, left_out = survey(samples)
    found = learn(seen, laid(guide), left_out=left_out)
    assert found is not None
    return found


def proposals(found: Learned, kind: str, at: str) -> list[Proposal]:
    return [p for p in found.proposals if (p.kind, p.at) == (kind, at)]


def loaded(found: Learned) -> Profile:
    profile = load(as_yaml(found), "proposal")
    assert isinstance(profile, Profile), profile
    return profile


FIVE = files(*(order(n, lines=1 + n % 3) for n in range(1, 6)))
FOUR = FIVE[:4]


# Constants need enough files.


def test_what_five_files_always_have_is_required():
    (rule,) = proposals(learned(FIVE), "require", "CUR")
    assert rule.why == "always there: 5 of 5 files, 5 of 5 (order)"


def test_four_files_are_not_enough():
    found = learned(FOUR)
    assert proposals(found, "require", "CUR") == []
    assert "CUR is always there: only 4 files have it" in found.not_proposed


def test_a_single_file_proposes_nothing():
    assert learned(FIVE[:1]).proposals == ()


def test_many_orders_in_one_file_are_one_file():
    many = Sample(name="many.edi", data=interchange(*(order(n) for n in range(1, 9))))
    found = learned([many])
    assert found.messages == 8
    assert found.proposals == ()


def test_the_same_order_sent_again_is_no_further_evidence():
    again = [Sample(name=f"again{n}.edi", data=FIVE[0].data) for n in range(9)]
    found = learned([*again, *FIVE[1:4]])
    assert found.files == 4
    assert found.proposals == ()
    assert "again1.edi: the same messages as again0.edi" in found.left_out


def test_one_file_without_it_stops_the_rule():
    without = order(6, ("CUR*BY*USD", ""))
    assert proposals(learned([*FIVE, *files(without)]), "require", "CUR") == []


def test_a_qualifier_that_every_order_has_once_is_required_with_its_value():
    (rule,) = proposals(learned(FIVE), "require", "N1-01")
    assert rule.values == ("ST",)


def test_an_element_that_is_always_sent_is_required():
    (rule,) = proposals(learned(FIVE), "require", "PO1-01")
    assert rule.why.startswith("always sent: 5 of 5 files, ")


def test_what_a_condition_asks_for_already_is_not_required_again():
    assert proposals(learned(FIVE), "require", "N1-04") == []


def test_what_the_standard_asks_for_already_is_not_required_again():
    found = learned(FIVE)
    assert proposals(found, "require", "BEG") == []
    assert proposals(found, "require", "BEG-01") == []


def test_what_the_guide_says_already_is_not_proposed_again():
    guide = Guide.model_validate(
        {
            "require": [
                {"at": "CUR"},
                {"at": "N1-01", "value": "ST"},
                {"at": "PO1-01"},
            ],
            "narrow": [{"at": "BEG-02", "values": ["SA"]}],
        }
    )
    found = learned(FIVE, guide)
    places = {(p.kind, p.at) for p in found.proposals}
    assert not places & {
        ("require", "CUR"),
        ("require", "N1-01"),
        ("require", "PO1-01"),
        ("narrow", "BEG-02"),
    }


def test_the_codes_that_were_seen_remain():
    (rule,) = proposals(learned(FIVE), "narrow", "BEG-02")
    assert rule.values == ("SA",)
    assert rule.why == "codes seen: 5 of 5 files, 5 times"


def test_a_code_of_a_single_file_stops_the_list():
    rush = order(6, ("*SA*", "*RO*"))
    found = learned([*FIVE, *files(rush)])
    assert proposals(found, "narrow", "BEG-02") == []
    assert "BEG-02 is only RO SA: RO came in a single file" in found.not_proposed


def test_a_code_that_came_in_two_files_is_in_the_list():
    rush = [order(n, ("*SA*", "*RO*")) for n in (6, 7)]
    (rule,) = proposals(learned([*FIVE, *files(*rush)]), "narrow", "BEG-02")
    assert rule.values == ("RO", "SA")


def test_a_segment_that_never_stands_twice_has_its_maximum():
    (rule,) = proposals(learned(FIVE), "max_use", "REF")
    assert rule.number == ("max", 1)


def test_the_number_of_lines_is_no_rule():
    one_line = files(*(order(n, lines=1) for n in range(1, 8)))
    assert proposals(learned(one_line), "max_use", "PO1") == []


def test_a_count_that_differs_is_no_rule():
    two = order(6, ("REF*DP*038", "REF*DP*038~\nREF*IA*7"))
    body = "~\n".join(two).split("~\n")
    assert proposals(learned([*FIVE, *files(body)]), "max_use", "REF") == []


def test_a_message_out_of_order_says_nothing_of_constants():
    body = order(6)
    body[1:3] = ["DTM*002*20260201", "CUR*BY*USD"]
    found = learned([*FIVE[:4], *files(body)])
    assert proposals(found, "require", "CUR") == []


# Breaks are proven by one file.


def test_a_longer_value_widens_the_length_with_its_sample():
    long = order(6, ("PLANT 7", "P" * 71))
    (rule,) = proposals(learned([*FIVE, *files(long)]), "widen", "N1-02")
    assert rule.number == ("max", 71)
    assert rule.why == "f1.edi (2): 1 of 6 files, 71 characters"


def test_a_code_of_their_own_widens_the_list():
    own = order(6, ("N9*L1*", "N9*PAR*"))
    (rule,) = proposals(learned([*FIVE, *files(own)]), "widen", "N9-01")
    assert rule.values == ("PAR",)


def test_a_broken_condition_is_tolerated():
    alone = order(6, ("N1*ST*PLANT 7*92*PL007", "N1*ST*PLANT 7*92"))
    (rule,) = proposals(learned([*FIVE, *files(alone)]), "tolerate", "N1-04")
    assert rule.code == "SYN-202"


def test_a_segment_that_stands_too_often_widens_its_maximum():
    body = order(6)
    body[2:2] = ["CUR*BY*USD"]
    (rule,) = proposals(learned([*FIVE, *files(body)]), "max_use", "CUR")
    assert rule.number == ("max", 2)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("REF*DP*038", "XYZ*1", "SYN-101"),
        ("PO1*1*10*", "PO1*1*1,2*", "SYN-206"),
        ("DTM*002*20260201", "DTM*002*20260230", "SYN-208"),
    ],
)
def test_what_cannot_be_read_is_never_tolerated(old: str, new: str, code: str):
    found = learned([*FIVE, *files(order(6, (old, new)))])
    assert not [p for p in found.proposals if p.code == code]
    assert any(line.startswith(code) for line in found.not_proposed)


def miscounted(number: int) -> bytes:
    return interchange(order(number)).replace(b"SE*22*", b"SE*21*")


def test_a_wrong_count_once_is_a_slip():
    slip = Sample(name="slip.edi", data=miscounted(6))
    found = learned([*FIVE, slip])
    assert not [p for p in found.proposals if p.kind == "severity"]
    assert any(line.startswith("ENV-011") for line in found.not_proposed)


def test_a_wrong_count_twice_is_a_habit():
    habit = [Sample(name=f"h{n}.edi", data=miscounted(n)) for n in (6, 7)]
    rules = [p for p in learned([*FIVE, *habit]).proposals if p.kind == "severity"]
    assert [(p.code, p.severity) for p in rules] == [("ENV-011", "error")]


# Who is learned from.


def test_files_of_another_sender_are_left_out():
    other = interchange(order(9)).replace(b"ACME           ", b"OTHER          ")
    found = learned([*FIVE, Sample(name="other.edi", data=other)])
    assert found.sender == ("ZZ", "ACME", "ACME")
    assert found.left_out == ("other.edi: 004010 of ZZ/OTHER to SUPPLIER",)


def test_files_without_an_order_are_left_out():
    found = learned([*FIVE, Sample(name="note.txt", data=b"Dear all,")])
    assert found.left_out == ("note.txt: no 850 in it",)


def test_nothing_is_learned_from_nothing():
    assert survey([]) == ((), ())
    assert learn((), laid()) is None


def test_item_number_qualifiers_are_those_that_lines_have():
    with_both = [order(n, ("VP*W-1", "VP*W-1*BP*77")) for n in range(1, 6)]
    found = learned(files(*with_both))
    assert found.sku == ("VP",)
    assert found.buyer_part == ("BP",)


def test_lengths_are_told_and_are_no_rule():
    found = learned(FIVE)
    assert "N1-02: 7 to 7 of 60 (5 of 5 files)" in found.lengths
    assert not [p for p in found.proposals if p.kind == "widen"]


# The profile that is printed.


def test_the_proposal_is_a_profile_in_test():
    profile = loaded(learned(FIVE))
    assert profile.stage == "test"
    assert profile.identities.x12[0].id == "ACME"
    assert profile.us.x12 is not None
    assert profile.us.x12.qualifier == "01"
    assert [r.version for r in profile.receives] == ["004010"]


def test_codes_that_look_like_numbers_stay_texts():
    profile = loaded(learned(FIVE))
    narrowed = {str(rule.at): rule.values for rule in profile.guide.narrow}
    assert narrowed["BEG-01"] == ("00",)


def test_what_is_not_proposed_stands_in_comments():
    text = as_yaml(learned(FOUR))
    assert "# - CUR is always there: only 4 files have it" in text


def test_a_sender_without_letters_still_gives_an_id():
    odd = [
        Sample(
            name=s.name,
            data=s.data.replace(b"ZZ*ACME           ", b"ZZ*---            "),
        )
        for s in FIVE
    ]
    assert loaded(learned(odd)).id == "partner"


def test_a_comment_cannot_leave_its_line():
    body = order(6, ("REF*DP*038", "X\x1bZ*1"))
    text = as_yaml(learned([*FIVE, *files(body)]))
    assert isinstance(load(text, "proposal"), Profile)
    assert "\x1b" not in text


@pytest.mark.parametrize("name", ["acme", "st-brendan-health"])
def test_a_profile_keeps_all_it_says_when_proposals_are_added(name: str):
    text = (STARTERS / name / "profile.yaml").read_text("utf-8")
    profile = load(text, name)
    assert isinstance(profile, Profile)
    samples = [
        Sample(name=file.name, data=file.read_bytes())
        for file in sorted((STARTERS / name / "samples").glob("good*.edi"))
    ]
    seen, _ = survey(samples)
    found = learn(seen, laid(profile.guide), profile=profile)
    assert found is not None
    kept = Learned(
        sender=found.sender,
        receiver=found.receiver,
        version=found.version,
        files=found.files,
        messages=found.messages,
        proposals=(),
    )
    assert load(as_yaml(kept, profile=profile), name) == profile
    assert isinstance(load(as_yaml(found, profile=profile), name), Profile)


def accepted(found: Learned, samples: Iterable[Sample]) -> bool:
    guide = loaded(found).guide
    judge = Validator(laid(guide))
    verdicts = {
        verdict(judge.validate(message))
        for sample in samples
        for message in messages(sample.data)
    }
    return Verdict.REJECTED not in verdicts


def test_the_learned_guide_accepts_what_it_was_learned_from():
    assert accepted(learned(FIVE), FIVE)


def test_the_learned_guide_refuses_what_departs_from_it():
    judge = Validator(laid(loaded(learned(FIVE)).guide))
    (message,) = messages(interchange(order(9, ("*SA*", "*BK*"))))
    assert [f.code for f in judge.validate(message)] == ["IMP-207"]


CHANGES = (
    ("*SA*", "*RO*"),
    ("CUR*BY*USD", ""),
    ("PLANT 7", "P" * 66),
    ("REF*DP*038", "REF*CT*038"),
    ("N9*L1*", "N9*PAR*"),
    ("DTM*002", "DTM*010"),
    ("*92*PL007", "*92"),
    ("N3*100 MAIN STREET", "N3*1*2"),
    ("CTT*3*30", ""),
)


@settings(max_examples=15)
@given(
    st.lists(
        st.lists(st.sampled_from(CHANGES), max_size=3, unique=True),
        min_size=1,
        max_size=ENOUGH + 3,
    )
)
def test_whatever_is_learned_accepts_all_it_was_learned_from(
    changes: list[list[tuple[str, str]]],
):
    samples = files(*(order(n, *some) for n, some in enumerate(changes, 1)))
    assert accepted(learned(samples), samples)


def test_a_message_of_another_version_is_left_out():
    later = interchange(order(9), gs=GS.replace("004010", "005010"))
    found = learned([*FIVE, Sample(name="later.edi", data=later)])
    assert found.left_out == ("later.edi: 005010 of ZZ/ACME to SUPPLIER",)
    assert ISA.startswith("ISA")


def test_a_shorter_value_widens_the_length():
    short = order(6, ("62701", "62"))
    (rule,) = proposals(learned([*FIVE, *files(short)]), "widen", "N1/N4-03")
    assert rule.number == ("min", 2)


def test_another_message_type_is_named_in_its_rules():
    found = learned(FIVE)
    text = as_yaml(found, "theirs", message="x12_855")
    profile = load(text, "proposal")
    assert isinstance(profile, Profile)
    assert {rule.message for rule in profile.guide.require} == {"x12_855"}
    assert profile.sends == ()
