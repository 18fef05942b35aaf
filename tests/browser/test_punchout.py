"""Users of a buyer shop in a real browser and take their cart home."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Opens, Picture
from tests.browser.origins import Returned, Site
from tests.browser.visitor import Visitor
from tests.shop import Held, Shop

WAYS = pytest.mark.parametrize("framed", [False, True], ids=["top", "frame"])


def kept(cart: Returned) -> list[Held]:
    """The lines as the buyer's system keeps them."""
    assert cart.cart is not None
    return [
        Held(sku=one.sku, quantity=str(one.quantity), mark=one.aux_id)
        for one in cart.cart.lines
    ]


@pytest.fixture(scope="module")
def bought(chromium: Browser, shop: Shop, site: Site) -> Returned:
    """A cart of two lines that went back; it can be opened as often as one likes."""
    visitor = Visitor.of(chromium, site)
    tab = visitor.open(shop.start())
    tab.add("SH-100", 10)
    tab.add("GL-220", 2)
    back = tab.give_back()
    visitor.context.close()
    return back


@WAYS
def test_a_cart_is_filled_and_goes_back(framed: bool, opened: Opens, picture: Picture):
    tab = opened("create", framed=framed, cookie="34&amp;<x>ab</x>").tab
    tab.search("helmet")
    expect(tab.at(".items li")).to_have_count(2)
    tab.add("SH-100", 60)
    tab.add("GL-220", 2)
    assert tab.cart() == {"SH-100": "60", "GL-220": "2"}
    tab.at("#quantity-2").fill("3")
    tab.at("#update").click()
    expect(tab.at("#total")).to_have_text("858.00 USD")  # 60 x 11.90 + 3 x 48.00
    picture(tab.page, "shop-framed-en" if framed else "")

    back = tab.give_back()

    assert back.path == "/punchout/return?session=34&x=a%26b"
    assert back.items == {"SH-100": "60", "GL-220": "3"}
    assert back.status == 200
    assert "<BuyerCookie>34&amp;<x>ab</x></BuyerCookie>" in back.xml


@WAYS
def test_an_earlier_cart_is_changed(framed: bool, bought: Returned, opened: Opens):
    tab = opened("edit", framed=framed, items=kept(bought)).tab
    assert tab.cart() == {"SH-100": "10", "GL-220": "2"}
    tab.at("#cart tbody tr").first.locator("button").click()
    expect(tab.at("#cart tbody tr")).to_have_count(1)

    back = tab.give_back()

    assert back.items == {"GL-220": "2"}
    assert kept(back) == kept(bought)[1:]


@WAYS
def test_whoever_leaves_changes_nothing(framed: bool, opened: Opens):
    tab = opened("create", framed=framed).tab
    tab.add("SH-100")
    back = tab.leave("#cancel")
    assert (back.status, back.items) == (204, {})


def test_a_cart_is_deleted_on_purpose_alone(bought: Returned, opened: Opens):
    back = opened("edit", items=kept(bought)).tab.leave("#delete-all")
    assert (back.status, back.items) == (200, {})


@WAYS
def test_an_inspection_only_looks(framed: bool, bought: Returned, opened: Opens):
    tab = opened("inspect", framed=framed, items=kept(bought)).tab
    tab.to_cart()
    expect(tab.at("#cart tbody tr")).to_have_count(2)
    expect(tab.at("#cart input, #return-cart")).to_have_count(0)
    tab.item("SH-200")
    expect(tab.at("#add")).to_have_count(0)
    assert tab.leave("#cancel").status == 204


def test_two_buyers_shop_beside_each_other(opened: Opens):
    ann = opened("create", user="ann.lee").tab
    bob = opened("create", user="bob.ray").tab
    ann.add("SH-100", 1)
    bob.add("GL-220", 2)
    ann.add("SH-200", 3)

    assert bob.give_back().items == {"GL-220": "2"}
    assert ann.give_back().items == {"SH-100": "1", "SH-200": "3"}


@WAYS
def test_a_second_punch_out_in_the_same_browser_begins_anew(
    framed: bool, opened: Opens
):
    first = opened("create", framed=framed)
    first.tab.add("SH-100", 1)
    second = opened("create", visitor=first.visitor)
    assert second.tab.cart() == {}
    second.tab.add("GL-220", 2)

    assert second.tab.give_back().items == {"GL-220": "2"}


def test_another_user_of_the_same_browser_sees_nothing_of_the_first(
    opened: Opens,
):
    first = opened("create", user="ann.lee")
    first.tab.add("SH-100", 1)
    second = opened("create", user="bob.ray", visitor=first.visitor)
    assert second.tab.cart() == {}
    expect(second.tab.at("footer")).not_to_contain_text("ann.lee")


def test_the_back_button_shows_the_same_cart_again(opened: Opens):
    visit = opened("create")
    visit.tab.add("SH-100", 10)
    first = visit.tab.give_back()
    visit.tab.page.wait_for_url(f"{visit.tab.site.address}/**")

    visit.tab.page.go_back()
    expect(visit.tab.at("form#return")).to_be_visible()
    again = visit.tab._leads_back("form#return button")

    assert again.fields == first.fields


def test_the_start_page_opens_once(opened: Opens):
    visit = opened("create")
    other = opened("create").visitor
    page = other.context.new_page()

    answer = page.goto(visit.start)

    assert answer is not None
    assert answer.status == 403
    expect(page.locator("main")).not_to_contain_text("ann.lee")


@WAYS
def test_a_browser_without_cookies_shops_too(framed: bool, opened: Opens):
    tab = opened("create", framed=framed, cookies=False).tab
    tab.add("SH-100", 2)
    assert tab.give_back().items == {"SH-100": "2"}
