"""What a line means is the same however few of its numbers the store looked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.catalog.keys import Prices, asked
from gateway.catalog.model import Contract, Item, UnitFactor
from gateway.catalog.resolve import resolve
from gateway.config import Settings
from gateway.order import model as order_model
from gateway.pipeline.world import Wants
from gateway.store.catalog import save
from gateway.store.database import Database
from gateway.store.world import look_up

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SKUS = ("A1", "a-1", "A2")
PARTS = ("771", "0771")
GTINS = ("012345678905", "01234567890")
MAKERS = ("Hexa", "Octa")


def some(of: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(of), max_size=2, unique=True).map(tuple)


@st.composite
def price_lists(draw: st.DrawFn) -> tuple[Item, ...]:
    """Items of one or two contracts that share many numbers."""
    items = []
    for contract_id in draw(st.sampled_from((("C1",), ("C1", "C2")))):
        for sku in draw(st.permutations(("A1", "A2"))):
            one = Item(
                contract_id=contract_id,
                sku=sku,
                base_unit="EA",
                units=(UnitFactor("EA", Fraction(1), "EA"),),
                buyer_parts=draw(some(PARTS)),
                cross_refs=draw(some(PARTS)),
                gtins=draw(some(GTINS)),
                mfr_part=draw(st.sampled_from(("", "HX-16"))),
                mfr=draw(st.sampled_from(MAKERS)),
            )
            items.append(one)
    return tuple(items)


def maybe(of: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(("", *of))


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database in which every price list is that of another partner."""
    db = Database.open(Settings(home=tmp_path_factory.mktemp("lists")))
    db.migrate()
    yield db
    db.close()


_NAMES = count()


SENT = st.builds(
    order_model.Item,
    supplier_sku=maybe(SKUS),
    buyer_part=maybe(PARTS),
    gtin=maybe(GTINS),
    mfr_part=maybe(("HX-16", "hx16")),
    mfr=st.sampled_from(MAKERS),
)


@dataclass(frozen=True, slots=True)
class Saved:
    contracts: tuple[Contract, ...]
    items: tuple[Item, ...]


LACKS_CHECK_DIGIT = Item(
    contract_id="C1",
    sku="A2",
    base_unit="EA",
    units=(UnitFactor("EA", Fraction(1), "EA"),),
    gtins=("01234567890",),
)


@example(
    (LACKS_CHECK_DIGIT,),
    [
        order_model.Item(gtin="012345678905", mfr="Hexa"),
        order_model.Item(gtin="01234567890", mfr="Hexa"),
    ],
)
@given(price_lists(), st.lists(SENT, min_size=1, max_size=6))
@settings(max_examples=150)
def test_the_store_answers_as_the_whole_list_would(
    db: Database, items: tuple[Item, ...], sent: list[order_model.Item]
):
    partner = f"p{next(_NAMES)}"
    contracts = tuple(
        Contract(
            id=name,
            number=name,
            currency="USD",
            valid_from=date(2026, 1, 1),
            partner_id=partner,
        )
        for name in sorted({one.contract_id for one in items})
    )
    wants = Wants(items={partner: frozenset(filter(None, map(asked, sent)))})
    save(db, partner, Saved(contracts, items), NOW)
    with db.read() as tx:
        found = look_up(tx, wants, NOW).prices[partner]
    whole = Prices.of(contracts, items)
    for one in sent:
        for among in (contracts, contracts[:1], contracts[1:]):
            assert resolve(one, found, among) == resolve(one, whole, among)
