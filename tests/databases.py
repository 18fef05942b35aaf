"""The databases that tests run on: SQLite files, and a PostgreSQL of their own.

The PostgreSQL is the server of ``$TEST_DATABASE_URL``, else one that is started from
the system's programs for this test process and has no network port. Where there is
neither, its tests are skipped, and fail with ``CI=true``.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from signal import SIGINT, SIGQUIT

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.store.database import Database
from gateway.store.tables import metadata
from tests.missing import missing

SQLITE, POSTGRESQL = "sqlite", "postgresql"
BOTH = (SQLITE, POSTGRESQL)

DEBIAN = Path("/usr/lib/postgresql")
PATIENCE_S = 60.0
_QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
_SMALL = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "max_connections": "200",
    "autovacuum_naptime": "10s",
    "timezone": "UTC",
}


def programs() -> Path | None:
    """The folder with ``initdb`` and ``postgres``; the newest that is installed."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    if DEBIAN.is_dir():
        versions = [one for one in DEBIAN.iterdir() if one.name.isdecimal()]
        versions.sort(key=lambda one: int(one.name), reverse=True)
        folders += [one / "bin" for one in versions]
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def _user() -> str | None:
    """Who runs the server: ``initdb`` refuses root."""
    if os.geteuid() != 0:
        return None
    known = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@dataclass
class Cluster:
    """A PostgreSQL server below ``/tmp`` that listens on a Unix socket only.

    ``quick`` is without any waiting for the disk; what a killed server must still
    have needs a cluster that is not.
    """

    bin: Path
    quick: bool = True
    environment: dict[str, str] = field(default_factory=dict)
    """What the server has in its environment beside ours."""
    folder: Path = field(init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gwpg-", dir="/tmp"))
        self._as: dict[str, object] = {}
        user = _user()
        if user is not None:
            entry = pwd.getpwnam(user)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
            self._as = {"user": entry.pw_uid, "group": entry.pw_gid}
            self._as["extra_groups"] = []
        made = self._run(
            self.bin / "initdb",
            *("-D", self.folder / "data", "-U", "gateway", "-A", "trust", "-N"),
            *("-E", "UTF8", "--locale=C"),
        )
        assert made.wait(PATIENCE_S) == 0, self.log()

    def start(self) -> None:
        """Run the server and wait until it answers."""
        options = _SMALL | {"unix_socket_directories": str(self.folder)}
        options |= _QUICK if self.quick else {}
        words = [f"-c{name}={value}" for name, value in options.items()]
        data = self.folder / "data"
        self._process = self._run(self.bin / "postgres", "-D", data, *words)
        until = time.monotonic() + PATIENCE_S
        while not self.answers():
            assert time.monotonic() < until, self.log()
            assert self._process.poll() is None, self.log()
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether somebody can log in."""
        try:
            with self.admin() as connection:
                connection.exec_driver_sql("SELECT 1")
        except sa.exc.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """End the server as an operator does; ``start`` runs it again."""
        assert self._process is not None
        self._process.send_signal(SIGINT)
        self._process.wait(PATIENCE_S)

    def wait_or_start(self) -> None:
        """Wait for a server that recovers, or start one that has ended."""
        until = time.monotonic() + PATIENCE_S
        while not self.answers():
            assert time.monotonic() < until, self.log()
            if self._process is None or self._process.poll() is not None:
                self.start()
            time.sleep(0.1)

    def kill(self) -> None:
        """End the server and its processes as a power cut would."""
        assert self._process is not None
        children = f"/proc/{self._process.pid}/task/{self._process.pid}/children"
        numbers = [int(number) for number in Path(children).read_text().split()]
        self._process.kill()
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, 9)
        self._process.wait(PATIENCE_S)

    @property
    def process(self) -> int:
        """The number of the server's first process."""
        assert self._process is not None
        return self._process.pid

    def remove(self) -> None:
        """End the server and delete what it has."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(SIGQUIT)
            self._process.wait(PATIENCE_S)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql+psycopg://gateway@/{database}?host={self.folder}"

    @contextlib.contextmanager
    def admin(self) -> Iterator[sa.Connection]:
        """A connection that may make databases."""
        with _admin(self.url()) as connection:
            yield connection

    def log(self) -> str:
        """What the server said."""
        return (self.folder / "log").read_text(errors="replace")

    def _run(self, *words: object) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # user
                [str(word) for word in words],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                **self._as,
            )


@contextlib.contextmanager
def _admin(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


@cache
def _emptying() -> str:
    """The statements that delete all rows."""
    return "; ".join(str(table.delete()) for table in metadata.tables.values())


@dataclass
class Server:
    """A PostgreSQL with a database of this process, emptied for each test."""

    url: str
    _name: str = field(default_factory=lambda: f"gwtest_{os.getpid()}")
    _numbers: Iterator[int] = field(default_factory=count)
    _broom: sa.Engine = field(init=False)

    def __post_init__(self) -> None:
        self._broom = sa.create_engine(
            self._at(self._name),
            isolation_level="AUTOCOMMIT",
            pool_size=1,
            pool_pre_ping=True,
        )

    @property
    def emptied(self) -> str:
        """The address of a database with empty tables, for one test at a time.

        Deleting a few rows takes milliseconds, copying a database a second. The
        session for it stays: one that is new takes 15 ms to know all tables.
        """
        url = self._at(self._name)
        with self._broom.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.exec_driver_sql(_emptying())
        return url

    def at(self) -> str:
        """The address of that database as it is."""
        return self._at(self._name)

    def make(self, home: Path) -> None:
        """The database with its tables."""
        self.drop(self._name)
        with _admin(self.url) as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {self._name}")
        db = Database.open(Settings(home=home, database_url=self._at(self._name)))
        db.migrate()
        db.close()

    @contextlib.contextmanager
    def new(self) -> Iterator[str]:
        """The address of a new database without any tables."""
        name = f"{self._name}_{next(self._numbers)}"
        with _admin(self.url) as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield self._at(name)
        finally:
            self.drop(name)

    def remove(self) -> None:
        """Take the database away."""
        self._broom.dispose()
        self.drop(self._name)

    def drop(self, name: str) -> None:
        """Take a database away, whoever uses it."""
        with _admin(self.url) as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _at(self, name: str) -> str:
        url = sa.make_url(self.url).set(database=name)
        return url.render_as_string(hide_password=False)


def cluster(*, quick: bool = True) -> Cluster:
    """A new server, running; the test is skipped, or fails in CI, without one."""
    found = programs()
    if found is None:
        missing("there is neither $TEST_DATABASE_URL nor an initdb of PostgreSQL")
    made = Cluster(found, quick=quick)
    try:
        made.start()
    except BaseException:
        made.remove()
        raise
    return made


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The PostgreSQL of this test process."""
    with contextlib.ExitStack() as at_the_end:
        url = os.environ.get("TEST_DATABASE_URL", "")
        if not url:
            ours = cluster()
            at_the_end.callback(ours.remove)
            url = ours.url()
        found = Server(url)
        found.make(tmp_path_factory.mktemp("server"))
        at_the_end.callback(found.remove)
        yield found


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with a SQLite database that has the tables."""
    home = tmp_path_factory.mktemp("migrated")
    db = Database.open(Settings(home=home))
    db.migrate()
    db.close()
    return home


@pytest.fixture(params=BOTH)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on. Parametrize it to have one of them only."""
    return str(request.param)


@pytest.fixture
def settings(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Settings of a fresh database with the tables."""
    home = tmp_path / "home"
    if kind == SQLITE:
        shutil.copytree(request.getfixturevalue("migrated"), home)
        return Settings(home=home, payload_inline_bytes=1000)
    home.mkdir()
    server: Server = request.getfixturevalue("server")
    return Settings(home=home, database_url=server.emptied, payload_inline_bytes=1000)


@pytest.fixture
def db(settings: Settings) -> Iterator[Database]:
    """A fresh database with the tables."""
    database = Database.open(settings)
    yield database
    database.close()
