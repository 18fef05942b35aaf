"""The revision of the tables is told without Alembic, and as Alembic would."""

from __future__ import annotations

import sys
from subprocess import run

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from gateway.store import revisions
from gateway.store.database import Database


def test_the_newest_revision_is_the_head_of_alembic():
    config = Config()
    config.set_main_option("script_location", str(revisions.MIGRATIONS))

    head = ScriptDirectory.from_config(config).get_current_head()

    assert revisions.newest() == head


def test_the_revision_of_the_tables_is_that_of_alembic(db: Database):
    with db.begin() as tx:
        told = MigrationContext.configure(tx).get_current_revision()

        assert revisions.current(tx) == told == revisions.newest()


def test_a_database_without_tables_has_no_revision():
    with sa.create_engine("sqlite://").begin() as tx:
        assert revisions.current(tx) == ""


def test_a_gateway_whose_tables_are_current_starts_without_alembic(db: Database):
    code = (
        "import sys; from gateway.store.database import Database\n"
        "from gateway.store.payloads import Payloads; from pathlib import Path\n"
        f"Database({db.url!r}, Payloads(Path('x'), 1)).migrate()\n"
        "print('alembic' in sys.modules)"
    )

    told = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"
