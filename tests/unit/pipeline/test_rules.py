"""Tables and profiles, compiled for each partner."""

from __future__ import annotations

from gateway.bootstrap import tables
from gateway.partner import Directory, Profile
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from tests.unit.pipeline.parts import codes, group, interchange, message, profile, rules


def test_a_validator_is_compiled_once_per_partner_version_and_type():
    by, who = rules(), profile()
    first = by.validator(who, "004010", "850")
    assert first is not None
    assert by.validator(who, "004010VICS", "850") is first
    assert by.validator(None, "004010", "850") is not first


def test_there_is_none_without_a_table():
    by = rules()
    assert by.validator(None, "003020", "850") is None
    assert by.validator(None, "004010", "840") is None
    assert by.validator(None, "004010", "8*0") is None


def test_the_groups_that_are_read_are_those_with_tables():
    assert {"PO", "PR", "FA"} <= rules().functional_ids("004010VICS")
    assert rules().functional_ids("003020") == frozenset()


def test_a_profile_for_everybody_brings_its_guide():
    who = profile()
    by = Rules(tables(), Directory.of(()), always=who)
    data = interchange(group(message(beg="00*BK")), sender="ANYBODY")
    (got,) = read([data], by, receipt_id="rcp_1").interchanges
    assert isinstance(got.profile, Profile)
    assert codes(got.groups[0].messages[0].findings) == ["IMP-207"]


def test_a_good_profile_has_no_findings():
    assert rules().guide_findings(profile()) == ()


def test_a_place_that_the_table_lacks_is_a_finding():
    who = profile(guide={"require": [{"at": "BEG-99", "why": "page 1"}]})
    assert codes(rules().guide_findings(who)) == ["CFG-005"]


def test_types_and_versions_without_reader_or_writer_are_findings():
    who = profile(
        receives=[{"message": "x12_861", "version": "004010"}],
        sends=[
            {"message": "x12_830", "version": "004010"},
            {"message": "x12_855", "version": "006020"},
        ],
    )
    assert codes(rules().guide_findings(who)) == ["CFG-007"] * 3
