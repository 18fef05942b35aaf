"""Passwords, tokens and keys by reference: of the environment, a file, or sealed here.

``env:NAME``, ``file:/PATH`` and ``secret:NAME`` are read anew each time, so a secret
that was changed is in use at once.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.pipeline.ports import Secret
from gateway.store.database import Database
from gateway.store.journal import event_row
from gateway.store.packed import Damaged as Unpackable
from gateway.store.sealed import Damaged, Keyring, Locked
from gateway.store.sql import insert_all
from gateway.store.tables import event, secret

MOST_BYTES = 64 * 1024
"""The longest secret."""


class SecretStore:
    """What the edges and the keys ask when a profile refers to a secret."""

    def __init__(
        self, db: Database, environment: Mapping[str, str] | None = None
    ) -> None:
        self._db = db
        self._environment = os.environ if environment is None else environment

    def get(self, reference: str) -> Secret | Finding:
        """The secret, or why there is none (CFG-042). A file's last line break goes."""
        kind, _, name = reference.partition(":")
        match kind:
            case "env":
                value = self._environment.get(name)
                if value:
                    return Secret(value.encode("utf-8", "surrogateescape"))
                return _lost(f"the variable {name} is not set", reference)
            case "file":
                return _read(name, reference)
            case "secret":
                return self._sealed(name, reference)
            case _:
                return _lost("a reference is env:NAME, file:/PATH or secret:NAME", "")

    def _sealed(self, name: str, reference: str) -> Secret | Finding:
        query = sa.select(secret.c.body).where(secret.c.name == name)
        try:
            with self._db.read() as tx:
                body = tx.execute(query).scalar()
        except Locked as locked:
            return locked.found
        except (Damaged, Unpackable):
            return _lost(f"the secret {name} cannot be opened", reference)
        if body is None:
            return _lost(f"no secret {name} was set", reference)
        return Secret(base64.b64decode(body))


def _read(name: str, reference: str) -> Secret | Finding:
    try:
        with Path(name).open("rb") as file:
            value = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as problem:
        told = getattr(problem, "strerror", None) or type(problem).__name__
        return _lost(f"the file {name} cannot be read: {told}", reference)
    if len(value) > MOST_BYTES:
        return _lost(f"the file {name} has over {MOST_BYTES} bytes", reference)
    value = value.removesuffix(b"\n").removesuffix(b"\r")
    return Secret(value) if value else _lost(f"the file {name} is empty", reference)


def _lost(what: str, reference: str) -> Finding:
    return Finding.of("CFG-042", what, value=reference)


def put(
    tx: sa.Connection, keys: Keyring, name: str, value: Secret, now: datetime
) -> Finding | None:
    """Keep a secret, sealed; what speaks against it (CFG-043). A new one replaces it.

    The event tells the name and the moment, and neither value nor sum.
    """
    keys.check()
    if not keys.first:
        what = f"the secret {name} would lie open in the database"
        return Finding.of("CFG-043", what, value=name)
    body = base64.b64encode(value.reveal()).decode()
    row = {"name": name, "body": body, "changed_at": now}
    tx.execute(sa.delete(secret).where(secret.c.name == name))
    insert_all(tx, secret, [row])
    insert_all(tx, event, [event_row("", "secret.set", name, now)])
    return None


def names(tx: sa.Connection) -> tuple[tuple[str, datetime], ...]:
    """The names of all secrets that are kept, and when each was set."""
    query = sa.select(secret.c.name, secret.c.changed_at).order_by(secret.c.name)
    return tuple((row.name, row.changed_at) for row in tx.execute(query))


def remove(tx: sa.Connection, name: str, now: datetime) -> bool:
    """Forget a secret; false when there is none of this name."""
    done = tx.execute(sa.delete(secret).where(secret.c.name == name)).rowcount == 1
    if done:
        insert_all(tx, event, [event_row("", "secret.removed", name, now)])
    return done
