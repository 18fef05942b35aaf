"""The shop in a browser without JavaScript: search, item, cart, the ways back."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

import pytest

from gateway.cxml_punchout.basket import Wish
from gateway.cxml_punchout.session import Operation
from gateway.cxml_punchout.setup import SetupItem
from gateway.store import carts
from tests.unit.web.storefront.conftest import HOSTILE, PARTNER, ROWS, Browser, Shop

BACK = "https://buyer.hub.example/back"
FOREIGN = re.compile(r"""(?:src|href|action|url\()\s*=?\s*["']?(?:https?:)?//""")


def filled(shop: Shop) -> Browser:
    """A visitor with 60 helmets in the cart."""
    browser = shop.visitor().shop("/item?sku=H-1")
    return browser.send("add", quantity="60")


def edited(shop: Shop, *items: SetupItem, operation: Operation) -> Browser:
    return shop.visitor(Wish(operation=operation, return_url=BACK, items=items))


KEPT = SetupItem(sku="H-1", quantity=Decimal(3))


def test_a_session_begins_with_everything_that_is_sold(shop: Shop):
    browser = shop.visitor()

    assert browser.path.endswith(browser.base)
    assert "Items: 5" in browser.text
    assert "12.50\u00a0EUR per each (EA)".replace("\u00a0", " ") in browser.text


def test_a_selected_item_is_the_first_page(shop: Shop):
    browser = shop.visitor(Wish(return_url=BACK, selected="H-1"))
    assert browser.seen.findtext(".//h1") == "Safety helmet white"


def test_a_selected_item_that_is_not_sold_is_searched_for(shop: Shop):
    browser = shop.visitor(Wish(return_url=BACK, selected="H"))
    assert "q=H" in browser.path


def test_a_search_that_is_too_long_is_cut(shop: Shop):
    browser = shop.visitor(Wish(return_url=BACK, search="helmet " * 100))
    assert browser.status == 200
    assert len(browser.seen.get_element_by_id("q").value) == 200


def test_words_to_look_for_come_from_the_buyer(shop: Shop):
    browser = shop.visitor(Wish(return_url=BACK, search="glove"))
    assert browser.seen.findtext(".//h1") == "Search: glove"
    assert "Items: 1" in browser.text


@pytest.mark.parametrize(
    "q", ["helmet white", "h1", "700100", "036000291452", "beam", "m-1"]
)
def test_an_item_is_found_by_words_and_all_its_numbers(shop: Shop, q: str):
    browser = shop.visitor()
    browser.go(f"{browser.base}?q={q}")
    assert [h.text_content() for h in browser.seen.iterfind(".//h2")] == [
        "Safety helmet white"
    ]


def test_nothing_found_says_what_to_do(shop: Shop):
    browser = shop.visitor().shop("?q=nothing+such")
    assert "Try fewer words" in browser.text


def test_pages_are_turned(shop: Shop):
    shop.sell(*(ROWS[4].replace("X-1", f"X-{n}") for n in range(30)))
    browser = shop.visitor().shop("?q=bolt")
    assert "Page 1 of 2" in browser.text
    browser.go(browser.seen.xpath("//a[@rel='next']/@href")[0])
    assert "Page 2 of 2" in browser.text
    assert len(browser.seen.xpath("//ul[@class='items']/li")) == 6
    assert browser.seen.xpath("//a[@rel='prev']")
    assert "Page 2 of 2" in browser.shop("?q=bolt&page=9").text


def test_an_item_tells_its_prices_and_limits(shop: Shop):
    browser = shop.visitor().shop("/item?sku=G-1")
    assert "12.345 EUR per each (EA)" in browser.text
    facts = browser.seen.xpath("//dl/div")
    told = {" ".join(fact.text_content().split()) for fact in facts}
    assert {"Smallest quantity10 each (EA)", "In steps of5 each (EA)"} <= told
    assert "Contract ends on31 December 2029" in told
    assert browser.seen.get_element_by_id("quantity").get("value") == "10"
    browser.shop("/item?sku=H-1")
    rows = browser.seen.xpath("//table//tbody/tr")
    assert [" ".join(row.text_content().split()) for row in rows] == [
        "1 each (EA)12.50 EURper each (EA)",
        "50 each (EA)11.90 EURper each (EA)",
    ]


def test_an_item_that_was_replaced_leads_to_its_successor(shop: Shop):
    browser = shop.visitor().shop("/item?sku=OLD-1")
    assert "It was replaced by H-1" in browser.text
    assert browser.seen.xpath("//a[text()='Show the new item']/@href") == [
        f"{browser.base}/item?sku=H-1"
    ]
    assert not browser.seen.xpath("//form[@id='add']")


def test_an_item_without_a_price_cannot_be_added(shop: Shop):
    browser = shop.visitor().shop("/item?sku=N-1")
    assert "No price today" in browser.text
    assert not browser.seen.xpath("//form[@id='add']")


def test_an_item_that_is_not_sold_is_not_found(shop: Shop):
    browser = shop.visitor().shop("/item?sku=SECRET")
    assert browser.status == 404
    assert "not sold to you" in browser.text


def test_a_break_counts_in_the_cart(shop: Shop):
    browser = filled(shop)
    assert browser.path.endswith("/cart?told=added")
    assert browser.seen.get_element_by_id("told").text == "It is in the cart."
    assert "714.00" in browser.seen.get_element_by_id("total").text


def test_from_a_list_one_stays_on_the_list(shop: Shop):
    browser = shop.visitor().shop("?q=helmet")
    browser.send("add-1", quantity="2")
    assert "q=helmet" in browser.path
    assert "lines: 1" in browser.seen.get_element_by_id("cart-link").text


def test_quantities_change_and_nought_takes_a_line_out(shop: Shop):
    browser = filled(shop)
    browser.send("change", **{"quantity-1": "2"})
    assert "25.00" in browser.seen.get_element_by_id("total").text
    browser.send("change", **{"quantity-1": "0"})
    assert "The cart is empty" in browser.text


def test_a_line_is_removed_by_its_button(shop: Shop):
    browser = filled(shop)
    browser.send("remove", remove="1")
    assert "The cart is empty" in browser.text
    assert browser.seen.get_element_by_id("told").text == "The line is removed."


@pytest.mark.parametrize("typed", ["many", "", "-3", "1e5"])
def test_what_is_no_quantity_is_told_beside_its_field(shop: Shop, typed: str):
    browser = filled(shop)
    browser.send("change", **{"quantity-1": typed})
    errors = browser.seen.get_element_by_id("errors")
    assert browser.status == 422
    assert errors.xpath(".//a/@href") == ["#quantity-1"]
    assert browser.seen.findtext(".//title").startswith("Please correct this")
    field = browser.seen.get_element_by_id("quantity-1")
    assert (field.get("value"), field.get("aria-invalid")) == (typed, "true")
    assert browser.shop("/cart").seen.get_element_by_id("quantity-1").value == "60"


def test_an_added_quantity_that_is_none_is_told_on_the_item(shop: Shop):
    browser = shop.visitor().shop("/item?sku=H-1")
    browser.send("add", quantity="a few")
    assert browser.status == 422
    assert browser.seen.get_element_by_id("quantity").get("value") == "a few"


@pytest.mark.parametrize(
    ("quantity", "said"),
    [
        ("3", "The smallest quantity is 10 each (EA). 10 each (EA) would do."),
        ("12", "It is sold in steps of 5 each (EA). 15 each (EA) would do."),
        ("1005", "The largest quantity is 1,000 each (EA)."),
    ],
)
def test_a_line_that_may_not_be_ordered_so_stays_and_says_why(
    shop: Shop, quantity: str, said: str
):
    browser = shop.visitor().shop("/item?sku=G-1")
    browser.send("add", quantity=quantity)
    assert said in browser.seen.get_element_by_id("said-1").text_content()
    assert "Lines that stay here: 1" in browser.text
    assert not browser.seen.xpath("//*[@id='return-cart']")


def test_scripts_in_descriptions_are_text(shop: Shop):
    browser = shop.visitor().shop("/item?sku=X-1")
    assert browser.seen.findtext(".//h1") == HOSTILE
    assert not browser.seen.xpath("//script")
    browser.send("add")
    assert "<script" not in browser.html
    assert HOSTILE in browser.text


def test_a_cart_goes_back_and_the_back_button_shows_the_same_page(shop: Shop):
    browser = filled(shop)
    browser.send("return-form", how="cart")
    form = browser.seen.get_element_by_id("return")
    assert browser.path.endswith("/return")
    assert form.action == "https://buyer.hub.example/back"
    sent = dict(form.form_values())
    again = browser.shop("/cart")
    assert again.path.endswith("/return")
    assert dict(again.seen.get_element_by_id("return").form_values()) == sent


def test_a_form_that_comes_after_the_cart_went_back_leads_to_the_same_page(shop: Shop):
    browser = filled(shop)
    csrf = browser.seen.xpath("//input[@name='csrf']/@value")[0]
    browser.send("return-form", how="cart")
    again = browser.post(f"{browser.base}/cart/remove", {"csrf": csrf, "remove": "1"})
    assert again.path.endswith("/return")


def test_the_return_page_may_post_to_the_buyer_alone(shop: Shop):
    browser = filled(shop)
    browser.send("return-form", how="cart")
    policy = browser.headers["content-security-policy"]
    assert "form-action https://buyer.hub.example" in policy
    (script,) = browser.seen.xpath("//script")
    assert f"script-src 'nonce-{script.get('nonce')}'" in policy


def test_leaving_without_the_cart_changes_nothing_at_the_buyer(shop: Shop):
    browser = filled(shop).shop("/leave")
    assert not browser.seen.xpath("//*[@id='delete-all']")
    browser.send("leave-form", how="cancel")
    assert browser.path.endswith("/return")


def test_delete_all_is_for_an_edited_cart_alone(shop: Shop):
    browser = filled(shop).shop("/leave")
    browser.send("leave-form", how="empty")
    assert browser.path.endswith("/leave")
    edit = edited(shop, KEPT, operation=Operation.EDIT).shop("/leave")
    assert edit.seen.xpath("//*[@id='delete-all']")
    assert edit.send("leave-form", how="empty").path.endswith("/return")


def test_an_edited_cart_is_there_again_and_says_what_changed(shop: Shop):
    gone = SetupItem(sku="GONE-1", quantity=Decimal(1))
    browser = edited(shop, KEPT, gone, operation=Operation.EDIT)
    assert browser.path.endswith("/cart")
    assert "it replaces the old one" in browser.text
    assert browser.seen.get_element_by_id("quantity-1").value == "3"
    assert "Lines that stay here: 1" in browser.text


def test_an_inspected_cart_cannot_be_changed(shop: Shop):
    browser = edited(shop, KEPT, operation=Operation.INSPECT)
    assert "Nothing can be changed" in browser.text
    assert not browser.seen.xpath("//input[starts-with(@id,'quantity')]")
    assert not browser.seen.xpath("//*[@id='return-cart']")
    assert not browser.shop("/item?sku=H-1").seen.xpath("//form[@id='add']")
    csrf = browser.seen.xpath("//input[@name='csrf']/@value")[0]
    values = {"csrf": csrf, "sku": "H-1", "quantity": "1"}
    assert browser.post(f"{browser.base}/cart/add", values).status == 422
    browser.shop("/leave").send("leave-form", how="cancel")
    assert browser.path.endswith("/return")


@pytest.mark.parametrize(
    "place", ["/cart/add", "/cart/change", "/cart/remove", "/leave", "/language"]
)
def test_a_form_of_another_page_is_refused(shop: Shop, place: str):
    browser = filled(shop)
    values = {"csrf": "guessed", "sku": "H-1", "quantity": "1", "how": "cart"}
    assert browser.post(browser.base + place, values).status == 403
    assert "This page is not open" in browser.text
    assert "lines: 1" in browser.shop().text


def test_a_form_that_is_too_long_is_refused(shop: Shop):
    browser = shop.visitor()
    answer = browser.post(f"{browser.base}/cart/add", {"sku": "x" * 300_000})
    assert answer.status == 413
    assert "This page is not open" in answer.text


def test_the_language_is_chosen_and_kept(shop: Shop):
    browser = shop.visitor().shop("?q=helmet")
    browser.send("language", language="fr")
    assert browser.seen.get("lang") == "fr"
    assert "Recherche" in browser.text
    assert browser.path.endswith("?q=helmet")
    assert "12,50" in browser.text


@pytest.mark.parametrize(
    "back", ["//evil.example", "/../x", "https://evil.example", ""]
)
def test_a_language_form_leads_to_a_page_of_the_session_alone(shop: Shop, back: str):
    browser = shop.visitor()
    browser.send("language", language="fr", back=back)
    assert browser.path == f"https://shop.test{browser.base}"


PLACES = ("", "?q=helmet", "?q=zzz", "/item?sku=H-1", "/item?sku=NO", "/cart", "/leave")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_whole_in_both_languages(shop: Shop, language: str):
    browser = shop.visitor(language=language)
    browser.shop("/item?sku=G-1").send("add", quantity="3")
    for place in PLACES:
        page = browser.shop(place)
        _is_whole(page, language)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert (
            "frame-ancestors https://buyer.hub.example"
            in (page.headers["content-security-policy"])
        )
        assert page.headers["cache-control"] == "no-store"
    _is_whole(browser.go("/shop/v/ses_0"), language)


def _is_whole(page: Browser, language: str) -> None:
    """One title and heading, a label for each field, nothing of other hosts."""
    tree = page.seen
    assert tree.get("lang") == language
    assert len(tree.xpath("//h1")) == 1
    assert FOREIGN.search(page.html) is None
    assert not tree.xpath("//*[@style] | //style | //*[@onclick]")
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    labelled = set(tree.xpath("//label/@for"))
    fields = tree.xpath("//input[not(@type='hidden')]/@id | //select/@id")
    assert set(fields) <= labelled
    assert set(tree.xpath("//@aria-describedby")) <= set(ids)
    heads = [int(h.tag[1]) for h in tree.xpath("//h1 | //h2 | //h3")]
    assert all(after - before <= 1 for before, after in pairwise(heads))


@pytest.mark.parametrize(
    ("what", "kind"), [("stylesheet", "text/css"), ("icon", "image/svg+xml")]
)
def test_what_a_page_loads_is_ours_and_kept_by_the_browser(
    shop: Shop, what: str, kind: str
):
    browser = shop.visitor()
    file = browser.go(browser.seen.xpath(f"//link[@rel='{what}']/@href")[0])
    assert file.headers["content-type"].startswith(kind)
    assert "immutable" in file.headers["cache-control"]
    assert FOREIGN.search(file.html) is None


@pytest.mark.parametrize("name", ["none.css", "..%2froutes.py", "%2e%2e/pages.py"])
def test_no_other_file_is_told(shop: Shop, name: str):
    assert shop.visitor().go(f"/shop/static/{name}").status in (403, 404)


def test_an_edited_cart_tells_a_price_that_was_another_one(shop: Shop):
    browser = filled(shop)
    browser.send("return-form", how="cart")
    with shop.engine.db.read() as tx:
        (pin,) = carts.of_session(tx, PARTNER, [browser.base.removeprefix("/shop/v/")])
    shop.sell(ROWS[0].replace("12.50", "13.75"))
    held = SetupItem(sku="H-1", aux_id=pin.aux_id, quantity=Decimal(60))

    edit = edited(shop, held, operation=Operation.EDIT)

    said = edit.seen.get_element_by_id("said-1").text_content().split()
    assert " ".join(said) == (
        "Its price was 11.90 EUR per each (EA); today it is another one."
    )
    assert "825.00" in edit.seen.get_element_by_id("total").text
