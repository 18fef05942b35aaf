"""Who may use the console is told by commands; no password is an argument."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.config import Settings
from gateway.store import users
from gateway.store.database import Database
from gateway.store.shared_time import utc_now
from tests.begun import give_tables

runner = CliRunner()
TYPED = "a long enough " + "word\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path))
    give_tables(Settings(home=tmp_path))
    return tmp_path


def run(*words: str, said: str | None = None) -> Result:
    return runner.invoke(app, ["users", *words], input=said)


def test_a_user_is_made_changed_shut_out_and_let_in(home: Path):
    assert run("add", "Mia", "--role", "operator", said=TYPED).exit_code == 0
    assert run("add", "mia", said=TYPED).exit_code == 2
    assert run("role", "mia", "approver").exit_code == 0
    assert run("disable", "mia").exit_code == 0
    assert "approver  all" in run("list").stdout
    assert "disabled" in run("list").stdout
    assert run("enable", "MIA").exit_code == 0
    assert '"disabled_at": null' in run("list", "--json").stdout


def test_a_password_comes_by_the_standard_input_and_is_long(home: Path):
    assert run("add", "mia", said="short\n").exit_code == 2
    assert run("add", "mia", "--openid").exit_code == 0
    assert run("password", "mia", said=TYPED).exit_code == 0
    db = Database.open(Settings(home=home))
    assert users.check(db, "mia", TYPED.strip(), utc_now(), place="here")
    db.close()


def test_a_name_that_is_none_is_told(home: Path):
    assert run("add", "mia", "--partner", "nobody", said=TYPED).exit_code == 2
    assert run("disable", "mia").exit_code == 2
