"""The starter partners: their profiles load, and their samples show every rule."""

import re
from pathlib import Path

import pytest

from gateway.findings import CODES
from gateway.partner import CASES, Directory, Profile, load

ROOT = Path(__file__).parents[3]
FOLDERS = sorted(path.parent for path in ROOT.glob("partner_profiles/*/profile.yaml"))
SAMPLES = [folder / "samples" for folder in FOLDERS] + [ROOT / "samples/x12"]
ROW = re.compile(r"^\| `(?P<file>[^`]+)` \|[^|]+\| ?(?P<code>[^|]*?) ?\|", re.MULTILINE)


def profile(folder):
    name = f"{folder.name}/profile.yaml"
    loaded = load((folder / "profile.yaml").read_text("utf-8"), name)
    assert isinstance(loaded, Profile), loaded
    return loaded


def listed(samples):
    """The files of a README with their expected codes."""
    text = (samples / "README.md").read_text("utf-8")
    return {row["file"]: row["code"] for row in ROW.finditer(text)}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_starter_profile_loads_under_its_folder_name(folder):
    assert profile(folder).id == folder.name


def test_the_starter_profiles_do_not_dispute_a_sender():
    assert Directory.of(map(profile, FOLDERS)).findings == ()


@pytest.mark.parametrize("samples", SAMPLES, ids=lambda path: path.parent.name)
def test_every_sample_has_its_line_in_the_readme(samples):
    files = {path.name for path in samples.iterdir()} - {"README.md"}
    assert set(listed(samples)) == files


@pytest.mark.parametrize("samples", SAMPLES, ids=lambda path: path.parent.name)
def test_every_expected_finding_is_in_the_code_table(samples):
    codes = re.findall(r"[A-Z]+-\d{3}", " ".join(listed(samples).values()))
    assert codes
    assert set(codes) <= set(CODES)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_rule_of_a_guide_has_a_bad_sample(folder):
    guide = profile(folder).guide
    kinds = {
        "require": guide.require,
        "narrow": guide.narrow,
        "forbid": guide.forbid,
        "max-use": guide.max_use,
    }
    rules = {kind: len(rules) for kind, rules in kinds.items()}
    samples = folder / "samples"
    assert rules == {
        kind: len(list(samples.glob(f"bad-{kind}-*.edi"))) for kind in kinds
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_named_sample_of_a_rule_exists(folder):
    text = (folder / "profile.yaml").read_text("utf-8")
    named = re.findall(r"samples/[a-z-]+\.(?:edi|xml)", text)
    assert named
    assert all((folder / name).is_file() for name in named)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_place_of_the_guide_stands_on_its_page(folder):
    guide = profile(folder).guide
    page = (folder / "guide.md").read_text("utf-8")
    rules = [*guide.require, *guide.narrow, *guide.forbid, *guide.max_use, *guide.widen]
    assert [rule.at.tag for rule in rules if rule.at.tag not in page] == []


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)
def test_every_case_stands_in_the_docs_with_its_default_first(case):
    page = (ROOT / "docs/partners.md").read_text("utf-8")
    row = re.search(rf"^\| `{case.name}` \| (.*) \| `(\w+)`", page, re.MULTILINE)
    assert row is not None
    assert row[2] == case.default
    assert row[1] in ("MAP errors", ", ".join(case.codes))
