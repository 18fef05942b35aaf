"""Our SFTP door on a loopback port, and the clients of a partner who comes there."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paramiko
import yaml

from gateway.bootstrap import Gateway
from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.engine.drop import Drop
from gateway.jobs import run
from gateway.pipeline.drop import Account
from gateway.store import catalog, profiles, sftp_accounts
from gateway.store.database import Database
from gateway.store.sftp_accounts import PublicKey
from gateway.transport import sftp_keys, sftp_server
from tests.begun import give_tables
from tests.missing import missing
from tests.starters import FOLDER, texts

PARTNER = "acme"
ACCOUNT = "acme-edi"
PASSWORD = "correct horse battery"  # noqa: S105  of the tests
PATIENCE_S = 30.0
SAMPLES = FOLDER / PARTNER / "samples"


def client_program() -> str:
    """Where OpenSSH's sftp is; without it the test is skipped, and fails in CI."""
    found = shutil.which("sftp")
    if found is None:
        missing("there is no sftp; tools/system_parts.sh installs OpenSSH's client")
    return found


def wait_for(met: Callable[[], object], what: str) -> None:
    """Wait until it is so."""
    until = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < until, what
        time.sleep(0.02)


def prepare(
    settings: Settings,
    key: paramiko.PKey,
    trust: Mapping[str, Any] | None = None,
    **channel: Any,
) -> None:
    """A gateway with the partner, its prices, and an account that the key opens."""
    give_tables(settings)
    db = Database.open(settings)
    now = datetime.now(UTC) - timedelta(seconds=1)
    facts = texts(FOLDER / PARTNER / "profile.yaml")
    drop = {"id": "drop", "kind": "sftp_drop", **channel}
    facts["channels"] = [drop]
    if trust:
        facts["trust"] = dict(trust)
    with db.begin() as tx:
        profiles.apply(tx, PARTNER, yaml.safe_dump(facts), now)
        account = Account(name=ACCOUNT, partner_id=PARTNER)
        assert sftp_accounts.add(tx, account, now, password=PASSWORD)
        text = f"{key.get_name()} {key.get_base64()}"
        ((fingerprint, line),) = sftp_keys.public_keys(text)
        public = PublicKey(fingerprint=fingerprint, text=line)
        assert sftp_accounts.add_key(tx, account, public, now)
    contract = read_csv((FOLDER / PARTNER / "catalog.csv").read_text(), "catalog.csv")
    catalog.save(db, PARTNER, contract, now)
    db.close()


def fresh_order(number: int = 0) -> bytes:
    """An order of the partner's; another number, another order."""
    text = (SAMPLES / "good-small.edi").read_text()
    own = text.replace("4500001201", f"45000{12010 + number}")
    return (
        own.replace("*1040", f"*{1040 + number}")
        .replace("000001040", f"{1040 + number:09d}")
        .encode()
    )


@dataclass
class Opened:
    """A door that is open."""

    gateway: Gateway
    port: int
    key_file: Path
    home: Path
    keys: list[paramiko.PKey]
    host_key: str = ""
    clients: list[paramiko.SSHClient] = field(default_factory=list)

    def sftp(self, *commands: str, **options: str) -> subprocess.CompletedProcess[str]:
        """Run OpenSSH's sftp with these commands of its batch mode."""
        known = self.home / "known_hosts"
        known.write_text(f"[127.0.0.1]:{self.port} {self.host_key}\n")
        given = {
            "IdentityFile": str(self.key_file),
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": str(known),
            "StrictHostKeyChecking": "yes",
            "BatchMode": "yes",
            **options,
        }
        words = [client_program(), "-F", "none", "-P", str(self.port), "-b", "-"]
        for name, value in given.items():
            words += ["-o", f"{name}={value}"]
        return subprocess.run(
            [*words, f"{ACCOUNT}@127.0.0.1"],
            input="\n".join(commands) + "\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def ssh(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run OpenSSH's ssh against the door."""
        self.sftp("pwd")
        options = [
            "-F",
            "none",
            "-p",
            str(self.port),
            "-oBatchMode=yes",
            "-oIdentitiesOnly=yes",
            f"-oIdentityFile={self.key_file}",
            f"-oUserKnownHostsFile={self.home / 'known_hosts'}",
        ]
        return subprocess.run(
            ["ssh", *options, *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def login(self, **how: Any) -> paramiko.SSHClient:
        """A logged-in connection of paramiko's."""
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # noqa: S507
        given: dict[str, Any] = {"username": ACCOUNT, "pkey": self.keys[0], **how}
        client.connect(
            "127.0.0.1",
            self.port,
            look_for_keys=False,
            allow_agent=False,
            timeout=20,
            **given,
        )
        self.clients.append(client)
        return client

    def paramiko(self, **how: Any) -> paramiko.SFTPClient:
        """An SFTP session of paramiko's."""
        return self.login(**how).open_sftp()


@contextmanager
def opened(
    settings: Settings, key_file: Path, *, work: bool = True, **changed: Any
) -> Iterator[Opened]:
    """Open the door of a prepared gateway, with the work behind it."""
    quick = {"poll_interval_s": 0.05, "stable_for_s": 0, "sftp_port": 0}
    settings = settings.model_copy(update={**quick, **changed})
    gateway = Gateway(settings)
    stop, up, told = threading.Event(), threading.Event(), list[str]()
    keys = sftp_keys.host_keys(settings)

    def started(address: str) -> None:
        told.append(address)
        up.set()

    bound = sftp_server.bind(settings)
    behind = Drop(gateway.engine, gateway.clock)
    threads = [
        threading.Thread(
            target=sftp_server.serve,
            args=(behind, settings, bound, stop),
            kwargs={"clock": gateway.clock, "keys": keys, "started": started},
        )
    ]
    if work:
        args = (gateway.engine, gateway.pickup, stop)
        threads.append(threading.Thread(target=run, args=args))
    for thread in threads:
        thread.start()
    assert up.wait(PATIENCE_S)
    one = Opened(
        gateway,
        int(told[0].rpartition(":")[2]),
        key_file,
        settings.home,
        [paramiko.Ed25519Key.from_private_key_file(str(key_file))],
        " ".join(keys[0].export_public_key().decode().split()[:2]),
    )
    try:
        yield one
    finally:
        for client in one.clients:
            client.close()
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_S)
        bound.close()
        gateway.close()
        assert not any(thread.is_alive() for thread in threads)


def make_key(path: Path, kind: str = "ed25519", bits: int | None = None) -> Path:
    """A new key pair in two files."""
    words = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", str(path)]
    subprocess.run([*words, *(["-b", str(bits)] if bits else [])], check=True)
    return path
