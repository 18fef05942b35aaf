"""The certificates of a profile: its keys, and the files that are copied into it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from gateway.partner import Profile, load
from gateway.partner.certificates import files_of, inlined
from tests.starters import FOLDER, texts

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
HEAD = (FOLDER / "acme" / "profile.yaml").read_text()
BLOCK = """
certificates:
  - file: certs/a.pem # the old one
    uses: as2_sign
    state: previous
  -   uses: [as2_sign, as2_encrypt]
      file: "certs/b.pem"
      from: 2027-01-31
      grace_days: 7
"""
FLOW = """
certificates: [{file: certs/a.pem, uses: as2_sign}, {uses: tls_server, file: b.crt}]
"""


def profile(**entry: Any) -> Profile | tuple[Any, ...]:
    facts = texts(FOLDER / "acme" / "profile.yaml")
    facts["certificates"] = [{"file": "a.pem", "uses": "as2_sign"} | entry]
    return load(yaml.safe_dump(facts), "p")


def good(**entry: Any) -> Any:
    found = profile(**entry)
    assert isinstance(found, Profile), found
    return found.certificates[0]


@pytest.mark.parametrize("form", [BLOCK, FLOW])
def test_files_are_copied_in_and_nothing_else_changes(form: str):
    names = [name for name, _ in files_of(HEAD + form)]
    text = inlined(HEAD + form, dict.fromkeys(names, PEM))
    before, after = load(HEAD + form, "p"), load(text, "p")
    assert isinstance(before, Profile)
    assert isinstance(after, Profile)
    assert [one.pem for one in after.certificates] == [PEM, PEM]
    assert [one.model_copy(update={"pem": None}) for one in after.certificates] == [
        *before.certificates
    ]
    assert after.model_copy(update={"certificates": ()}) == before.model_copy(
        update={"certificates": ()}
    )
    assert "# the old one" in text or form is FLOW


def test_lines_of_files_are_told_and_files_that_were_copied_are_not():
    above = HEAD.count("\n")
    assert files_of(HEAD + BLOCK) == (
        ("certs/a.pem", above + 3),
        ("certs/b.pem", above + 7),
    )
    text = inlined(HEAD + BLOCK, {"certs/a.pem": PEM})
    assert [name for name, _ in files_of(text)] == ["certs/b.pem"]
    assert inlined(text, {}) == text


@pytest.mark.parametrize(
    "text", ["", "certificates: [", "certificates: 3", "\x00", "- a"]
)
def test_a_text_that_is_no_profile_has_no_files(text: str):
    assert files_of(text + " # certificates") == ()


def test_dates_are_days_in_utc_or_times_with_an_offset():
    entry = good(**{"from": "2027-01-31", "to": "2027-02-07T06:00+02:00"})
    assert entry.from_ == datetime(2027, 1, 31, tzinfo=UTC)
    assert entry.to == datetime(2027, 2, 7, 4, tzinfo=UTC)


def test_a_certificate_is_current_unless_it_is_said():
    entry = good()
    assert (entry.state, entry.grace_days, entry.uses) == ("current", 0, ("as2_sign",))


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ({"uses": []}, "uses"),
        ({"uses": "signing"}, "uses"),
        ({"state": "old"}, "state"),
        ({"from": "soon"}, "from"),
        ({"from": "2027-13-01"}, "from"),
        ({"from": "2027-02-02", "to": "2027-02-02"}, "certificates[1]"),
        ({"grace_days": "-1"}, "grace_days"),
        ({"grace_days": "400"}, "grace_days"),
        ({"file": "../other/a.pem"}, "file"),
        ({"file": "/etc/passwd"}, "file"),
        ({"pem": "-----BEGIN PRIVATE KEY-----\nAAAA\n"}, "pem"),
        ({"pem": PEM + PEM}, "pem"),
        ({"pem": PEM + "-----BEGIN PRIVATE KEY-----"}, "pem"),
    ],
)
def test_what_a_certificate_may_not_say_is_a_finding(entry: dict[str, Any], key: str):
    found = profile(**entry)
    assert not isinstance(found, Profile)
    assert [one.code for one in found] == ["CFG-003"]
    assert key in found[0].what


def test_a_certificate_needs_its_file_or_text():
    facts = texts(FOLDER / "acme" / "profile.yaml")
    facts["certificates"] = [{"uses": "as2_sign"}]
    found = load(yaml.safe_dump(facts), "p")
    assert not isinstance(found, Profile)
    assert [one.code for one in found] == ["CFG-003"]
    assert "a file or a pem" in found[0].what
