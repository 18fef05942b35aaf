"""``evidence``, ``retention`` and ``keys rotate`` as an operator runs them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.config import Settings
from gateway.store import tables
from gateway.store.database import Database


def run(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def home(answered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gateway that has answered one order."""
    folder = tmp_path / "home"
    shutil.copytree(answered, folder)
    monkeypatch.setenv("GATEWAY_HOME", str(folder))
    monkeypatch.setenv("GATEWAY_STABLE_FOR_S", "0")
    return folder


@pytest.fixture
def order(home: Path) -> str:
    return str(json.loads(run("orders", "--json").stdout.splitlines()[0])["id"])


def change(home: Path, statement: sa.Executable) -> None:
    db = Database.open(Settings(home=home))
    with db.begin() as tx:
        tx.execute(statement)
    db.close()


def test_an_order_is_whole(order: str):
    done = run("evidence", "verify", order)

    assert done.exit_code == 0, done.output
    assert f"{order}: whole" in done.stdout


def test_the_chain_is_whole(order: str):
    run("evidence", "verify", order)  # seals what waits

    assert "the chain: whole" in run("evidence", "verify").stdout
    assert "payloads" in run("evidence", "verify", "--all").stdout


def test_a_changed_order_ends_with_1_and_is_named(home: Path, order: str):
    change(home, sa.update(tables.order_version).values(text="{}"))

    done = run("evidence", "verify", order)

    assert done.exit_code == 1
    assert "EVD-007 order/version-1.jsonl" in done.stdout
    assert "NOT whole" in done.stdout


def test_a_chain_without_its_head_file_is_a_warning(home: Path, order: str):
    run("evidence", "verify", order)
    (home / "evidence" / "head.json").unlink()

    done = run("evidence", "verify", "--json")

    assert done.exit_code == 0
    facts = json.loads(done.stdout)
    assert [one["code"] for one in facts["findings"]] == ["EVD-005"]


def test_a_bundle_is_verified_without_a_gateway(
    order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    out = tmp_path / "order.zip"
    assert run("evidence", "export", order, out).exit_code == 0
    key = tmp_path / "key.pem"
    key.write_text(run("evidence", "key").stdout)
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path / "elsewhere"))

    done = run("evidence", "verify", out, "--key", key)

    assert done.exit_code == 0, done.output
    assert order in done.stdout
    out.write_bytes(out.read_bytes().replace(b"ISA*00", b"ISA*01"))
    assert run("evidence", "verify", out).exit_code == 1


def test_changed_bytes_are_not_exported(home: Path, order: str, tmp_path: Path):
    change(home, sa.update(tables.payload).values(body=b"\x00other"))

    done = run("evidence", "export", order, tmp_path / "order.zip")

    assert done.exit_code == 1
    assert "EVD-007" in done.stderr
    assert list(tmp_path.glob("order.zip*")) == []


@pytest.mark.parametrize(
    "args",
    [
        ("verify", "ord_nowhere"),
        ("verify", "nowhere.zip"),
        ("verify", "ord_1", "--all"),
        ("export", "ord_nowhere", "x.zip"),
    ],
)
def test_what_is_not_there_ends_with_2(home: Path, args: tuple[str, ...]):
    assert run("evidence", *args).exit_code == 2


def test_retention_says_what_it_does(home: Path, monkeypatch: pytest.MonkeyPatch):
    assert "kept for ever" in run("retention").stdout

    monkeypatch.setenv("GATEWAY_RETAIN_PAYLOADS_DAYS", "1")
    assert "Would delete 0 transmissions" in run("retention", "--dry-run").stdout
    assert "Deleted 0 transmissions" in run("retention").stdout


def test_keys_are_rotated(
    home: Path, order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert run("keys", "rotate").exit_code == 2
    (tmp_path / "k1").write_text(os.urandom(32).hex())
    monkeypatch.setenv("GATEWAY_PAYLOAD_KEY", f"k1=file:{tmp_path / 'k1'}")

    done = run("keys", "rotate")

    assert done.exit_code == 0
    assert "all under k1" in done.stdout
    assert f"{order}: whole" in run("evidence", "verify", order).stdout
    monkeypatch.setenv("GATEWAY_PAYLOAD_KEY", "")
    assert run("keys", "rotate").exit_code == 2


def test_a_bad_key_setting_is_told(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GATEWAY_PAYLOAD_KEY", "k1=file:/nowhere")

    done = run("orders")

    assert done.exit_code == 2
    assert "GATEWAY_PAYLOAD_KEY" in done.stderr


def test_a_missing_key_is_told(
    home: Path, order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "k1").write_text(os.urandom(32).hex())
    monkeypatch.setenv("GATEWAY_PAYLOAD_KEY", f"k1=file:{tmp_path / 'k1'}")
    assert run("keys", "rotate").exit_code == 0
    monkeypatch.setenv("GATEWAY_PAYLOAD_KEY", "")

    done = run("show", order)

    assert done.exit_code == 2
    assert "CFG-032" in done.stderr
