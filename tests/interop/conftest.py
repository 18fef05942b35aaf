"""A gateway's home with a partner and its contract, and an order of that partner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.store import catalog, profiles
from gateway.store.database import Database
from tests.begun import give_tables

BUYER = Path(__file__).resolve().parents[2] / "partner_profiles" / "st-brendan-health"


@pytest.fixture(scope="session")
def order() -> str:
    """An order that is accepted as it is; interchange 000058200, goods in a month."""
    text = (BUYER / "samples" / "good-small.edi").read_text()
    due = datetime.now(UTC) + timedelta(days=30)
    return text.replace("DTM|002|20261207", f"DTM|002|{due:%Y%m%d}")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the database, the partner's profile, its contract and folders."""
    prepare(Settings(home=tmp_path))
    return tmp_path


def prepare(settings: Settings) -> None:
    """Make a gateway that knows the partner."""
    give_tables(settings)
    db = Database.open(settings)
    now = datetime.now(UTC) - timedelta(seconds=1)
    with db.begin() as tx:
        profiles.apply(tx, BUYER.name, (BUYER / "profile.yaml").read_text(), now)
    contract = read_csv((BUYER / "catalog.csv").read_text(), "catalog.csv")
    catalog.save(db, BUYER.name, contract, now)
    db.close()
    (settings.home / "partners" / BUYER.name / "in").mkdir(parents=True)


@pytest.fixture
def buyer(home: Path) -> Path:
    """The partner's exchange folder."""
    return home / "partners" / BUYER.name
