"""Sessions: who may enter, what lies in the basket, what goes back, and how often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.bootstrap import tables
from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.cxml_punchout.basket import (
    BasketLine,
    ShopLine,
    Visit,
    Wish,
    added,
    with_quantity,
)
from gateway.cxml_punchout.cart import Cart
from gateway.cxml_punchout.cart_read import read_cart
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.forms import ReturnForm, read_form
from gateway.cxml_punchout.session import Operation, State
from gateway.cxml_punchout.setup import SetupItem
from gateway.engine import Engine
from gateway.engine.punchout import Opened, PunchOut
from gateway.engine.punchout_return import Returned
from gateway.findings import Finding, Findings
from gateway.partner import Directory
from gateway.pipeline.rules import Rules
from gateway.safexml.markup import element
from gateway.store import catalog, punchout
from gateway.store.database import Database
from gateway.store.tables import event, punchout_session
from tests.starters import FOLDER, starter_profile

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BUYER = "aldersey-power"
RETURN = "https://buyer.hub.example/cart?id=7"
COOKIE = element("BuyerCookie", element("inner", "34 & ab", kind="x"))


@dataclass
class Shop:
    """The sessions of one gateway, and a browser in front of it."""

    engine: Engine
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def sessions(self) -> PunchOut:
        return self.engine.punchout

    def token(self, **wish: Any) -> str:
        """A start token; the session is kept."""
        began = self.sessions.begin(self.profile, wished(**wish), NOW)
        assert not isinstance(began, Finding), began
        with self.engine.db.begin() as tx:
            punchout.insert(tx, [began.rows])
        return began.token

    @property
    def profile(self) -> Any:
        return self.engine.rules.directory.profiles[BUYER]

    def entered(self, now: datetime = NOW, **wish: Any) -> Visit:
        """A session that this browser is in."""
        opened = self.sessions.open(self.token(**wish), now, self.cookies)
        assert isinstance(opened, Opened), opened
        self.cookies[opened.session_id] = opened.key
        return self.seen(opened.session_id, now)

    def seen(self, session: str, now: datetime = NOW) -> Visit:
        found = self.sessions.visit(session, now, self.cookies)
        assert isinstance(found, Visit), found
        return found

    def with_lines(self, *items: tuple[str, str], **wish: Any) -> Visit:
        """A session with these items in its basket."""
        visit = self.entered(**wish)
        for sku, quantity in items:
            visit = self.changed(visit, sku, quantity)
        return visit

    def changed(self, visit: Visit, sku: str, quantity: str, unit: str = "") -> Visit:
        after = self.sessions.change(
            visit, lambda held: added(held, sku, Decimal(quantity), unit), NOW
        )
        assert isinstance(after, Visit), after
        return after

    def returned(self, visit: Visit, how: Any = "cart") -> ReturnForm:
        back = self.sessions.give_back(visit, how, NOW)
        assert isinstance(back, Returned), back
        return back.form


def wished(**changes: Any) -> Wish:
    usual: dict[str, Any] = {
        "user": "ann@buyer.example",
        "return_url": RETURN,
        "cookie": COOKIE,
    }
    return Wish(**usual | changes)


def opened_shop(settings: Settings, profile: Any = None) -> Engine:
    known = profile or starter_profile(BUYER)
    rules = Rules(tables(), Directory.of([known]))
    db = Database.open(settings)
    db.migrate()
    text = (FOLDER / BUYER / "catalog.csv").read_text("utf-8")
    catalog.save(db, BUYER, read_csv(text, "catalog.csv", partner_id=BUYER), NOW)
    return Engine(db, rules, settings, {})


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """What the tables do is tested on every database elsewhere."""
    return str(request.param)


@pytest.fixture
def shop(settings: Settings) -> Iterator[Shop]:
    engine = opened_shop(settings)
    yield Shop(engine)
    engine.close()
    engine.db.close()


def document(form: ReturnForm) -> Document:
    """The document that the form carries."""
    ((name, value),) = form.fields
    assert name == "cXML-base64"
    data = read_form(f"{name}={value.replace('+', '%2B')}")
    assert not isinstance(data, Finding)
    read = read_document(data)
    assert isinstance(read, Document), read
    return read


def cart_of(form: ReturnForm) -> Cart:
    body = document(form).body
    assert body is not None
    found = Findings()
    cart = read_cart(body, found)
    assert not found.done()
    return cart


def code(outcome: object) -> str:
    assert isinstance(outcome, Finding), outcome
    return outcome.code


def states(shop: Shop) -> list[str]:
    with shop.engine.db.read() as tx:
        query = sa.select(punchout_session.c.state).order_by(punchout_session.c.id)
        return list(tx.execute(query).scalars())


def told(shop: Shop) -> list[str]:
    with shop.engine.db.read() as tx:
        query = sa.select(event.c.name).where(event.c.name.like("punchout.%"))
        return list(tx.execute(query.order_by(event.c.id)).scalars())


def lines(visit: Visit) -> list[tuple[str, str, str]]:
    return [(one.sku, f"{one.quantity:f}", one.unit) for one in visit.lines]


# In.


def test_a_start_page_opens_once(shop: Shop):
    token = shop.token()

    first = shop.sessions.open(token, NOW, {})
    second = shop.sessions.open(token, NOW, {})

    assert isinstance(first, Opened)
    assert code(second) == "CXM-203"


def test_a_start_page_is_good_for_ten_minutes(shop: Shop):
    token = shop.token()

    late = shop.sessions.open(token, NOW + timedelta(minutes=10), {})

    assert code(late) == "CXM-203"


def test_an_altered_start_token_opens_nothing(shop: Shop):
    token = shop.token()
    session, _, mac = token.partition(".")

    altered = shop.sessions.open(f"{session}.{mac[::-1]}", NOW, {})
    other = shop.token().partition(".")[0]
    swapped = shop.sessions.open(f"{other}.{mac}", NOW, {})

    assert (code(altered), code(swapped)) == ("CXM-203", "CXM-203")


def test_the_id_of_a_session_shows_nothing_to_another_browser(shop: Shop):
    visit = shop.entered()

    assert code(shop.sessions.visit(visit.id, NOW, {})) == "CXM-203"
    assert code(shop.sessions.visit(visit.id, NOW, {visit.id: "guess"})) == "CXM-203"


def test_a_key_of_another_session_shows_nothing(shop: Shop):
    ours, theirs = shop.entered(), shop.entered(user="bob")
    key = shop.cookies[theirs.id]

    assert code(shop.sessions.visit(ours.id, NOW, {ours.id: key})) == "CXM-203"


def test_without_a_cookie_the_path_proves_the_session(shop: Shop):
    opened = shop.sessions.open(shop.token(), NOW, {})
    assert isinstance(opened, Opened)

    visit = shop.sessions.visit(opened.visit, NOW, {})

    assert isinstance(visit, Visit)
    assert visit.base == f"/shop/v/{opened.visit}"
    again = shop.sessions.visit(opened.visit, NOW, {})
    assert isinstance(again, Visit)


def test_once_a_cookie_came_the_path_alone_proves_nothing(shop: Shop):
    opened = shop.sessions.open(shop.token(), NOW, {})
    assert isinstance(opened, Opened)

    first = shop.sessions.visit(opened.visit, NOW, {opened.session_id: opened.key})
    stolen = shop.sessions.visit(opened.visit, NOW, {})

    assert isinstance(first, Visit)
    assert first.base == f"/shop/v/{opened.session_id}"
    assert code(stolen) == "CXM-203"


def test_a_second_session_of_a_user_in_one_browser_ends_the_first(shop: Shop):
    first = shop.entered()
    second = shop.entered()

    gone = shop.sessions.visit(first.id, NOW, shop.cookies)

    assert code(gone) == "CXM-202"
    assert shop.seen(second.id).is_writable
    assert "punchout.replaced" in told(shop)


@pytest.mark.parametrize("user", ["bob@buyer.example", ""])
def test_another_user_in_the_same_browser_has_a_basket_of_his_own(
    shop: Shop, user: str
):
    first = shop.with_lines(("SH-100", "2"))
    second = shop.entered(user=user)

    assert lines(second) == []
    assert lines(shop.seen(first.id)) == [("SH-100", "2", "EA")]


def test_the_same_user_in_another_browser_goes_on(shop: Shop):
    first = shop.entered()
    shop.sessions.open(shop.token(), NOW, {})

    assert shop.seen(first.id).is_writable


# In the shop.


def test_prices_are_those_of_the_catalog_for_the_quantity(shop: Shop):
    visit = shop.with_lines(("SH-100", "2"))
    assert str(visit.total) == "25.00 USD"

    visit = shop.changed(visit, "SH-100", "48")

    (line,) = visit.lines
    assert str(line.price) == "11.90 USD"
    assert str(line.amount) == "595.00 USD"


def test_an_item_is_found_as_buyers_write_it_and_kept_as_the_catalog_does(shop: Shop):
    visit = shop.with_lines(("sh-100", "1"), ("SH-100", "2"))

    assert lines(visit) == [("SH-100", "3", "EA")]


def test_an_item_that_is_not_sold_is_not_taken(shop: Shop):
    visit = shop.entered()

    outcome = shop.sessions.change(
        visit, lambda held: added(held, "NOPE", Decimal(1)), NOW
    )

    assert code(outcome) == "CAT-310"
    assert lines(shop.seen(visit.id)) == []


@pytest.mark.parametrize("quantity", ["-1", "NaN", "Infinity", "1e30"])
def test_a_quantity_that_is_none_is_not_taken(shop: Shop, quantity: str):
    visit = shop.entered()

    outcome = shop.sessions.change(
        visit,
        lambda held: (*held, BasketLine(n=0, sku="SH-100", quantity=Decimal(quantity))),
        NOW,
    )

    assert code(outcome) in ("CAT-330", "CAT-333")


def test_a_line_that_an_order_could_not_have_does_not_go_back(shop: Shop):
    visit = shop.with_lines(("EP-310", "5"), ("SH-100", "1"))

    below, good = visit.lines

    assert [one.code for one in below.findings] == ["CAT-331"]
    assert (below.goes_back, good.goes_back) == (False, True)
    assert [line.sku for line in cart_of(shop.returned(visit)).lines] == ["SH-100"]


def test_two_tabs_change_one_basket(shop: Shop):
    one = shop.entered()
    other = shop.seen(one.id)

    shop.changed(one, "SH-100", "1")
    shop.changed(other, "GL-220", "1")

    assert [sku for sku, _, _ in lines(shop.seen(one.id))] == ["SH-100", "GL-220"]


def test_a_line_that_was_taken_out_gives_its_number_to_no_other(shop: Shop):
    visit = shop.with_lines(("SH-100", "1"))
    emptied = shop.sessions.change(
        visit, lambda held: with_quantity(held, 1, Decimal(0)), NOW
    )
    assert isinstance(emptied, Visit)

    assert [one.n for one in shop.changed(emptied, "GL-220", "1").lines] == [2]


def test_a_session_with_a_contract_sells_its_items_alone(shop: Shop):
    visit = shop.entered(contract="OTHER-1")

    assert visit.contracts == ()
    assert [one.code for one in visit.notices] == ["CAT-102"]
    assert shop.entered(contract="ALD-2026").contracts == ("ALD-2026",)


def test_an_idle_session_closes(shop: Shop):
    visit = shop.entered()
    late = NOW + timedelta(minutes=120)

    assert code(shop.sessions.visit(visit.id, late, shop.cookies)) == "CXM-202"
    assert shop.sessions.close_overdue(late, 100) == 1
    assert shop.sessions.close_overdue(late, 100) == 0
    assert states(shop) == [State.CLOSED]
    assert told(shop) == ["punchout.asked", "punchout.opened", "punchout.closed"]


def test_looking_at_a_page_keeps_a_session_alive(shop: Shop):
    visit = shop.entered()
    shop.seen(visit.id, NOW + timedelta(minutes=100))

    assert shop.seen(visit.id, NOW + timedelta(minutes=200)).is_writable


# Back.


def test_the_cart_goes_back_with_the_cookie_as_it_came(shop: Shop):
    visit = shop.with_lines(("SH-100", "2"), ("CT-510", "300"))

    form = shop.returned(visit)

    assert form.action == RETURN
    sent = document(form)
    assert sent.status is None
    assert sent.header.sender[0].shared_secret is None
    cart = cart_of(form)
    assert cart.cookie == COOKIE
    assert str(cart.total) == "34.60 USD"
    assert [(line.sku, str(line.quantity)) for line in cart.lines] == [
        ("SH-100", "2"),
        ("CT-510", "300"),
    ]
    assert all(line.aux_id.startswith(visit.id) for line in cart.lines)


def test_a_cart_goes_back_once_and_is_shown_the_same_again(shop: Shop):
    visit = shop.with_lines(("SH-100", "2"))
    form = shop.returned(visit)

    again = shop.returned(visit)
    late = shop.sessions.change(visit, lambda held: (), NOW)

    assert again == form
    assert shop.seen(visit.id).returned == form
    assert code(late) == "CXM-201"
    assert states(shop) == [State.RETURNED]


def test_leaving_unchanged_is_status_204_with_the_cookie(shop: Shop):
    form = shop.returned(shop.with_lines(("SH-100", "2")), "cancel")

    status = document(form).status
    assert status is not None
    assert status.code == 204
    cart = cart_of(form)
    assert (cart.cookie, cart.lines, str(cart.total)) == (COOKIE, (), "0 USD")
    assert states(shop) == [State.CANCELLED]


def test_an_address_that_is_not_agreed_on_any_more_gets_nothing(shop: Shop):
    visit = shop.with_lines(("SH-100", "2"))
    asked = shop.profile.punchout.model_copy(update={"return_to": ()})
    known = shop.profile.model_copy(update={"punchout": asked})
    shop.engine.use(Rules(tables(), Directory.of([known])))

    outcome = shop.sessions.give_back(shop.seen(visit.id), "cart", NOW)

    assert code(outcome) == "CXM-204"
    assert states(shop) == [State.SHOPPING]


def test_a_basket_without_a_good_line_does_not_go_back(shop: Shop):
    visit = shop.entered()

    assert code(shop.sessions.give_back(visit, "cart", NOW)) == "CXM-206"
    assert code(shop.sessions.give_back(visit, "empty", NOW)) == "CXM-201"
    assert states(shop) == [State.SHOPPING]


# An earlier cart.


def held(form: ReturnForm, **quantities: str) -> tuple[SetupItem, ...]:
    """The cart as its buyer holds it now."""
    return tuple(
        SetupItem(
            sku=line.sku,
            aux_id=line.aux_id,
            quantity=Decimal(quantities.get(line.sku.replace("-", ""), line.quantity)),
            line_no=str(at),
            uom=line.uom,
        )
        for at, line in enumerate(cart_of(form).lines, 1)
    )


def test_an_edit_opens_the_cart_with_the_quantities_of_the_buyer(shop: Shop):
    form = shop.returned(shop.with_lines(("SH-100", "2"), ("GL-220", "1")))

    visit = shop.entered(operation=Operation.EDIT, items=held(form, SH100="9"))

    assert lines(visit) == [("SH-100", "9", "EA"), ("GL-220", "1", "BX")]
    assert [one.findings for one in visit.lines] == [(), ()]


def test_a_line_whose_price_is_another_now_says_so(shop: Shop):
    form = shop.returned(shop.with_lines(("SH-100", "2"), ("GL-220", "1")))

    visit = shop.entered(operation=Operation.EDIT, items=held(form, SH100="50"))

    many, same = visit.lines
    assert [one.code for one in many.findings] == ["CXM-213"]
    assert same.findings == ()


def test_a_line_keeps_its_mark_when_it_is_edited(shop: Shop):
    form = shop.returned(shop.with_lines(("SH-100", "2")))
    visit = shop.entered(operation=Operation.EDIT, items=held(form))

    again = shop.returned(shop.changed(visit, "GL-220", "1"))

    kept, new = cart_of(again).lines
    assert kept.aux_id == cart_of(form).lines[0].aux_id
    assert new.aux_id.startswith(visit.id)


def test_all_lines_of_an_edited_cart_may_be_deleted(shop: Shop):
    form = shop.returned(shop.with_lines(("SH-100", "2")))
    visit = shop.entered(operation=Operation.EDIT, items=held(form))

    empty = shop.returned(visit, "empty")

    assert document(empty).status is None
    assert cart_of(empty).lines == ()


def test_an_inspection_changes_nothing_and_brings_nothing_back(shop: Shop):
    form = shop.returned(shop.with_lines(("SH-100", "2")))
    visit = shop.entered(operation=Operation.INSPECT, items=held(form))

    changed = shop.sessions.change(visit, lambda held: (), NOW)
    back = document(shop.returned(visit)).status

    assert lines(visit) == [("SH-100", "2", "EA")]
    assert code(changed) == "CXM-201"
    assert back is not None
    assert back.code == 204


@pytest.mark.parametrize("mark", ["of somebody else", "ses_0-1-AAAAAAAAAAAAAAAA"])
def test_a_foreign_mark_opens_the_item_with_a_notice(shop: Shop, mark: str):
    items = (SetupItem(sku="SH-100", aux_id=mark, quantity=Decimal(3), uom="EA"),)

    visit = shop.entered(operation=Operation.EDIT, items=items)

    assert lines(visit) == [("SH-100", "3", "EA")]
    assert [one.code for one in visit.lines[0].findings] == ["CXM-211"]


def test_another_users_cart_is_opened_by_its_numbers_alone(shop: Shop):
    form = shop.returned(shop.with_lines(("SH-100", "2")))

    visit = shop.entered(
        operation=Operation.EDIT, items=held(form), user="bob@buyer.example"
    )

    (line,) = visit.lines
    assert [one.code for one in line.findings] == ["CXM-211"]
    assert line.line.mark == ""


def test_an_unknown_line_of_an_earlier_cart_is_told_and_left_out(shop: Shop):
    items = (SetupItem(sku="", aux_id="x"), SetupItem(sku="SH-100"))

    visit = shop.entered(operation=Operation.EDIT, items=items)

    assert [one.goes_back for one in visit.lines] == [False, True]
    assert "CXM-212" in [one.code for one in visit.lines[0].findings]


def test_a_cart_that_is_too_long_is_not_opened_in_part(shop: Shop):
    items = (SetupItem(sku="SH-100", quantity=Decimal(1)),) * 1_001

    began = shop.sessions.begin(
        shop.profile, wished(operation=Operation.EDIT, items=items), NOW
    )

    assert code(began) == "CXM-207"


def test_a_full_basket_takes_more_of_what_it_has_and_nothing_else(shop: Shop):
    items = (SetupItem(sku="SH-100", quantity=Decimal(1)),) * 1_000
    visit = shop.entered(operation=Operation.EDIT, items=items)

    more = shop.changed(visit, "SH-100", "1")
    other = shop.sessions.change(
        visit, lambda held: added(held, "GL-220", Decimal(1)), NOW
    )

    assert lines(more)[0] == ("SH-100", "2", "EA")
    assert code(other) == "CXM-207"


def test_what_happens_to_sessions_is_counted(shop: Shop):
    shop.returned(shop.with_lines(("SH-100", "2")))

    page = shop.engine.metrics()

    for what in ("opened", "returned"):
        labels = f'partner="{BUYER}",state="{what}"'
        assert f"gateway_punchout_sessions_total{{{labels}}} 1" in page


def test_a_session_is_ordered_when_an_order_names_its_cart(shop: Shop):
    visit = shop.with_lines(("SH-100", "2"))
    shop.returned(visit)

    with shop.engine.db.begin() as tx:
        punchout.ordered(tx, BUYER, [visit.id], NOW)
        punchout.ordered(tx, BUYER, [visit.id], NOW)

    assert states(shop) == [State.ORDERED]
    assert told(shop).count("punchout.ordered") == 1


def test_a_quote_needs_no_session(shop: Shop):
    quoted = shop.sessions.quote(
        shop.profile, [("SH-100", Decimal(50), ""), ("NOPE", Decimal(1), "")], NOW
    )

    assert [_told(one) for one in quoted] == ["11.90 USD", "CAT-310"]


def _told(line: ShopLine) -> str:
    found: Iterable[Finding] = line.findings
    return next((one.code for one in found), str(line.price))
