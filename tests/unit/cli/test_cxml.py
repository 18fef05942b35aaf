"""``gateway cxml``: published files are laid into the home, unmodified."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway import bootstrap
from gateway.cli import app
from tests.unit.cxml_punchout.published import small


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_dtds_are_added_with_their_licence(home: Path, tmp_path: Path):
    given = tmp_path / "given" / "deep"
    given.mkdir(parents=True)
    (given / "cXML.dtd").write_bytes(small("1.2.071"))
    (given / "Fulfill.dtd").write_bytes(small())
    (given / "Custom.dtd").write_bytes(small())
    (tmp_path / "given" / "LICENSE.txt").write_text("terms", "utf-8")
    answer = CliRunner().invoke(app, ["cxml", "add-dtd", str(tmp_path / "given")])
    assert answer.exit_code == 0, answer.output
    assert "1.2.050/Fulfill.dtd added\n1.2.071/cXML.dtd added\n" in answer.output
    assert "CXM-024" in answer.output
    kept = {str(one.relative_to(home)) for one in home.rglob("*") if one.is_file()}
    assert kept == {
        "cxml/1.2.050/Fulfill.dtd",
        "cxml/1.2.071/cXML.dtd",
        "cxml/LICENSE.txt",
    }
    assert (home / "cxml/1.2.071/cXML.dtd").read_bytes() == small("1.2.071")
    assert bootstrap.dtds(home).versions("cXML") == ("1.2.071",)


def test_a_folder_without_any_is_a_failure(home: Path, tmp_path: Path):
    answer = CliRunner().invoke(app, ["cxml", "add-dtd", str(tmp_path)])
    assert answer.exit_code == 2
    assert not home.exists()
