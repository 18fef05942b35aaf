"""Every sample of every partner is held to its row: code, place, verdict, answer."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.bootstrap import check_offline, load_profile, rules
from gateway.catalog import Prices
from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.edi.numbers import Numbers
from gateway.findings import Finding, Where
from gateway.findings.model import Verdict
from gateway.partner import Profile
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import (
    Alert,
    Effect,
    Keep,
    KeepChange,
    Queue,
    Record,
    Refuse,
    Replay,
)
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import World
from tests.strictly import faults
from tests.unit.pipeline.parts import NOW, afterwards

ROOT = Path(__file__).parents[2]
SHARED = (ROOT / "samples/x12", ROOT / "samples/edifact")
PARTNERS = sorted(path.parent for path in ROOT.glob("partner_profiles/*/profile.yaml"))
ROW = re.compile(
    r"^\| `(?P<file>[^`]+)` \|(?P<shows>[^|]+)\|(?P<said>[^|]*)\|(?P<place>[^|]*)\|$",
    re.MULTILINE,
)
CODE = re.compile(r"[A-Z]+-\d{3}")
AFTER = re.compile(r"after `([^`]+)`")
ONLY_WITH_STORE = ("CAT-", "DUP-")
NOT_HELD = frozenset({"CXM-021", "UBL-021", "UBL-032"})
"""Told of every document in XML here: the operator adds DTDs, schemas and rules."""


class Row(NamedTuple):
    """One line of a README: the file, what came before it, what is found in it."""

    file: Path
    before: tuple[Path, ...]
    codes: frozenset[str]
    place: str


def rows() -> list[Row]:
    found = []
    for folder in (*SHARED, *(p / "samples" for p in PARTNERS)):
        for row in ROW.finditer((folder / "README.md").read_text("utf-8")):
            first = AFTER.search(row["shows"])
            before = (folder / first[1],) if first else ()
            codes = frozenset(CODE.findall(row["said"]))
            found.append(Row(folder / row["file"], before, codes, row["place"].strip()))
    return found


ROWS = rows()


def named(row: Row) -> str:
    return str(row.file.relative_to(ROOT))


def starting(*words: str) -> list[Row]:
    return [row for row in ROWS if row.file.name.startswith(words)]


@lru_cache(maxsize=1)
def profiles() -> tuple[Profile, ...]:
    loaded = [load_profile(p / "profile.yaml", p.name) for p in PARTNERS]
    assert [p for p in loaded if not isinstance(p, Profile)] == []
    return tuple(p for p in loaded if isinstance(p, Profile))


@lru_cache(maxsize=1)
def prices() -> dict[str, Prices]:
    """Every partner's own catalog."""
    found = {}
    for partner in PARTNERS:
        text = (partner / "catalog.csv").read_text("utf-8")
        imported = read_csv(text, "catalog.csv", partner_id=partner.name)
        assert imported.findings == ()
        found[partner.name] = Prices.of(imported.contracts, imported.items)
    return found


@lru_cache(maxsize=1)
def standing_rules() -> Rules:
    return rules(profiles(), Settings(home=ROOT))


@cache
def effects_of(row: Row) -> tuple[Effect, ...]:
    """What the gateway does about the file, after what came before it."""
    by, world = standing_rules(), World(now=NOW, prices=prices())
    effects: tuple[Effect, ...] = ()
    for n, path in enumerate((*row.before, row.file)):
        receipt = f"rcp_{n}"
        effects = answer(read([path.read_bytes()], by, receipt_id=receipt), world)
        world = afterwards(world, receipt, effects)
    return effects


def found_in(effects: tuple[Effect, ...]) -> list[Finding]:
    found: list[Finding] = []
    for effect in effects:
        match effect:
            case Record():
                found += effect.findings
                found += (f for m in effect.messages for f in m.findings)
            case Keep() | Refuse():
                found += effect.findings
            case _:
                pass
    return [one for one in found if one.code not in NOT_HELD]


def place_of(where: Where) -> str:
    """``REF-02``, without the segment's number."""
    return str(where).partition(" (")[0]


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    return sorted({(f.code, place_of(f.where)) for f in findings})


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_a_sample_has_the_codes_of_its_row_and_no_others(row: Row):
    assert {f.code for f in found_in(effects_of(row))} == row.codes


@pytest.mark.parametrize(
    "row", [row for row in ROWS if len(row.codes) == 1 and row.place], ids=named
)
def test_the_finding_stands_in_the_place_of_the_row_and_nowhere_else(row: Row):
    (code,) = row.codes
    assert told(found_in(effects_of(row))) == [(code, row.place)]


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_a_check_without_a_database_finds_what_needs_no_catalog(
    row: Row, tmp_path: Path
):
    seen = check_offline(
        [row.file.read_bytes()], profiles(), Settings(home=tmp_path), NOW
    )
    # what only a real reception says: whose it is, what came before, and that a test is
    # booked nowhere
    codes = {f.code for f in seen.findings} - {"CFG-030", *NOT_HELD}
    wanted = {c for c in row.codes if not c.startswith(ONLY_WITH_STORE)}
    assert codes == wanted - {"ENV-001", "ENV-020", "ENV-081"}


def verdicts(row: Row) -> set[Verdict]:
    records = [e for e in effects_of(row) if isinstance(e, Record)]
    return {m.verdict for record in records for m in record.messages}


@pytest.mark.parametrize("row", starting("bad-require", "bad-narrow"), ids=named)
def test_what_the_guide_asks_for_and_does_not_get_is_rejected(row: Row):
    assert verdicts(row) == {Verdict.REJECTED}


@pytest.mark.parametrize("row", starting("bad-forbid", "bad-max"), ids=named)
def test_what_the_guide_does_not_want_is_rejected(row: Row):
    assert verdicts(row) == {Verdict.REJECTED}


@pytest.mark.parametrize("row", starting("good-", "case-"), ids=named)
def test_a_good_file_and_one_with_a_business_case_are_accepted_on_the_wire(row: Row):
    assert not verdicts(row) & {Verdict.REJECTED}
    kept = [effect for effect in effects_of(row) if isinstance(effect, Keep)]
    assert len(kept) == 1


@pytest.mark.parametrize(
    "row", [r for r in starting("good-") if not r.codes], ids=named
)
def test_a_good_order_is_confirmed_as_it_came(row: Row):
    (keep,) = (effect for effect in effects_of(row) if isinstance(effect, Keep))
    assert (keep.state, keep.ack.type) == ("confirmed", "accepted")


def sent(row: Row) -> list[bytes]:
    """Everything that leaves: acknowledgements and answers, finished."""
    numbers = Numbers(interchange=7, group=7, message=1)
    queued = [effect for effect in effects_of(row) if isinstance(effect, Queue)]
    # of cXML the Status was the acknowledgement, and UBL has none
    changes = (KeepChange,) if row.file.suffix == ".xml" else ()
    silent = (Refuse, Replay, Alert, *changes)
    assert queued or any(isinstance(e, silent) for e in effects_of(row))
    return [effect.draft.finish(numbers, NOW) for effect in queued]


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_what_is_sent_is_right_by_the_tables_of_its_version(row: Row):
    assert [fault for data in sent(row) for fault in faults(data)] == []


def test_answers_to_the_distributor_have_its_separators_and_its_version():
    small = ROOT / "partner_profiles/lantern-bay/samples/good-small.edi"
    row = next(row for row in ROWS if row.file == small)
    for data in sent(row):
        isa, group, *_ = data.split(b"\r\n")
        assert isa[3:4] + isa[82:83] + isa[84:89] + isa[-1:] == b"|^00501>"
        assert group.endswith(b"|X|005010")


def test_the_answer_in_the_distributors_version_says_its_texts_in_mtx():
    below = ROOT / "partner_profiles/lantern-bay/samples/case-below-minimum.edi"
    row = next(row for row in ROWS if row.file == below)
    lines = sent(row)[-1].decode().split("\r\n")
    assert "N9|L1|CAT-331" in lines
    assert any(line.startswith("MTX||1 CA (50 EA)") for line in lines)
    assert not any(line.startswith("MSG") for line in lines)
