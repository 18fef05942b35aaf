"""Accept first, explain only what was not accepted."""

from __future__ import annotations

from tests.unit.edi.parts import (
    BODY,
    brief,
    interchange,
    joined,
    message,
    messages,
    put,
    validator,
)


def test_a_good_message_has_no_findings():
    assert validator().validate(message(BODY)) == ()


def test_findings_of_the_envelope_come_first():
    raw = interchange(put(BODY, 5, "QQQ*1")).replace(b"SE*23", b"SE*9")
    (one,) = messages(raw)
    assert brief(validator().validate(one)) == ["ENV-011 SE-01 23", "SYN-101 QQQ 5"]


def test_the_same_validator_takes_any_separators():
    raw = interchange(put(BODY, 13, "MEA***1*EA>2"), end="!")
    swapped = raw.replace(b"*", b"|").replace(b">", b":")
    for each in (raw, swapped):
        (one,) = messages(each)
        assert validator().validate(one) == ()


def test_a_finding_has_its_place_in_the_transmission():
    raw = interchange(put(BODY, 12, "PO1*1*x*EA*12.5*PE*VP*W-1", out=1))
    (one,) = messages(raw)
    (found,) = validator().validate(one)
    assert raw[found.where.byte_offset :].startswith(b"PO1*1*x")
    assert (found.where.loop, found.where.data_element) == ("PO1[1]", "330")


def test_a_message_over_the_limit_is_not_blamed_for_more():
    raw = joined(["x"])
    assert messages(raw) == []


def test_the_tree_of_a_message_is_made_once():
    judge, one = validator(), message(BODY)

    assert judge.tree(one) is judge.tree(one)
    assert judge.tree(one) is not judge.tree(message(BODY))
