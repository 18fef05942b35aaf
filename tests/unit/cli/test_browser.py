"""Pages as a browser without JavaScript has them: forms, buttons, texts."""

from __future__ import annotations

import pytest

from gateway.cli.browser import Browser, Form, NoPage, Page

HTML = """<title>Shop</title><main><h1>A  bolt</h1><script>never()</script>
<form id="add" action="cart/add" method="POST">
<input type="hidden" name="csrf" value="a&amp;b"><input name="quantity" value="1">
<select name="unit"><option value="EA">each<option value="BX" selected>box</select>
<input type="checkbox" name="gift"><input type="checkbox" name="now" checked value="y">
<button name="how" value="cart">Add</button></form>
<form id="find"><input name="q" value=""></form>
<button form="find" name="all" value="1">All</button></main>"""
PAGE = Page("https://shop.example/v/7/item?sku=B", 200, HTML)


def test_a_form_has_what_it_would_send():
    assert PAGE.form("add") == Form(
        "add",
        "https://shop.example/v/7/cart/add",
        "post",
        (("csrf", "a&b"), ("quantity", "1"), ("unit", "BX"), ("now", "y")),
        (("how", "cart"),),
    )


def test_a_button_may_stand_outside_of_its_form():
    form = PAGE.form("find")
    assert form is not None
    assert (form.action, form.method) == ("https://shop.example/v/7/item?sku=B", "get")
    assert form.buttons == (("all", "1"),)


def test_fields_are_filled_and_a_button_is_pressed():
    form = PAGE.form("add")
    assert form is not None
    sent = form.filled(quantity="12", unknown="x").pressed("cart").fields
    assert ("quantity", "12") in sent
    assert sent[-1] == ("how", "cart")
    assert "unknown" not in dict(sent)


def test_what_people_read_is_without_scripts():
    assert PAGE.said == "A bolt each box Add All"


def test_a_page_without_the_form_has_none():
    assert PAGE.form("return") is None


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1:1/"])
def test_where_nothing_answers_there_is_no_page(url: str):
    with pytest.raises(NoPage):
        Browser().get(url)
