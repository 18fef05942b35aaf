from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.config import Settings
from gateway.store import profiles, sftp_accounts
from gateway.store.database import Database
from gateway.store.shared_time import utc_now
from tests.begun import give_tables
from tests.starters import FOLDER, texts

runner = CliRunner()
SECRET = "a long password"  # noqa: S105


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv("GATEWAY_HOME", str(home))
    give_tables(Settings(home=home))
    db = Database.open(Settings(home=home))
    facts = texts(FOLDER / "acme" / "profile.yaml")
    facts["channels"] = [{"id": "drop", "kind": "sftp_drop"}]
    with db.begin() as tx:
        profiles.apply(tx, "acme", yaml.safe_dump(facts), utc_now())
    db.close()
    return home


def run(*words: str, said: str | None = None) -> Result:
    return runner.invoke(app, ["sftp", *words], input=said)


def key(folder: Path, kind: str = "ed25519", bits: str = "0") -> Path:
    file = folder / f"{kind}{bits}"
    words = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "ann@acme"]
    size = ["-b", bits] if bits != "0" else []
    subprocess.run([*words, *size, "-f", str(file)], check=True)
    return file.with_suffix(".pub")


def test_an_account_is_added_listed_and_removed(home: Path, tmp_path: Path):
    public = str(key(tmp_path))
    network = ("--source", "192.0.2.0/24")
    added = run("account", "add", "acme-edi", "--partner", "acme", "--key", public)
    more = run("account", "add", "acme-2", "--partner", "acme", *network)
    twice = run("account", "add", "acme-edi", "--partner", "acme")
    listed = run("account", "list")
    removed = run("account", "remove", "acme-2")

    assert added.stdout == "acme-edi of acme: 1 keys, no password\n"
    assert (more.exit_code, twice.exit_code, removed.exit_code) == (0, 2, 0)
    lines = listed.stdout.splitlines()
    assert lines[0] == "acme-2  acme  192.0.2.0/24  no password"
    assert lines[1] == "acme-edi  acme  anywhere  no password"
    assert lines[2].strip().startswith("SHA256:")
    assert run("account", "list").stdout.count("  acme  ") == 1


def test_a_password_is_a_line_of_the_standard_input(home: Path):
    words = ("account", "add", "acme-edi", "--partner", "acme", "--password")
    assert run(*words, said="short\n").exit_code == 2
    assert run(*words, said=f"{SECRET}\n").exit_code == 0
    changed = run("account", "password", "acme-edi", said="another long one\n")
    db = Database.open(Settings(home=home))
    with db.read() as tx:
        kept = sftp_accounts.password_of(tx, "acme-edi")
    db.close()
    assert "another" not in changed.output
    assert sftp_accounts.is_password(kept, "another long one")
    none = run("account", "password", "acme-edi", "--none")
    assert none.stdout == "acme-edi: no password\n"


def test_a_key_is_added_beside_another_and_taken_away(home: Path, tmp_path: Path):
    run("account", "add", "acme-edi", "--partner", "acme")
    first = run("account", "key", "acme-edi", str(key(tmp_path)))
    run("account", "key", "acme-edi", str(key(tmp_path, "ecdsa")))
    fingerprint = first.stdout.split()[0]
    gone = run("account", "key", "acme-edi", "--remove", fingerprint)
    again = run("account", "key", "acme-edi", "--remove", fingerprint)
    assert (gone.exit_code, again.exit_code) == (0, 2)
    assert run("account", "list").stdout.count("SHA256:") == 1


def test_a_weak_key_is_not_taken(home: Path, tmp_path: Path):
    run("account", "add", "acme-edi", "--partner", "acme")
    weak = run("account", "key", "acme-edi", str(key(tmp_path, "rsa", "1024")))
    assert weak.exit_code == 2
    assert "2048 bits" in weak.output
    assert run("account", "list").stdout.count("SHA256:") == 0


def test_a_file_without_a_public_key_is_refused(home: Path, tmp_path: Path):
    run("account", "add", "acme-edi", "--partner", "acme")
    private = key(tmp_path).with_suffix("")
    assert run("account", "key", "acme-edi", str(private)).exit_code == 2
    assert run("account", "key", "acme-edi", str(tmp_path / "none")).exit_code == 2
    assert run("account", "key", "acme-edi").exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("acme-edi", "--partner", "nobody"),
        ("Acme", "--partner", "acme"),
        ("../acme", "--partner", "acme"),
        ("acme-edi", "--partner", "acme", "--source", "192.0.2.1/24"),
    ],
    ids=["partner", "capitals", "path", "network"],
)
def test_what_is_no_account_is_not_added(home: Path, words: tuple[str, ...]):
    assert run("account", "add", *words).exit_code == 2
    assert run("account", "list").stdout == ""


def test_the_fingerprint_that_partners_pin_stays_the_same(home: Path):
    first, second = run("host-keys"), run("host-keys")
    assert first.stdout == second.stdout
    assert first.stdout.startswith("ssh-ed25519  SHA256:")


def test_several_host_keys_overlap_while_they_change(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    files = [key(tmp_path, kind).with_suffix("") for kind in ("ed25519", "ecdsa")]
    monkeypatch.setenv("GATEWAY_SFTP_HOST_KEYS", ", ".join(map(str, files)))
    assert [line.split()[0] for line in run("host-keys").stdout.splitlines()] == [
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
    ]
    monkeypatch.setenv("GATEWAY_SFTP_HOST_KEYS", str(tmp_path / "none"))
    assert run("host-keys").exit_code == 2


def test_the_door_does_not_open_without_a_port(home: Path):
    assert run("serve").exit_code == 2
