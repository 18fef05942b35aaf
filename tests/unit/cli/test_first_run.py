"""What the first commands say where something is in their way: never a traceback."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner, Result

from gateway.cli.app import app
from gateway.config import Settings
from tests.databases import Server

FIRST = (["init"], ["serve"], ["work", "--once"], ["users", "list"])


def ran(home: Path, *words: str, **settings: str) -> Result:
    env = {"GATEWAY_HOME": str(home), "GATEWAY_DATABASE_URL": ""}
    env |= {f"GATEWAY_{name.upper()}": value for name, value in settings.items()}
    done = CliRunner().invoke(app, list(words), env=env)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done


@pytest.mark.parametrize("words", FIRST)
@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://here/x",
        "postgresql+psycopg://here:port/x",
        "sqlite://",
        "postgresql+other://here/x",
    ],
)
def test_an_address_that_is_no_database_is_told_with_one_that_is(
    tmp_path: Path, words: list[str], url: str
):
    done = ran(tmp_path, *words, database_url=url)
    assert done.exit_code == 2
    assert "GATEWAY_DATABASE_URL" in done.output
    assert "postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME" in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://me:s%2Fcret@[::1]:5432/gateway?sslmode=require",
        "postgresql://db.example/gateway",
        "postgresql+psycopg://postgres@/gateway?host=/run/postgresql",
        "sqlite:////var/lib/gateway/x.sqlite3",
    ],
)
def test_an_address_of_a_database_is_taken(tmp_path: Path, url: str):
    assert Settings(home=tmp_path, database_url=url).database_url == url
    with pytest.raises(ValidationError):
        Settings(home=tmp_path, database_url=f"x{url}")


@pytest.mark.parametrize("words", FIRST)
def test_a_server_that_is_not_there_is_told_in_a_line(tmp_path: Path, words: list[str]):
    url = "postgresql+psycopg://nobody:secret@127.0.0.1:1/none"
    done = ran(tmp_path, *words, database_url=url)
    assert done.exit_code == 2
    assert "GATEWAY_DATABASE_URL names does not open" in done.output
    assert "sqlalche.me" not in done.output
    assert "secret" not in done.output


@pytest.mark.parametrize("words", [*FIRST, ["doctor"]])
def test_a_file_that_is_no_database_is_told_by_its_name(
    tmp_path: Path, words: list[str]
):
    (tmp_path / "gateway.sqlite3").write_bytes(b"no database at all" * 1000)
    done = ran(tmp_path, *words)
    assert done.exit_code == 2
    assert "file is not a database" in done.output
    assert "PRAGMA" not in done.output


@pytest.mark.parametrize("home", ["file", "file/below"])
def test_a_home_that_cannot_be_made_is_told_with_its_setting(tmp_path: Path, home: str):
    (tmp_path / "file").write_text("in the way")
    done = ran(tmp_path / home, "init")
    assert done.exit_code == 2
    assert "GATEWAY_HOME" in done.output
    assert "file" in done.output


def test_a_profile_that_cannot_be_read_is_told_without_a_number(tmp_path: Path):
    (tmp_path / "odd.yaml").write_bytes(b"\xff\xfe")
    for name, why in (("none", "No such file"), ("odd", "no text in UTF-8")):
        done = ran(tmp_path, "profile", "check", str(tmp_path / f"{name}.yaml"))
        assert why in done.output
        assert "Errno" not in done.output


def test_what_init_makes_is_nobody_elses_to_look_into(tmp_path: Path):
    home = tmp_path / "home"
    assert "Made a gateway" in ran(home, "init").output
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    home.chmod(0o750)
    assert "There was a gateway" in ran(home, "init").output
    assert stat.S_IMODE(home.stat().st_mode) == 0o750


def test_init_tells_whether_there_was_a_gateway_on_a_server_too(
    tmp_path: Path, server: Server
):
    with server.new() as url:
        told = [ran(tmp_path, "init", database_url=url).output for _ in range(2)]
    assert "Made a gateway" in told[0]
    assert "There was a gateway" in told[1]


@pytest.mark.parametrize("command", ["doctor", "orders", "serve", "init"])
def test_a_home_that_may_not_be_looked_into_is_told_in_a_line(
    tmp_path: Path, migrated: Path, command: str
):
    home = tmp_path / "home"
    shutil.copytree(migrated, home)
    as_anybody = ["setpriv", "--bounding-set=-all"] if os.geteuid() == 0 else []
    home.chmod(0)
    done = subprocess.run(
        [*as_anybody, sys.executable, "-m", "gateway", command],
        env=os.environ | {"GATEWAY_HOME": str(home), "GATEWAY_DATABASE_URL": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    home.chmod(0o700)
    told = done.stdout + done.stderr
    assert done.returncode == 2
    assert "Traceback" not in told
    (line,) = [line for line in told.splitlines() if str(home) in line]
    assert "by this user" in line or "has to be ours" in line


@pytest.mark.parametrize("name", ["a b", "ümläut", "50%41 %", "a#b", "a?b=c", "'\"&;"])
def test_a_home_may_have_any_name(tmp_path: Path, name: str):
    home, anew, tar = tmp_path / name, tmp_path / f"{name}-anew", tmp_path / "b.tar"

    done = [ran(home, "init"), ran(home, "backup", str(tar))]
    done += [ran(anew, "restore", str(tar)), ran(anew, "orders")]

    assert [one.exit_code for one in done] == [0, 0, 0, 0]
    assert (home / "gateway.sqlite3").is_file()
    assert {one.name for one in tmp_path.iterdir()} == {home.name, anew.name, tar.name}
