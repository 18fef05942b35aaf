"""``gateway standard``, run as an operator runs it: tables of one's own files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import typer
from typer.testing import CliRunner, Result

from gateway import bootstrap
from gateway.cli import standard
from gateway.edi.tables import Tables, read_tables

SAMPLES = Path(__file__).parents[1] / "edi" / "importers" / "samples"
SEF = SAMPLES / "house.sef"

app = typer.Typer()
app.command("import")(standard.standard_import)
app.command("show")(standard.standard_show)
app.command("diff")(standard.standard_diff)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """No gateway is needed; the settings name this folder."""
    folder = tmp_path / "home"
    monkeypatch.setenv("GATEWAY_HOME", str(folder))
    return folder


def run(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def imported(home: Path) -> Tables:
    read = read_tables(bootstrap.user_tables(home))
    assert isinstance(read, Tables)
    return read


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = SEF.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "changed.sef"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "version", "types"),
    [
        ("house.sef", "004010", ("850", "997")),
        ("house.xsd", "004010", ("850",)),
        ("house.csv", "005010", ("855",)),
    ],
)
def test_a_file_of_each_kind_is_imported(home, name, version, types):
    done = run("import", SAMPLES / name)
    assert done.exit_code == 0
    assert f"{version}: {', '.join(types)} from {name}" in done.output
    assert imported(home).types(version) == types


def packed(folder: Path) -> bytes:
    """A ZIP of the files, as the UN packs each part of a directory."""
    data = BytesIO()
    with ZipFile(data, "w") as made:
        for file in folder.iterdir():
            made.writestr(file.name, file.read_bytes())
    return data.getvalue()


def test_a_directory_of_the_un_is_imported_from_its_folder_or_the_zips_in_a_zip(
    home, tmp_path
):
    folder = SAMPLES / "directory_96a"
    done = run("import", folder)
    assert (done.exit_code, "D96A: ORDERS from" in done.output) == (0, True)
    written = {f.name: f.read_text() for f in (home / "standards/D96A").iterdir()}
    whole = tmp_path / "d96a.zip"
    with ZipFile(whole, "w") as made:
        made.writestr("part.zip", packed(folder))
    assert run("import", whole, "--message", "orders").exit_code == 0
    assert written == {
        f.name: f.read_text() for f in (home / "standards/D96A").iterdir()
    }
    shown = run("show", "D96A", "ORDERS", "NAD")
    assert "3035  an 1/3    WHICH PARTY: BY" in shown.output
    assert run("show", "package:D96A", "INVOIC").exit_code == 0
    assert run("import", folder, "--message", "INVOIC").exit_code != 0


def test_a_home_without_imported_tables_has_none(home):
    assert bootstrap.user_tables(home) == {}


def test_what_is_left_out_is_said(home):
    assert "CFG-011" in run("import", SEF).output


def test_a_file_in_utf_16_is_read_as_well(tmp_path, home):
    file = tmp_path / "wide.xsd"
    text = (SAMPLES / "house.xsd").read_text(encoding="utf-8")
    file.write_bytes(text.encode("utf-16"))
    assert run("import", file).exit_code == 0
    assert imported(home).types("004010") == ("850",)


def test_a_file_in_latin_1_is_read_as_well(tmp_path, home):
    file = changed(tmp_path, "353,0,Purpose", "353,0,Zweck für uns")
    file.write_bytes(file.read_text(encoding="utf-8").encode("latin-1"))
    assert run("import", file).exit_code == 0
    segment = imported(home).segment("004010", "BEG")
    assert segment is not None
    assert segment.uses[0].element.name == "Zweck für uns"


def test_a_named_version_folder_and_group_are_used(tmp_path, home):
    out = tmp_path / "out"
    file = changed(tmp_path, "997=[ST", "998=[ST")
    options = ("--version", "004030", "--out", out, "--group", "998=XX")
    assert run("import", file, *options).exit_code == 0
    assert sorted(f.name for f in (out / "004030").glob("99*")) == ["998.txt"]
    assert not home.exists()


def test_what_the_file_does_not_name_is_called_as_in_the_package(home):
    run("import", SEF)
    segment = imported(home).segment("004010", "CTT")
    assert segment is not None
    assert (segment.name, segment.uses[1].element.name) == ("Totals", "Hash total")


def test_a_broken_file_is_refused_with_its_line_and_writes_nothing(tmp_path, home):
    done = run("import", changed(tmp_path, "[347]", "[348]"))
    assert done.exit_code == 1
    assert "changed.sef:23: CFG-010" in done.output
    assert "348" in done.output
    assert not home.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "no-such-file.sef"),
        ("import", SEF, "--group", "204"),
        ("show", "004010", "999"),
        ("show", "004010", "850", "QQQ"),
        ("show", "other:004010", "850"),
        ("diff", "004010", "005010"),
    ],
    ids=lambda arguments: " ".join(map(str, arguments[:1] + arguments[-1:]))[-30:],
)
def test_what_cannot_be_done_ends_with_2(arguments):
    assert run(*arguments).exit_code == 2


def test_a_second_file_of_a_version_is_added(tmp_path, home):
    run("import", changed(tmp_path, "997=[ST", "998=[ST"), "--group", "998=FA")
    assert run("import", SEF).exit_code == 0
    assert imported(home).types("004010") == ("850", "997", "998")


def test_a_file_that_contradicts_what_stays_is_refused_unless_it_replaces(
    tmp_path, home
):
    run("import", changed(tmp_path, "997=[ST", "998=[ST"), "--group", "998=FA")
    other = changed(tmp_path, "329=AN,4,9", "329=AN,4,8")
    refused = run("import", other)
    assert refused.exit_code == 1
    assert "CFG-012" in refused.output
    assert run("import", other, "--replace").exit_code == 0
    assert imported(home).types("004010") == ("850", "997")


def test_imported_tables_that_were_damaged_are_said(home):
    run("import", SEF)
    (home / "standards" / "004010" / "850.txt").write_bytes(b"\xff\n")
    assert run("show", "004010", "850").exit_code == 1
    assert run("import", SEF).exit_code == 1
    assert run("import", SEF, "--replace").exit_code == 0


def test_a_set_of_the_package_is_shown_with_loops_and_names():
    done = run("show", "005010", "999")
    assert done.exit_code == 0
    assert "999 Implementation acknowledgement (005010, group FA)" in done.output
    assert "  loop AK2   *" in done.output
    assert "      CTX   10" in done.output


def test_a_segment_is_shown_with_its_elements_conditions_and_composites():
    done = run("show", "005010", "999", "ctx")
    assert "01! C998  Context, up to any number of times" in done.output
    assert "01! 9999  AN 1/35   Name of the context" in done.output
    assert "P0607" in run("show", "004010", "850", "PO1").output


def test_imported_sets_go_before_those_of_the_package(home):
    run("import", SEF)
    assert "Order of the house" in run("show", "004010", "850").output
    assert "Order of the house" not in run("show", "package:004010", "850").output
    assert run("show", "004010", "855").exit_code == 0


def test_two_sets_that_differ_are_shown_place_by_place(home):
    run("import", SEF)
    done = run("diff", "package:004010/850", "004010/850")
    assert done.exit_code == 1
    lines = [line.split() for line in done.output.splitlines()]
    assert ["TAX", "use", "optional,", "*", "-"] in lines


def test_a_set_does_not_differ_from_itself():
    done = run("diff", "004010/850", "004010/850")
    assert (done.exit_code, "the same" in done.output) == (0, True)
