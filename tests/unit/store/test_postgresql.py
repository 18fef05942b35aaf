from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.store import counters, driver, postgresql
from gateway.store.database import Contended, Database, Unavailable
from gateway.store.journal import event_row
from gateway.store.sql import insert_all
from gateway.store.tables import event, metadata, price_list
from tests.databases import POSTGRESQL, Server

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def kind() -> str:
    return POSTGRESQL


@pytest.fixture
def other(settings: Settings) -> Iterator[Database]:
    database = Database.open(settings)
    yield database
    database.close()


def show(db: Database, name: str) -> str:
    with db.begin() as tx:
        return str(tx.exec_driver_sql(f"SHOW {name}").scalar())


def insert(tx: sa.Connection, n: int) -> None:
    tx.execute(
        sa.insert(price_list).values(
            partner_id="p", n=n, contract_id="c", state="x", created_at=NOW
        )
    )


def test_two_nodes_that_start_at_once_make_the_tables_once(
    server: Server, tmp_path: Path
):
    with server.new() as url:
        nodes = [
            Database.open(Settings(home=tmp_path, database_url=url)) for _ in range(4)
        ]
        with ThreadPoolExecutor(len(nodes)) as pool:
            list(pool.map(Database.migrate, nodes))
        with nodes[0].read() as tx:
            names = set(sa.inspect(tx).get_table_names())
        for node in nodes:
            node.close()

    assert names == {*metadata.tables, "alembic_version"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("idle_in_transaction_session_timeout", "30s"),
        ("client_connection_check_interval", "1s"),
        ("synchronous_commit", "on"),  # the server of the tests has it off
        ("lock_timeout", "30s"),
        ("client_encoding", "UTF8"),
    ],
)
def test_a_session_is_set_up(db: Database, name: str, value: str):
    assert show(db, name) == value


def test_a_reader_sees_one_state(db: Database):
    count = sa.select(sa.func.count()).select_from(price_list)
    with db.read() as tx:
        before = tx.execute(count).scalar()
        with db.begin() as other:
            insert(other, 1)
        assert tx.execute(count).scalar() == before


def test_nul_in_a_text_is_kept_as_its_picture(db: Database):
    with db.begin() as tx:
        insert_all(tx, event, [event_row("p", "a\0b", "r\0", NOW)])

    with db.read() as tx:
        names = tx.execute(sa.select(event.c.name).where(event.c.ref == "r\0"))
        assert names.scalars().all() == ["a\N{SYMBOL FOR NULL}b"]


def test_a_key_that_another_took_is_contention(db: Database):
    with db.begin() as tx:
        insert(tx, 1)

    with pytest.raises(Contended), db.begin() as tx:
        insert(tx, 1)


def test_two_who_wait_for_each_other_are_contention(db: Database, other: Database):
    with db.begin() as tx:
        insert(tx, 1)
        insert(tx, 2)
    both = threading.Barrier(2)
    outcomes: list[str] = []

    def update(its: Database, first: int, then: int) -> None:
        try:
            with its.begin() as tx:
                for n in (first, then):
                    tx.execute(
                        sa.update(price_list)
                        .where(price_list.c.n == n)
                        .values(state=str(first))
                    )
                    if n == first:
                        both.wait(10)
            outcomes.append("done")
        except Contended:
            outcomes.append("contended")

    threads = [
        threading.Thread(target=update, args=(db, 1, 2)),
        threading.Thread(target=update, args=(other, 2, 1)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["contended", "done"]


def test_a_session_that_the_server_ended_is_unavailability(db: Database):
    with pytest.raises(Unavailable) as told, db.begin() as tx:
        tx.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    assert not isinstance(told.value, Contended)
    assert show(db, "transaction_read_only") == "off"


def test_a_session_that_ended_under_a_statement_of_ours_is_not_used_again(db: Database):
    end = "SELECT pg_terminate_backend(pg_backend_pid())"
    with db.begin() as tx:
        before = driver.fetched(tx, "SELECT pg_backend_pid()", ())
    with pytest.raises(Unavailable), db.begin() as tx:
        driver.fetched(tx, end, ())

    with db.begin() as tx:
        assert driver.fetched(tx, "SELECT pg_backend_pid()", ()) != before


def test_a_connection_that_the_server_ended_at_rest_is_replaced(
    db: Database, other: Database
):
    with db.begin() as tx:
        ours = tx.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with other.begin() as tx:
        tx.exec_driver_sql(f"SELECT pg_terminate_backend({ours}, 5000)")

    with db.begin() as tx:
        now = tx.exec_driver_sql("SELECT pg_backend_pid()").scalar()

    assert now != ours


def test_a_transaction_that_idles_too_long_is_ended(db: Database):
    def idle() -> None:
        with db.begin() as tx:
            tx.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 50")
            threading.Event().wait(0.5)
            insert(tx, 1)

    with pytest.raises(sa.exc.DBAPIError) as told:
        idle()

    assert not isinstance(told.value, Unavailable)
    assert show(db, "lock_timeout") == "30s"


def test_no_free_connection_is_unavailability(settings: Settings):
    few = settings.model_copy(
        update={"database_connections": 4, "busy_timeout_s": 0.05}
    )
    db = Database.open(few)
    held = [db.session() for _ in range(2)]  # those do not count
    with db.begin(), db.begin(), db.begin(), db.begin(), pytest.raises(Unavailable):
        show(db, "lock_timeout")
    for session in held:
        session.close()
    db.close()


def test_a_server_that_is_not_there_is_unavailability(tmp_path: Path):
    url = f"postgresql+psycopg://nobody@/nothing?host={tmp_path}"
    db = Database.open(Settings(home=tmp_path, database_url=url))

    with pytest.raises(Unavailable):
        db.migrate()
    db.close()


@contextmanager
def closing_at_the_end(server: Server, name: str) -> Iterator[sa.Connection]:
    """A connection that may make this database, which is dropped at the end."""
    engine = sa.create_engine(
        server.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as admin:
        yield admin
    server.drop(name)


def test_a_right_that_was_taken_away_is_unavailability(db: Database):
    def write() -> None:
        with db.begin() as tx:
            tx.exec_driver_sql("SET LOCAL ROLE pg_read_all_stats")
            tx.exec_driver_sql("DELETE FROM worker")

    with pytest.raises(Unavailable, match="permission denied"):
        write()


@contextmanager
def encoded(server: Server, tmp_path: Path, encoding: str) -> Iterator[Database]:
    """A database of its own in this encoding, without tables."""
    name = f"gwtest_{encoding.lower()}_{os.getpid()}"
    url = sa.make_url(server.url).set(database=name)
    with closing_at_the_end(server, name) as admin:
        admin.exec_driver_sql(
            f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C'"
            " TEMPLATE template0"
        )
        text = url.render_as_string(hide_password=False)
        with closing(Database.open(Settings(home=tmp_path, database_url=text))) as db:
            yield db


def test_no_tables_are_made_where_not_every_text_can_be_kept(
    server: Server, tmp_path: Path
):
    with encoded(server, tmp_path, "LATIN1") as db:
        with pytest.raises(Unavailable, match="encoding is LATIN1"):
            db.migrate()
        with db.read() as tx:
            names = sa.inspect(tx).get_table_names()

    assert names == []


def test_an_encoding_that_keeps_bytes_as_they_are_keeps_every_text(
    server: Server, tmp_path: Path
):
    row = event_row("acme", "message.sent", "łódź", NOW)
    with encoded(server, tmp_path, "SQL_ASCII") as db:
        db.migrate()
        with db.begin() as tx:
            insert_all(tx, event, [row])
        with db.read() as tx:
            kept = tx.execute(sa.select(event.c.ref)).scalar_one()

    assert kept == "łódź"


def test_what_is_our_own_mistake_stays_what_it_is(db: Database):
    with pytest.raises(sa.exc.ProgrammingError), db.begin() as tx:
        tx.exec_driver_sql("SELECT nothing FROM nowhere")


def test_concurrent_allotments_neither_skip_nor_repeat_a_number(
    db: Database, other: Database
):
    def take(n: int) -> list[int]:
        with (db if n % 2 else other).begin() as tx:
            return [each.interchange for each in counters.allot(tx, "p", "s", [1, 2])]

    with ThreadPoolExecutor(8) as pool:
        taken = [number for numbers in pool.map(take, range(50)) for number in numbers]

    assert sorted(taken) == list(range(1, 101))


def test_many_rows_come_in_as_they_are(db: Database):
    texts = ["", "a\tb", "a\nb", "\\N", "\\.", "a\\b", 'q"', "\N{SNOWMAN}", "a\0b"] * 3
    rows = [event_row("p", text, "r", NOW) for text in texts]
    with db.begin() as tx:
        insert_all(tx, event, rows)

    with db.read() as tx:
        found = tx.execute(sa.select(event).order_by(event.c.id)).mappings().all()
    picture = "\N{SYMBOL FOR NULL}"
    assert [row["name"] for row in found] == [t.replace("\0", picture) for t in texts]
    assert {row["at"] for row in found} == {NOW}


def test_a_key_that_another_took_is_contention_for_many_rows_too(db: Database):
    rows = [event_row("p", "n", "r", NOW) for _ in range(10)]
    with db.begin() as tx:
        insert_all(tx, event, rows)

    with pytest.raises(Contended), db.begin() as tx:
        insert_all(tx, event, rows)


def test_only_transactions_that_read_say_so(db: Database):
    with db.read() as tx:
        assert postgresql.reads_only(tx)
    with db.begin() as tx:
        assert not postgresql.reads_only(tx)


def test_options_in_the_address_are_those_of_the_session(
    server: Server, tmp_path: Path
):
    joined = "&" if "?" in server.at() else "?"
    url = f"{server.at()}{joined}options=-cwork_mem%3D7MB"
    with closing(Database.open(Settings(home=tmp_path, database_url=url))) as db:
        assert show(db, "work_mem") == "7MB"
        assert show(db, "lock_timeout") == "30s"


@contextmanager
def behind_a_pooler(url: str, pool: type[sa.Pool]) -> Iterator[sa.Engine]:
    """Connections whose server says that it is another process than they think."""
    made = sa.create_engine(url, poolclass=pool)

    def mark(_connection: object, record: Any) -> None:
        record.info["pooled"] = True

    sa.event.listen(made, "connect", mark)
    yield made
    made.dispose()


def test_a_pooler_that_lends_sessions_is_taken(server: Server):
    with behind_a_pooler(server.at(), sa.QueuePool) as made:
        postgresql.demand_sessions(made)


def test_a_pooler_that_lends_transactions_is_refused(server: Server):
    with (
        behind_a_pooler(server.at(), sa.StaticPool) as made,
        pytest.raises(Unavailable, match="pool_mode=session"),
    ):
        postgresql.demand_sessions(made)


def test_a_session_without_a_pooler_is_known_as_one(db: Database):
    with db.read() as tx:
        assert tx.info["pooled"] is False


def test_a_role_that_may_only_take_a_moment_may_still_migrate(
    server: Server, tmp_path: Path
):
    with server.new() as url:
        name = sa.make_url(url).database
        with sa.create_engine(url, isolation_level="AUTOCOMMIT").connect() as admin:
            admin.exec_driver_sql(f"ALTER DATABASE {name} SET statement_timeout = 20")
            admin.detach()
        with closing(Database.open(Settings(home=tmp_path, database_url=url))) as db:
            with db.begin() as tx, postgresql.patient(tx):
                tx.exec_driver_sql("SELECT pg_sleep(0.1)")
            assert show(db, "statement_timeout") == "20ms"


def test_who_writes_after_a_reader_asks_no_server_to_let_him(
    server: Server, tmp_path: Path
):
    joined = "&" if "?" in server.at() else "?"
    url = f"{server.at()}{joined}options=-cdefault_transaction_read_only%3Don"
    with closing(Database.open(Settings(home=tmp_path, database_url=url))) as db:
        with db.read() as tx:
            tx.exec_driver_sql("SELECT 1")
        with pytest.raises(Unavailable), db.begin() as tx:
            insert(tx, 1)
