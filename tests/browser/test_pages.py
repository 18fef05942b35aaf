"""Each page for everybody: by ear, by keyboard, on a telephone, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opens, Picture
from tests.browser.visitor import Tab
from tests.shop import Held

ENGLISH = {"viewport": {"width": 960, "height": 720}}
FRENCH = {
    "locale": "fr-FR",
    "viewport": {"width": 390, "height": 800},
    "color_scheme": "dark",
    "reduced_motion": "reduce",
}
SHOWN_TWICE = {"items", "nothing", "item-error", "cart-empty", "cart-error"}
"""Pages whose parts stand on others too: one look at them is enough."""
OLD = [
    Held(sku="SH-100", quantity="10", mark="copied-from-somewhere"),
    Held(sku="NO-LONGER", quantity="1", mark=""),
]


def pages(
    tab: Tab, opened: Opens, how: dict[str, object]
) -> Iterator[tuple[str, Page]]:
    """Each page of the shop, as it was come to."""
    yield "items", tab.page
    tab.search("helmet")
    yield "found", tab.page
    tab.search("nothing-of-the-kind")
    yield "nothing", tab.page
    tab.item("SH-100")
    yield "item", tab.page
    tab.at("#quantity").fill("many")
    tab.at("#add button").click()
    tab.at("#errors").wait_for()
    yield "item-error", tab.page
    tab.to_cart()
    yield "cart-empty", tab.page
    tab.add("SH-100", 60)
    tab.add("GL-220", 2)
    tab.to_cart()
    yield "cart", tab.page
    tab.at("#quantity-2").fill("x")
    tab.at("#update").click()
    tab.at("#errors").wait_for()
    yield "cart-error", tab.page
    tab.at("#leave").click()
    tab.at("#cancel").wait_for()
    yield "leave", tab.page
    tab.give_back()
    tab.page.wait_for_url(f"{tab.site.address}/**")
    tab.page.go_back()
    tab.at("form#return").wait_for()
    yield "return", tab.page
    edited = opened("edit", items=OLD, how=how).tab
    yield "cart-edited", edited.page
    inspected = opened("inspect", items=OLD, how=how).tab
    yield "cart-inspected", inspected.page


@pytest.mark.parametrize("how", [ENGLISH, FRENCH], ids=["english", "french, narrow"])
def test_no_page_shuts_anybody_out(
    how: dict[str, object], opened: Opens, picture: Picture
):
    tab = opened("create", how=how).tab
    language = "fr" if "locale" in how else "en"
    found: list[tuple[str, ...]] = []
    for name, page in pages(tab, opened, how):
        picture(page, f"shop-{name}-{language}")
        if language == "en" or name not in SHOWN_TWICE:
            found += [(name, *one) for one in barriers(page)]
        if page.locator("html").get_attribute("lang") != language:
            found.append((name, "language"))
        if sideways(page):
            found.append((name, "scrolls sideways"))
    assert found == []


def barriers(page: Page) -> list[tuple[str, str]]:
    """What axe finds that is serious or critical."""
    told = Axe().run(page, options={"resultTypes": ["violations"]}).response
    assert len(told["passes"]) > 5, "axe looked at nothing"
    grave = [v for v in told["violations"] if v["impact"] in ("serious", "critical")]
    return [(one["id"], str(one["nodes"][0]["html"])[:200]) for one in grave]


def sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    root = "document.documentElement"
    return bool(page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))


def test_the_page_of_a_closed_door_shuts_nobody_out(opened: Opens, picture: Picture):
    visit = opened("create")
    page = visit.visitor.context.new_page()
    page.goto(f"{visit.start}x")
    picture(page, "shop-closed-en")
    assert barriers(page) == []


def test_the_language_is_the_users_choice(opened: Opens):
    tab = opened("create").tab
    tab.add("SH-100", 1)
    expect(tab.at("#language [aria-current]")).to_have_text("English")
    tab.at("#language button[value=fr]").click()
    expect(tab.at("html")).to_have_attribute("lang", "fr")
    assert tab.cart() == {"SH-100": "1"}
    expect(tab.at("#total")).to_contain_text("12,50")


def tab_to(page: Page, selector: str) -> None:
    """Go there by the tabulator alone, always seeing where one is."""
    for _ in range(60):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """wanted => {
                const here = document.activeElement, style = getComputedStyle(here);
                return [here.matches(wanted), style.outlineStyle != "none"
                    && style.outlineWidth != "0px" || style.boxShadow != "none"];
            }""",
            selector,
        )
        assert at[1], f"before {selector}: the focus cannot be seen"
        if at[0]:
            return
    raise AssertionError(f"the tabulator does not lead to {selector}")


def test_everything_is_done_by_keyboard(opened: Opens):
    tab = opened("create").tab
    page = tab.page
    tab_to(page, ".skip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.reload()
    tab_to(page, "#q")
    page.keyboard.type("SH-200")
    page.keyboard.press("Enter")
    expect(tab.at("h1")).to_contain_text("SH-200")
    tab_to(page, ".items a")
    page.keyboard.press("Enter")
    expect(tab.at("#add")).to_be_visible()
    tab_to(page, "#quantity")
    page.keyboard.press("Control+A")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(tab.at("#told")).not_to_be_empty()
    expect(tab.at("#cart-link")).to_have_attribute("aria-current", "page")
    tab_to(page, "#cart input")
    page.keyboard.press("Control+A")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(tab.at("#total")).to_have_text("62.50 USD")
    tab_to(page, "#return-cart")
    before = len(tab.site.returned)
    page.keyboard.press("Enter")
    assert tab.site.cart(before + 1, page).items == {"SH-200": "5"}


def test_nothing_needs_a_script(opened: Opens):
    tab = opened("create", how={"java_script_enabled": False}).tab
    tab.add("SH-100", 3)
    tab.to_cart()
    tab.at("#return-cart").click()
    before = len(tab.site.returned)
    tab.at("form#return button").click()
    assert tab.site.cart(before + 1, tab.page).items == {"SH-100": "3"}
