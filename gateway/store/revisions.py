"""Which revision the tables have, and which one this version works with.

Asked at every start, so without Alembic, which takes a tenth of a second to read.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

MIGRATIONS = Path(__file__).parent / "migrations"
_CURRENT = sa.text("SELECT version_num FROM alembic_version")


def current(tx: sa.Connection) -> str:
    """The revision of the tables; empty: there are none."""
    if not sa.inspect(tx).has_table("alembic_version"):
        return ""
    return str(tx.scalar(_CURRENT) or "")


def newest() -> str:
    """The revision that this version works with: the files are called ``v0001_...``."""
    names = (file.name for file in (MIGRATIONS / "versions").glob("v[0-9]*.py"))
    return max(names)[1:].partition("_")[0]
