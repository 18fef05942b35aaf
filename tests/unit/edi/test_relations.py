"""Rules that join places of a message."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.edi.relations import Relations
from gateway.findings import Finding
from gateway.partner.guide import Guide
from gateway.partner.relate import Pairs, Relate
from tests.unit.edi.parts import BODY, brief, message, plan_850, put, validator

RELEASE = {
    "when": {"at": "BEG-02", "value": "RL"},
    "require": "BEG-04",
    "why": "guide 1.1",
}
CONTRACT_PRICE = {
    "when": {"at": "PO1-05", "value": "CT"},
    "require": {"at": "PO1/REF-01", "value": "CT"},
}
ST_BY_LOCATION = {
    "when": {"at": "N1-01", "value": "ST"},
    "require": {"at": "N1-03", "value": "92"},
}


def relations(
    *rules: dict[str, Any], pairs: list[dict[str, Any]] | None = None
) -> Relations:
    return Relations(
        [Relate.model_validate(rule) for rule in rules],
        [Pairs.model_validate(pair) for pair in pairs or []],
        plan_850(),
    )


def checked(
    body: list[str] | tuple[str, ...],
    *rules: dict[str, Any],
    pairs: list[dict[str, Any]] | None = None,
) -> tuple[Finding, ...]:
    sent = message(body)
    told = validator().validate(sent)
    return relations(*rules, pairs=pairs).check(validator().tree(sent), sent, told)


def swap(old: str, new: str) -> list[str]:
    return [line.replace(old, new) for line in BODY]


def test_a_value_asks_for_another_element_of_its_segment():
    found = checked(swap("BEG*00*SA", "BEG*00*RL"), RELEASE)
    assert brief(found) == ["IMP-202 BEG-04 2"]


def test_the_sentence_names_the_reason():
    (finding,) = checked(swap("BEG*00*SA", "BEG*00*RL"), RELEASE)
    assert finding.what == "BEG-04 is missing, where BEG-02 is RL (guide 1.1)"


def test_another_value_asks_for_nothing():
    assert checked(BODY, RELEASE) == ()


def test_what_is_asked_for_and_there_is_no_finding():
    assert checked(swap("BEG*00*SA*4500001**", "BEG*00*RL*4500001*7*"), RELEASE) == ()


def test_a_line_asks_for_a_segment_of_its_own_loop():
    body = swap("PO1*2*10*EA*12.5*PE", "PO1*2*10*EA*12.5*CT")
    found = checked(body, CONTRACT_PRICE)
    assert brief(found) == ["IMP-113 REF 18"]
    assert found[0].where.loop == "PO1[2]"


def test_the_segment_of_another_line_does_not_count():
    body = swap("PO1*2*10*EA*12.5*PE", "PO1*2*10*EA*12.5*CT")
    body = put(body, 15, "REF*CT*C-1")
    assert brief(checked(body, CONTRACT_PRICE)) == ["IMP-113 REF 19"]


def test_the_segment_of_this_line_counts():
    body = swap("PO1*2*10*EA*12.5*PE", "PO1*2*10*EA*12.5*CT")
    body = put(body, 18, "REF*CT*C-1")
    assert checked(body, CONTRACT_PRICE) == ()


def test_a_missing_segment_is_placed_before_what_stands_behind_it():
    rule = {"when": {"at": "BEG-02", "value": "SA"}, "require": "CSH"}
    assert brief(checked(BODY, rule)) == ["IMP-113 CSH 5"]


def test_a_qualifier_fixes_the_code_beside_it():
    body = swap("N1*ST*PLANT 7*92", "N1*ST*PLANT 7*UL")
    found = checked(body, ST_BY_LOCATION)
    assert brief(found) == ["IMP-207 N1-03 9"]
    assert found[0].value == "UL"
    assert found[0].where.data_element == "66"


def test_parties_with_another_qualifier_keep_their_code():
    body = put(BODY, 9, "N1*BT*ACCOUNTS*UL*0614141000012")
    assert checked(body, ST_BY_LOCATION) == ()


def test_a_single_segment_elsewhere_is_told_by_its_element():
    rule = {
        "when": {"at": "BEG-02", "value": "SA"},
        "require": {"at": "CUR-02", "value": "CAD"},
    }
    assert brief(checked(BODY, rule)) == ["IMP-207 CUR-02 3"]


def test_every_pass_of_a_loop_below_has_to_hold():
    rule = {"when": {"at": "BEG-02", "value": "SA"}, "require": "PO1/PO4"}
    body = [line for n, line in enumerate(BODY) if n not in (12, 15)]
    found = checked(body, rule)
    assert [f.where.loop for f in found] == ["PO1[1]", "PO1[2]"]


def test_a_segment_is_not_used_where_another_is_there():
    rule = {"when": {"at": "BEG-02", "value": "SA"}, "forbid": "PO1/PO4"}
    assert brief(checked(BODY, rule))[0] == "IMP-116 PO4 14"


def test_an_element_is_not_used_beside_a_value():
    rule = {"when": {"at": "PO1-05", "value": "PE"}, "forbid": "PO1-04"}
    assert brief(checked(BODY, rule))[0] == "IMP-213 PO1-04 12"


def test_a_value_is_not_used_beside_another():
    rule = {
        "when": {"at": "BEG-02", "value": "SA"},
        "forbid": {"at": "PO1-05", "values": ["PE", "UM"]},
    }
    assert brief(checked(BODY, rule))[0] == "IMP-207 PO1-05 12"


def test_unless_asks_where_something_is_absent():
    rule = {
        "unless": "PO1-04",
        "require": {"at": "PO1-05", "value": "NC"},
    }
    body = swap("PO1*3*10*EA*12.5*PE", "PO1*3*10*EA**")
    assert brief(checked(body, rule)) == ["IMP-202 PO1-05 18"]


def test_unless_a_segment_is_there_another_has_to_be():
    rule = {"unless": {"at": "N1-01", "value": "BT"}, "require": "ITD"}
    assert brief(checked(BODY, rule)) == ["IMP-113 ITD 5"]


def test_unless_is_met_by_the_segment():
    rule = {"unless": {"at": "N1-01", "value": "ST"}, "require": "ITD"}
    assert checked(BODY, {"when": "BEG", **rule}) == ()


def test_unless_a_whole_segment_is_there():
    rule = {"unless": "CUR", "require": "ITD"}
    without = [line for line in BODY if not line.startswith("CUR")]
    assert brief(checked(without, rule)) == ["IMP-113 ITD 4"]
    assert checked(BODY, rule) == ()


def test_all_clauses_of_when_have_to_hold():
    rule = {
        "when": [{"at": "BEG-02", "value": "SA"}, {"at": "CUR-02", "value": "EUR"}],
        "require": "ITD",
    }
    assert checked(BODY, rule) == ()
    assert brief(checked(swap("CUR*BY*USD", "CUR*BY*EUR"), rule)) == ["IMP-113 ITD 5"]


def test_what_the_standard_missed_already_is_not_told_twice():
    rule = {"when": {"at": "N1-01", "value": "ST"}, "require": "N1-04"}
    body = swap("N1*ST*PLANT 7*92*PL007", "N1*ST*PLANT 7*92")
    assert checked(body, rule) == ()


def test_two_segments_that_ask_for_the_same_are_one_finding():
    rule = {"when": {"at": "PO1-05", "value": "PE"}, "require": "CSH"}
    assert brief(checked(BODY, rule)) == ["IMP-113 CSH 5"]


def test_a_segment_is_placed_even_behind_the_last():
    rule = {"when": "CTT", "require": {"at": "AMT-01", "value": "TT"}}
    plan = plan_850()
    places = {str(n.segment.place) for n in plan.nodes}
    assert "AMT" in places
    assert [f.code for f in checked(BODY, rule)] == ["IMP-113"]


def test_the_guide_weighs_a_broken_rule():
    guide = Guide.model_validate(
        {"severity": [{"code": "IMP-202", "severity": "warning", "at": "BEG-04"}]}
    )
    rules = Relations([Relate.model_validate(RELEASE)], [], plan_850(guide))
    sent = message(swap("BEG*00*SA", "BEG*00*RL"))
    (finding,) = rules.check(validator().tree(sent), sent)
    assert finding.severity == "warning"


def test_a_broken_rule_has_its_byte():
    body = swap("BEG*00*SA", "BEG*00*RL")
    (finding,) = checked(body, RELEASE)
    assert finding.where.byte_offset == message(body).offsets[1]


def test_a_place_that_the_table_lacks_is_a_finding():
    rules = relations({"when": "BEG-02", "require": "N1/BEG-04"})
    assert [f.code for f in rules.findings] == ["CFG-005"]
    assert not rules


def test_every_unknown_place_of_a_rule_is_told():
    rules = relations({"when": "BEG-90", "require": "XYZ"})
    assert len(rules.findings) == 2


def test_a_message_without_the_segment_is_not_looked_at():
    rules = relations({"when": "SAC-01", "require": "SAC-15"})
    assert not rules.asked(message(BODY))
    assert relations({"when": "BEG-02", "require": "BEG-04"}).asked(message(BODY))


def test_a_message_without_the_value_is_not_looked_at():
    release = put(BODY, 1, BODY[0].replace("*SA*", "*RL*"), out=1)

    assert not relations(RELEASE).asked(message(BODY))
    assert relations(RELEASE).asked(message(release))
    assert relations({"unless": "CUR", "require": "ITD"}).asked(message(BODY))


# Pairs.

VP_ALWAYS = {"at": "PO1-06", "always": ["VP"], "why": "guide 3.3"}


def test_a_qualifier_may_stand_in_any_pair():
    body = swap("PE*VP*W-2", "PE*BP*77*VP*W-2")
    assert checked(body, pairs=[VP_ALWAYS]) == ()


def test_a_qualifier_that_always_stands_is_missed_in_the_first_free_place():
    found = checked(swap("PE*VP*W-2", "PE*BP*77"), pairs=[VP_ALWAYS])
    assert brief(found) == ["IMP-202 PO1-08 15"]


def test_a_qualifier_outside_the_list_is_a_bad_code():
    pair = {"at": "PO1-06", "only": ["VP", "BP"]}
    found = checked(swap("PE*VP*W-2", "PE*VP*W-2*UP*1"), pairs=[pair])
    assert brief(found) == ["IMP-207 PO1-08 15"]


def test_only_as_many_pairs_as_the_row_has_are_looked_at():
    pair = {"at": "PO1-06", "only": ["VP"], "pairs": "1"}
    assert checked(swap("PE*VP*W-2", "PE*VP*W-2*UP*1"), pairs=[pair]) == ()


# The rules as a profile writes them.


@pytest.mark.parametrize(
    "rule",
    [
        {"when": "BEG-02"},
        {"require": "BEG-02"},
        {"when": "BEG-02", "require": "no place"},
        {"when": "BEG-02", "require": "BEG-04", "else": "BEG-05"},
    ],
)
def test_a_rule_that_says_nothing_is_refused(rule: dict[str, Any]):
    with pytest.raises(ValidationError):
        Relate.model_validate(rule)


@pytest.mark.parametrize("pair", [{"at": "PO1-06"}, {"at": "PO1", "only": ["VP"]}])
def test_pairs_that_say_nothing_are_refused(pair: dict[str, Any]):
    with pytest.raises(ValidationError):
        Pairs.model_validate(pair)


def test_a_component_can_be_asked_for():
    rule = {"when": "REF", "require": {"at": "REF-04-01", "value": "19"}}
    body = swap("REF*DP*038", "REF*DP*038**IA>5")
    found = checked(body, rule)
    assert brief(found) == ["IMP-207 REF-04-01 4"]
    assert (found[0].value, found[0].where.data_element) == ("IA", "128")
    assert checked(swap("REF*DP*038", "REF*DP*038**19>5"), rule) == ()


def test_a_component_that_was_not_sent_is_missing():
    rule = {"when": "REF", "require": "REF-04-04"}
    body = swap("REF*DP*038", "REF*DP*038**IA>5")
    assert brief(checked(body, rule)) == ["IMP-202 REF-04-04 4"]


def test_places_of_different_loops_meet_in_the_message():
    rule = {
        "when": {"at": "PO1/PID-01", "value": "F"},
        "require": {"at": "N9/MSG-01", "value": "DOCK 5"},
    }
    assert brief(checked(BODY, rule)) == ["IMP-113 MSG 9"]
    assert checked(swap("MSG*DOCK 4", "MSG*DOCK 5"), rule) == ()


def test_a_flood_of_findings_is_cut():
    lines = [f"PO1*{n}*1*EA*1*PE*VP*W" for n in range(1, 1200)]
    body = [*BODY[:10], *lines, "CTT*1199"]
    rule = {"when": "PO1", "require": "PO1-08"}
    assert len(checked(body, rule)) == 1000
    assert len(checked(body, pairs=[{"at": "PO1-06", "always": ["BP"]}])) == 1000
