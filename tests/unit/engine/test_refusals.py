"""What a database refuses is told in its words, with what to do about it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from gateway.engine.refusals import refusal


class Said(Exception):
    sqlstate: str | None = None


@pytest.mark.parametrize(
    ("state", "words", "todo"),
    [
        ("42501", "permission denied for table x", "own the database"),
        ("25006", "cannot execute DELETE in a read-only transaction", "primary"),
        ("42P01", 'relation "outbox" does not exist', "restore a backup"),
        ("53300", "sorry, too many clients already", "max_connections"),
        (None, 'FATAL:  password authentication failed for user "g"', "password"),
        (None, "no pg_hba.conf entry for host, no encryption", "sslmode=require"),
        (None, 'FATAL:  database "nope" does not exist', "Make it"),
        (None, "canceling statement due to statement timeout", "role"),
        (None, 'root certificate file "/x" does not exist', "sslrootcert"),
        (None, "SSL error: certificate verify failed", "sslrootcert"),
        (None, "no such table: outbox", "restore a backup"),
        (None, "database disk image is malformed", "gateway restore"),
        (None, "database or disk is full", "Make room"),
        (None, "attempt to write a readonly database", "user of the gateway"),
        (None, "connection refused", "Look whether it runs"),
    ],
)
def test_it_is_told_with_what_to_do(state: str | None, words: str, todo: str):
    said = Said(f"{words}\nDETAIL: (4711, 'secret')")
    said.sqlstate = state

    what, fix = refusal(sa.exc.OperationalError("SELECT 1", {}, said))

    assert what == words
    assert todo in fix
