"""Accounts of the SFTP door: keys by fingerprint, passwords by scrypt only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gateway.pipeline.drop import Account
from gateway.store.journal import event_row
from gateway.store.sql import insert_all, insert_new
from gateway.store.tables import event, sftp_account, sftp_key

_N, _R, _P = 2**15, 8, 1  # 32 MiB and some 60 ms (RFC 7914)
_MEMORY = 64 * 1024 * 1024
_NOBODY = f"scrypt${_N}${_R}${_P}$AAAAAAAAAAAAAAAAAAAAAA==$AAAA"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A key that opens an account; ``text`` is its line of an authorized_keys file."""

    fingerprint: str
    text: str


def find(tx: sa.Connection, name: str) -> Account | None:
    """The account of this name."""
    row = tx.execute(sa.select(sftp_account).where(sftp_account.c.name == name)).first()
    return None if row is None else _account(tx, row)


def every(tx: sa.Connection) -> tuple[Account, ...]:
    """All accounts, by their names."""
    rows = tx.execute(sa.select(sftp_account).order_by(sftp_account.c.name)).all()
    return tuple(_account(tx, row) for row in rows)


def add(
    tx: sa.Connection,
    account: Account,
    now: datetime,
    *,
    password: str = "",
    by: str = "",
) -> bool:
    """Make an account; false when the name is taken, be it another partner's."""
    row = {
        "partner_id": account.partner_id,
        "name": account.name,
        "password": hashed(password) if password else "",
        "sources": " ".join(account.sources),
        "quota_bytes": account.quota_bytes,
        "file_bytes": account.file_bytes,
        "sessions": account.sessions,
        "created_at": now,
    }
    if find(tx, account.name) or insert_new(tx, sftp_account, [row]) == 0:
        return False
    _note(tx, account, "sftp.account_added", now, by=by)
    return True


def remove(tx: sa.Connection, account: Account, now: datetime, *, by: str = "") -> None:
    """Take an account and its keys away."""
    mine = sftp_account.c
    keys = sa.delete(sftp_key).where(
        sftp_key.c.partner_id == account.partner_id,
        sftp_key.c.account == account.name,
    )
    tx.execute(keys)
    tx.execute(
        sa.delete(sftp_account).where(
            mine.partner_id == account.partner_id, mine.name == account.name
        )
    )
    _note(tx, account, "sftp.account_removed", now, by=by)


def add_key(
    tx: sa.Connection, account: Account, key: PublicKey, now: datetime, *, by: str = ""
) -> bool:
    """Let a key open the account; false when it does already."""
    row = {
        "partner_id": account.partner_id,
        "account": account.name,
        "fingerprint": key.fingerprint,
        "public_key": key.text,
        "added_at": now,
    }
    if key.fingerprint in account.keys or insert_new(tx, sftp_key, [row]) == 0:
        return False
    told = {"fingerprint": key.fingerprint, "by": by}
    _note(tx, account, "sftp.key_added", now, **told)
    return True


def remove_key(
    tx: sa.Connection,
    account: Account,
    fingerprint: str,
    now: datetime,
    *,
    by: str = "",
) -> bool:
    """Let a key open the account no more; false when it did not."""
    mine = sftp_key.c
    gone = tx.execute(
        sa.delete(sftp_key).where(
            mine.partner_id == account.partner_id,
            mine.account == account.name,
            mine.fingerprint == fingerprint,
        )
    )
    if not gone.rowcount:
        return False
    _note(tx, account, "sftp.key_removed", now, fingerprint=fingerprint, by=by)
    return True


def set_password(
    tx: sa.Connection, account: Account, password: str, now: datetime, *, by: str = ""
) -> None:
    """Give the account another password; an empty one: keys only."""
    mine = sftp_account.c
    tx.execute(
        sa.update(sftp_account)
        .where(mine.partner_id == account.partner_id, mine.name == account.name)
        .values(password=hashed(password) if password else "")
    )
    _note(tx, account, "sftp.password_changed", now, by=by)


def password_of(tx: sa.Connection, name: str) -> str:
    """What is kept of the account's password; of no account or none: of nobody's."""
    query = sa.select(sftp_account.c.password).where(sftp_account.c.name == name)
    return tx.scalar(query) or _NOBODY


def hashed(password: str) -> str:
    """A password as it is kept: ``scrypt$N$r$p$salt$key``."""
    salt = secrets.token_bytes(16)
    return f"scrypt${_N}${_R}${_P}${_b64(salt)}${_b64(_key(password, salt))}"


def is_password(kept: str, password: str) -> bool:
    """Whether it is the password of which this is kept; takes its time in any case."""
    _, n, r, p, salt, key = kept.split("$")
    found = _key(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(key))


def _key(password: str, salt: bytes, n: int = _N, r: int = _R, p: int = _P) -> bytes:
    text = password.encode("utf-8", "surrogateescape")
    return hashlib.scrypt(text, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _account(tx: sa.Connection, row: sa.Row[tuple[object, ...]]) -> Account:
    keys = sa.select(sftp_key.c.fingerprint).where(
        sftp_key.c.partner_id == row.partner_id, sftp_key.c.account == row.name
    )
    return Account(
        name=row.name,
        partner_id=row.partner_id,
        keys=frozenset(tx.scalars(keys)),
        has_password=bool(row.password),
        sources=tuple(row.sources.split()),
        quota_bytes=row.quota_bytes,
        file_bytes=row.file_bytes,
        sessions=row.sessions,
    )


def _note(
    tx: sa.Connection, account: Account, name: str, now: datetime, **detail: str
) -> None:
    row = event_row(account.partner_id, name, account.name, now, **detail)
    insert_all(tx, event, [row])
