"""``gateway guide doc`` and ``gateway guide learn``."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from gateway import bootstrap
from gateway.cli import guide, manage
from gateway.partner import Profile
from tests.unit.edi.parts import BODY, interchange

ROOT = Path(__file__).parents[3]
ACME = ROOT / "partner_profiles" / "acme"
SAMPLES = ROOT / "partner_profiles" / "acme" / "samples"

app = typer.Typer()
app.command("doc")(guide.guide_doc)
app.command("learn")(guide.guide_learn)
app.command("check")(manage.profile_check)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path / "home"))
    return tmp_path


def run(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def orders(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        body = [line.replace("4500001", f"450{number:04d}") for line in BODY]
        (folder / f"order{number}.edi").write_bytes(interchange(body))
    return folder


def test_the_page_of_a_folder_has_examples_of_its_samples():
    done = run("doc", ACME)
    assert done.exit_code == 0
    assert done.output.startswith("# Acme Tools Inc.: 850 004010\n")
    assert "Example from good-" in done.output


def test_a_starter_is_found_by_its_id():
    done = run("doc", "acme")
    assert done.output == run("doc", ACME / "profile.yaml").output


def test_the_page_is_html_when_asked(home: Path):
    out = home / "acme.html"
    assert run("doc", "acme", "--html", "--lang", "fr", "--out", out).exit_code == 0
    text = out.read_text("utf-8")
    assert text.startswith('<!doctype html>\n<html lang="fr">')
    assert "Accusés de réception" in text
    assert "Ligne de commande" in text
    assert "Quantité commandée" in text


def test_the_page_of_what_we_send():
    assert run("doc", "acme", "--message", "x12_855").output.startswith(
        "# Acme Tools Inc.: 855 004010\n"
    )


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (("nobody",), "'nobody' is no profile and no partner"),
        (("acme", "--lang", "de"), "--lang is en or fr, not 'de'"),
        (("acme", "--message", "x12_810"), "acme has no x12_810"),
        (("acme", "--out", "/nowhere/at/all"), "No such file"),
    ],
)
def test_what_cannot_be_done_is_said(args: tuple[str, ...], what: str):
    done = run("doc", *args)
    assert done.exit_code == 2
    assert what in done.output


def test_a_bad_profile_is_refused(home: Path):
    (home / "profile.yaml").write_text("schema: 1\n")
    done = run("doc", home)
    assert done.exit_code == 1
    assert "CFG-004" in done.output


def test_a_guide_is_learned_from_a_folder(home: Path):
    done = run("learn", orders(home / "samples", 5), "--partner", "newbuyer")
    assert done.exit_code == 0
    assert "id: newbuyer\n" in done.output
    assert "{at: CUR, why: 'always there: 5 of 5 files" in done.output


def test_the_check_of_a_profile_accepts_what_was_learned(home: Path):
    folder = orders(home / "samples", 6)
    for file in list(folder.iterdir()):
        file.rename(file.with_name(f"good-{file.name}"))
    out = home / "profile.yaml"
    assert run("learn", folder, "--out", out).exit_code == 0
    done = run("check", home)
    assert (done.exit_code, done.output) == (0, "acme: the profile is good\n")


def test_proposals_go_beside_a_known_partners_guide(home: Path):
    files = sorted(SAMPLES.glob("good*.edi")) + sorted(SAMPLES.glob("case*.edi"))
    out = home / "profile.yaml"
    assert run("learn", *files, "--partner", "acme", "--out", out).exit_code == 0
    proposed = bootstrap.load_profile(out, "proposed")
    known = bootstrap.load_profile(ACME / "profile.yaml", "known")
    assert isinstance(proposed, Profile)
    assert isinstance(known, Profile)
    assert proposed.policy == known.policy
    assert set(known.guide.require) < set(proposed.guide.require)


def test_nothing_can_be_learned_from_a_mail():
    done = run("learn", ROOT / "samples" / "x12" / "not-edi.txt")
    assert done.exit_code == 2
    assert "not-edi.txt: no 850 in it" in done.output


def test_a_file_that_is_not_there_is_said(home: Path):
    done = run("learn", home / "none.edi")
    assert done.exit_code == 2
    assert "No such file" in done.output


def test_a_version_without_tables_is_said(home: Path):
    raw = interchange(BODY).replace(b"*X*004010~", b"*X*002001~")
    (home / "old.edi").write_bytes(raw)
    done = run("learn", home / "old.edi")
    assert done.exit_code == 2
    assert "there is no table for x12_850 002001" in done.output
