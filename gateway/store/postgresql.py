"""How connections to PostgreSQL are set up, and what its refusals mean."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

KEEPALIVES = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # ms
}
"""A server that is gone is noticed after 25 s, not after hours."""

_SESSION = {
    "idle_in_transaction_session_timeout": "30s",  # a half-dead client keeps no locks
    "idle_session_timeout": "0",  # what rests in the pool is wanted again
    "client_connection_check_interval": "1s",  # a killed client's statement ends
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}

_PID = "SELECT pg_backend_pid()"
_COMMITS = (
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)

PASSING = "SET LOCAL synchronous_commit = off"
"""For a transaction whose commit does not wait for the disk."""

_MIGRATING = int.from_bytes(b"gwmigrat", "big") - 2**63
"""The advisory lock of migrations; any number will do that nobody else takes."""

_CONTENDED = frozenset({"40001", "40P01", "23505"})
"""Serialization failure, deadlock, a key that another transaction took just now."""

_REFUSALS = frozenset({"08", "53", "55", "57", "58", "F0", "XX"})
"""Classes of codes by which the machine refuses: connection, resources, not in this
state, operator intervention, system error, configuration file, internal error."""

_READ_ONLY = "25006"
"""The server became a standby."""

_NO_RIGHT = "42501"
"""The role lost a right: an operator's affair, and no fault of what is processed."""

_IDLED = "25P03"
"""The transaction did nothing for too long. That is a fault of ours or of what is
processed, not of the server: it counts as an attempt."""


class Contended(sa.exc.OperationalError):
    """Another transaction was in the way: nothing was committed, try again at once."""


def engine(
    url: str, *, connections: int, wait_s: float, silence_s: float = 60.0
) -> sa.Engine:
    """Connections to a server, made when they are needed, at most so many.

    A connection on which the server hung up, or that rested for long and does not
    answer, is replaced before a transaction begins on it: a server that was restarted
    costs nobody an error. ``wait_s`` is how long a lock or
    a free connection is waited for, ``silence_s`` how long the server may say nothing.
    """
    made = sa.create_engine(
        url,
        hide_parameters=True,  # they are partners' data; messages reach the log
        pool_size=connections,
        max_overflow=0,
        pool_timeout=wait_s,
        pool_use_lifo=True,  # the one used last has its statements planned
        connect_args={
            "application_name": "gateway",
            "client_encoding": "utf8",
            "connect_timeout": 5,
            **KEEPALIVES,
        },
    )
    event.listen(made, "do_connect", _listening(silence_s))
    event.listen(made, "connect", _setting_up(wait_s))
    event.listen(made, "checkin", _on_checkin)
    event.listen(made, "checkout", _on_checkout)
    return made


_RESTED_S = 5.0
"""After so long at rest a connection is asked whether it lives, in a round trip."""
_USED_AT = "used_at"


def _on_checkin(connection: Any, record: Any) -> None:
    """Note when; whoever takes it next may write where the server lets him.

    Who asks a standby to, as SQLAlchemy does behind one who only read, gets another
    refusal than who writes there: one that looks like a fault of ours.
    """
    record.info[_USED_AT] = time.monotonic()
    if connection is None or connection.closed or connection.read_only is None:
        return
    connection.read_only = None


def _on_checkout(connection: Any, record: Any, _proxy: object) -> None:
    """Have the pool replace a connection that is dead.

    An idle server says nothing unless it hangs up, so the socket tells at once.
    """
    used_at = record.info.get(_USED_AT)
    if used_at is None:
        return  # it was just made
    try:
        bell = select.poll()
        bell.register(connection.fileno(), select.POLLIN)
        if time.monotonic() < used_at + _RESTED_S and not bell.poll(0):
            return
        connection.execute("SELECT 1")
        connection.rollback()
    except connection.OperationalError as dead:
        raise sa.exc.DisconnectionError from dead


def _listening(silence_s: float) -> Callable[..., Any]:
    """Connects; a server that says nothing for so long is given up.

    A machine that is gone is noticed by the keepalives. This is for one that is frozen,
    and for a proxy that passes nothing on: their side of TCP still answers.
    """

    def connect(_dialect: Any, _record: Any, args: Any, options: Any) -> Any:
        from psycopg import Connection, errors  # noqa: PLC0415  # only with a server

        class Listening(Connection[Any]):
            patience_s: float | None = silence_s

            def wait(
                self, gen: Any, interval: float = 0.1, timeout: float | None = None
            ) -> Any:
                if timeout is not None:
                    return super().wait(gen, interval, timeout)
                try:
                    return super().wait(gen, interval, self.patience_s)
                except errors._WaitTimeout:
                    self.pgconn.finish()  # nobody knows what it was doing
                    what = f"the server said nothing for {self.patience_s} s"
                    raise errors.OperationalError(what) from None

        return Listening.connect(*args, **options)

    return connect


@contextmanager
def patient(tx: sa.Connection) -> Iterator[None]:
    """Let the server be silent as long as it needs."""
    connection: Any = tx.connection.driver_connection
    before, connection.patience_s = connection.patience_s, None
    tx.exec_driver_sql("SET LOCAL statement_timeout = 0")  # the role's
    try:
        yield
    finally:
        connection.patience_s = before


def reading(writer: sa.Engine) -> sa.Engine:
    """The same connections for transactions that see one state and cannot write."""
    return writer.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )


def reads_only(tx: sa.Connection) -> bool:
    """Whether this transaction began as one of ``reading``."""
    return bool(tx.get_execution_options().get("postgresql_readonly"))


def copy(
    tx: sa.Connection,
    table: sa.Table,
    names: Iterable[str],
    rows: Iterable[Sequence[object]],
) -> None:
    """Insert all rows in one stream: a third of what one statement for each costs."""
    from psycopg import Error  # noqa: PLC0415  # only with a server

    quoted = tx.dialect.identifier_preparer.quote
    text = f"COPY {quoted(table.name)} ({', '.join(map(quoted, names))}) FROM STDIN"
    connection: Any = tx.connection.driver_connection
    try:
        with connection.cursor() as cursor, cursor.copy(text) as stream:
            for row in rows:
                stream.write_row(row)
    except Error as refused:
        lost = bool(connection.broken)
        raise sa.exc.DBAPIError(text, None, refused, connection_invalidated=lost) from (
            refused
        )


def wait_for_migrations(tx: sa.Connection) -> None:
    """Let nodes that start together change the tables one after the other."""
    tx.exec_driver_sql("SET LOCAL lock_timeout = 0")
    tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")


_TAKES_ALL = ("UTF8", "SQL_ASCII")
"""The second one keeps our bytes as they are, and makes no letters of them."""


def demand_every_text(tx: sa.Connection) -> None:
    """Make no tables that do not take every text of a partner."""
    encoding = tx.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding not in _TAKES_ALL:
        what = f"its encoding is {encoding}: make one with createdb --encoding=UTF8"
        raise sa.exc.OperationalError("", None, Exception(what))


_POOLED = "pooled"
"""Whether the server's process is another than the one that the connection named."""
_TRIES = 3
_NO_SESSIONS = (
    "a pooler gives each transaction another session, to which locks and prepared"
    " statements belong: set pool_mode=session in it"
)


def demand_sessions(made: sa.Engine) -> None:
    """Refuse a pooler that lends its connections for a transaction only."""
    with made.connect() as connection:
        if not connection.info[_POOLED]:
            return
    with made.connect() as one, made.connect() as other:
        for each in (one, other):
            each.detach()  # so they count for nobody's
        for _ in range(_TRIES):
            mine = _process(one)
            one.rollback()
            theirs = _process(other)  # it keeps its transaction meanwhile
            if mine == theirs or mine != _process(one):
                raise sa.exc.OperationalError("", None, Exception(_NO_SESSIONS))
            one.rollback()
            other.rollback()


def _process(connection: sa.Connection) -> int:
    return int(connection.exec_driver_sql(_PID).scalar_one())


def meaning(refused: sa.exc.DBAPIError) -> sa.exc.DBAPIError:
    """The exception by what is to be done: try again, wait for the server, or mend."""
    state = getattr(refused.orig, "sqlstate", None) or ""
    told = (refused.statement, refused.params, refused.orig or refused)
    if state in _CONTENDED:
        return Contended(*told, hide_parameters=True)
    if state == _IDLED:
        return refused
    is_refusal = state[:2] in _REFUSALS or state in (_READ_ONLY, _NO_RIGHT)
    if is_refusal or refused.connection_invalidated:
        return sa.exc.OperationalError(*told, hide_parameters=True)
    return refused


def _setting_up(wait_s: float) -> Callable[[Any, Any], None]:
    """What a session needs before anybody uses it.

    Told in a statement: a pooler such as PgBouncer refuses a connection that begins
    with ``options``.
    """
    session = _SESSION | {"lock_timeout": f"{int(wait_s * 1000)}ms"}
    told = (
        f"set_config('{name}', '{value}', false)" for name, value in session.items()
    )
    text = f"{_PID}, {', '.join(told)}; {_COMMITS}"

    def on_connect(connection: Any, record: Any) -> None:
        from psycopg.adapt import Dumper  # noqa: PLC0415  # only with a server

        class WithoutNul(Dumper):
            """Text as UTF-8; PostgreSQL has no NUL in it: its picture stands there."""

            def dump(self, obj: str) -> bytes:
                data = obj.encode()
                return data.replace(b"\0", _PICTURE_OF_NUL) if b"\0" in data else data

        connection.adapters.register_dumper(str, WithoutNul)
        (process, *_) = connection.execute(text).fetchone()
        connection.commit()
        record.info[_POOLED] = process != connection.info.backend_pid

    return on_connect


_PICTURE_OF_NUL = "\N{SYMBOL FOR NULL}".encode()
