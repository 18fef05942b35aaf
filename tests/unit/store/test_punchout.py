"""Punch-out sessions as rows, on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from gateway.cxml_punchout.basket import BasketLine, Wish
from gateway.cxml_punchout.credentials import Credential, Header
from gateway.cxml_punchout.forms import ReturnForm
from gateway.cxml_punchout.kept import Basket
from gateway.cxml_punchout.session import Operation, Session, State
from gateway.engine.punchout_return import Returned
from gateway.findings import Finding
from gateway.safexml.markup import element
from gateway.store import punchout, retention
from gateway.store.database import Database
from gateway.store.punchout import Kept
from gateway.store.tables import event, punchout_session
from tests.unit.engine.test_punchout import Shop, lines, shop
from tests.unit.store.rounds import NOW

__all__ = ["shop"]

LINE = BasketLine(
    n=3,
    sku="SH-100",
    quantity=Decimal("2.50"),
    unit="EA",
    mark="ses_1-1-x",
    notices=(Finding.of("CXM-211", "line 1 is not from a cart of this user"),),
)
KEPT = Kept(
    session=Session(
        id="ses_1",
        partner_id="acme",
        operation=Operation.EDIT,
        state=State.RETURNED,
        user="ann",
        started_at=NOW,
        opened_at=NOW,
        ends_at=None,
    ),
    wish=Wish(
        operation=Operation.EDIT,
        user="ann",
        test=True,
        return_url="https://buyer.example/",
        contract="C-1",
        cookie=element("BuyerCookie", element("a", "1 & é", b="2")),
        header=Header(
            from_=(Credential(domain="NetworkID", identity="AN01"),),
            to=(Credential(domain="DUNS", identity="7", type="marketplace"),),
        ),
        selected="SH-100",
    ),
    allowed="inspect",
    basket=Basket((LINE,), 3),
    key_sum="ab" * 32,
    entered_by="path",
    returned=ReturnForm(action="https://buyer.example/", fields=(("a", "1"),)),
)


def insert(db: Database, *sessions: Kept) -> None:
    with db.begin() as tx:
        punchout.insert(tx, map(punchout.rows_of, sessions))


def like(id_: str, **changes: Any) -> Kept:
    return replace(KEPT, session=replace(KEPT.session, id=id_, **changes))


def ids(db: Database) -> list[str]:
    with db.read() as tx:
        query = sa.select(punchout_session.c.id).order_by(punchout_session.c.id)
        return list(tx.execute(query).scalars())


def test_a_session_comes_back_as_it_was_kept(db: Database):
    insert(db, KEPT)

    with db.read() as tx:
        assert punchout.find(tx, "ses_1") == KEPT
        assert punchout.find(tx, "ses_2") is None


def test_the_key_of_tokens_is_made_once(db: Database):
    first = punchout.key_of(db, NOW)

    assert len(first) == 32
    assert punchout.key_of(db, NOW) == first


def test_only_carts_of_the_partner_that_went_back_are_opened_again(db: Database):
    shopping = like("ses_2", state=State.SHOPPING, ends_at=NOW)
    theirs = like("ses_3", partner_id="other")
    insert(db, KEPT, shopping, theirs)

    with db.read() as tx:
        found = punchout.carts(tx, "acme", ["ses_1", "ses_2", "ses_3"])

    assert list(found) == ["ses_1"]
    assert (found["ses_1"].user, found["ses_1"].lines) == ("ann", (LINE,))


def test_what_is_over_time_is_closed_and_told(db: Database):
    late = like("ses_2", state=State.ASKED, ends_at=NOW)
    open_ = like("ses_3", state=State.SHOPPING, ends_at=NOW + timedelta(hours=1))
    insert(db, KEPT, late, open_)

    with db.begin() as tx:
        assert punchout.is_overdue(tx, NOW)
        assert punchout.overdue(tx, NOW, 10) == 1
        assert not punchout.is_overdue(tx, NOW)
        closed = punchout.find(tx, "ses_2")
        query = sa.select(event.c.ref).where(event.c.name == "punchout.closed")
        assert list(tx.execute(query).scalars()) == ["ses_2"]

    assert closed is not None
    assert closed.session.state is State.CLOSED


def test_sessions_that_are_over_are_deleted_with_the_messages(db: Database):
    open_ = like("ses_2", state=State.SHOPPING, ends_at=NOW)
    insert(db, KEPT, open_)
    later = NOW + timedelta(days=3)

    def run(*, is_trial: bool) -> None:
        days = retention.Days(messages=2)
        retention.Retention(db, days, later, is_trial=is_trial).run()

    run(is_trial=True)
    assert ids(db) == ["ses_1", "ses_2"]
    run(is_trial=False)
    assert ids(db) == ["ses_2"]


def test_a_session_is_lived_through(shop: Shop):
    visit = shop.with_lines(("SH-100", "2"), ("GL-220", "1"))

    back = shop.sessions.give_back(visit, "cart", visit.session.started_at)

    assert isinstance(back, Returned)
    again = shop.seen(visit.id)
    assert again.returned == back.form
    assert lines(again) == lines(visit)
