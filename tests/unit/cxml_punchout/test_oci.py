"""OCI: the call-up, and every rule of the fields that a cart goes back in."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cxml_punchout.oci import (
    FIELDS,
    MOST_LINES,
    CallUp,
    OciItem,
    cancel_form,
    item_faults,
    kept_call_up,
    read_call_up,
    read_kept,
    return_form,
)

HOOK = "https://srm.example/sap/bc?sap-client=100&~OkCode=OLD"
CALL = CallUp(hook_url=HOOK, target="_parent")
BOLT = OciItem(
    quantity=Decimal("2.500"),
    description="Bolt",
    unit="EA",
    price=Decimal("50.00"),
    currency="EUR",
    priceunit=5,
    leadtime=3,
    longtext="A bolt, in words.",
    vendormat="B-8",
    ext_product_id="B-8",
    service=True,
)


def called(*pairs: tuple[str, str]) -> CallUp | list[str]:
    read = read_call_up(pairs)
    return read if isinstance(read, CallUp) else [one.code for one in read]


def codes(item: OciItem, charset: str = "utf-8") -> list[str]:
    return [one.code for one in item_faults(item, 1, charset)]


def form(*items: OciItem, call: CallUp = CALL) -> dict[str, str]:
    return dict(return_form(call, items)[0].fields)


def test_a_call_up_is_read_whatever_the_case_of_its_names():
    read = called(
        ("hook_URL", HOOK),
        ("OCI_VERSION", "4.0"),
        ("ReturnTarget", "_parent"),
        ("HTTP_content_charset", "UTF-8"),
        ("function", "detail"),
        ("ProductID", "B-8"),
        ("USERNAME", "shop"),
        ("password", "s3cret"),
    )
    assert isinstance(read, CallUp)
    assert (read.hook_url, read.version, read.target) == (HOOK, "4.0", "_parent")
    assert (read.charset, read.function, read.product_id) == ("utf-8", "DETAIL", "B-8")
    assert read.parameters == {"username": "shop", "password": "s3cret"}
    assert "s3cret" not in repr(read)


def test_what_is_not_said_has_its_usual_value():
    read = called(("HOOK_URL", "http://x.example/"), ("~TARGET", "_blank"))
    assert isinstance(read, CallUp)
    assert (read.target, read.charset, read.function) == ("_blank", "iso8859-1", "")
    assert (read.ok_code, read.caller) == ("ADDI", "CTLG")


@pytest.mark.parametrize("name", ["", "utf-7", "nonsense", "utf-16", "a\0b"])
def test_an_encoding_that_is_not_written_is_latin_1(name: str):
    read = called(("HOOK_URL", HOOK), ("http_content_charset", name))
    assert isinstance(read, CallUp)
    assert read.charset == "iso8859-1"


def test_other_alphabets_have_their_encodings():
    read = called(("HOOK_URL", HOOK), ("http_content_charset", "ISO-8859-2"))
    assert isinstance(read, CallUp)
    assert read.charset == "iso8859-2"
    assert codes(replace(BOLT, description="Śruba"), read.charset) == []


@pytest.mark.parametrize(
    ("charset", "query", "value"),
    [
        ("", "%E4", "ä"),
        ("", "%C3%A4", "ä"),
        ("utf-8", "%E4", "ä"),
        ("iso-8859-2", "%B3", "ł"),
    ],
)
def test_parameters_of_the_address_go_back_as_they_came(
    charset: str, query: str, value: str
):
    hook = f"https://srm.example/x?q={query}"
    call = called(("HOOK_URL", hook), ("http_content_charset", charset))
    assert isinstance(call, CallUp)
    assert form(BOLT, call=call)["q"] == value


@pytest.mark.parametrize(
    "hook",
    ["", "/relative", "javascript:alert(1)", "sapevent:x", "http://", "http://["],
)
def test_a_call_up_without_an_address_is_refused(hook: str):
    assert called(("HOOK_URL", hook)) == ["OCI-001"]


def test_an_unknown_function_is_refused():
    assert called(("HOOK_URL", HOOK), ("FUNCTION", "DROP")) == ["OCI-002"]


def test_the_form_has_the_query_of_the_address_as_fields():
    made, found = return_form(CALL, [BOLT])
    assert (made.action, made.target) == ("https://srm.example/sap/bc", "_parent")
    assert made.fields == (
        ("sap-client", "100"),
        ("~OkCode", "OLD"),
        ("~target", "_parent"),
        ("~caller", "CTLG"),
        ("NEW_ITEM-DESCRIPTION[1]", "Bolt"),
        ("NEW_ITEM-QUANTITY[1]", "2.5"),
        ("NEW_ITEM-UNIT[1]", "EA"),
        ("NEW_ITEM-PRICE[1]", "50"),
        ("NEW_ITEM-CURRENCY[1]", "EUR"),
        ("NEW_ITEM-PRICEUNIT[1]", "5"),
        ("NEW_ITEM-LEADTIME[1]", "3"),
        ("NEW_ITEM-VENDORMAT[1]", "B-8"),
        ("NEW_ITEM-SERVICE[1]", "X"),
        ("NEW_ITEM-EXT_PRODUCT_ID[1]", "B-8"),
        ("NEW_ITEM-LONGTEXT_1:132[]", "A bolt, in words."),
    )
    assert found == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"description": ""}, "OCI-003"),
        ({"matnr": "4711"}, "OCI-003"),
        ({"unit": ""}, "OCI-003"),
        ({"currency": ""}, "OCI-003"),
        ({"contract_item": "10"}, "OCI-003"),
        ({"ext_quote_item": "10"}, "OCI-003"),
        ({"ext_category_id": "31161500"}, "OCI-003"),
        ({"ext_category": "Bolts"}, "OCI-003"),
        ({"unit": "BOXES"}, "OCI-004"),
        ({"vendormat": "v" * 41}, "OCI-004"),
        ({"leadtime": 100_000}, "OCI-004"),
        ({"quantity": Decimal("1.2345")}, "OCI-005"),
        ({"quantity": Decimal(0)}, "OCI-005"),
        ({"quantity": Decimal("NaN")}, "OCI-005"),
        ({"price": Decimal("-1")}, "OCI-005"),
        ({"price": Decimal(10**11)}, "OCI-005"),
        ({"priceunit": 0}, "OCI-005"),
    ],
)
def test_a_line_that_would_be_dropped_is_left_out_and_told(change, code: str):
    made, found = return_form(CALL, [replace(BOLT, **change), BOLT])
    assert {one.code for one in found} == {code}
    assert {str(one.where) for one in found} == {"NEW_ITEM[1]"}
    assert dict(made.fields)["NEW_ITEM-QUANTITY[1]"] == "2.5"
    assert "NEW_ITEM-QUANTITY[2]" not in dict(made.fields)


def test_the_widest_numbers_fit():
    item = replace(BOLT, quantity=Decimal("99999999999.999"), priceunit=99_999)
    assert codes(item) == []
    assert form(item)["NEW_ITEM-QUANTITY[1]"] == "99999999999.999"


def test_a_text_is_cut_and_told():
    item = replace(BOLT, description="d" * 41)
    assert codes(item) == ["OCI-006"]
    assert form(item)["NEW_ITEM-DESCRIPTION[1]"] == "d" * 40


def test_a_character_that_the_page_does_not_have_is_told():
    assert codes(replace(BOLT, longtext="Ω"), "iso8859-1") == ["OCI-007"]
    assert codes(replace(BOLT, description="é"), "iso8859-1") == []


def test_many_lines_are_told():
    _, found = return_form(CALL, [BOLT] * (MOST_LINES + 1))
    assert [one.code for one in found] == ["OCI-008"]


def test_an_item_without_a_price_has_no_price_unit():
    free = replace(BOLT, price=None, currency="")
    assert not {"NEW_ITEM-PRICEUNIT[1]", "NEW_ITEM-PRICE[1]"} & set(form(free))


def test_by_the_buyers_number_neither_text_nor_unit_is_needed():
    assert codes(replace(BOLT, description="", unit="", matnr="4711")) == []


def test_each_field_is_one_of_the_item():
    assert {one.name for one in fields(OciItem)} == {*FIELDS, "longtext"}


def test_only_a_download_comes_without_an_address():
    read = called(
        ("FUNCTION", "DownloadJSON"),
        ("pagesize", "5000"),
        ("requestedpage", "3"),
        ("TRANSACTIONID", "t-1"),
    )
    assert isinstance(read, CallUp)
    assert (read.page_size, read.page, read.transaction_id) == (1_000, 3, "t-1")


@pytest.mark.parametrize("sent", ["", "0", "-1", "two", "²", "9" * 20])
def test_a_page_that_is_no_number_is_the_first(sent: str):
    read = called(("HOOK_URL", HOOK), ("requestedpage", sent), ("pagesize", sent))
    assert isinstance(read, CallUp)
    assert (read.page, read.page_size) == (1, 50)


def test_our_number_as_a_vendor_comes_in_two_spellings():
    read = called(("HOOK_URL", HOOK), ("NEW_ITEM-VENDOR", "100044"))
    assert isinstance(read, CallUp)
    assert read.vendor == "100044"


def test_who_brings_nothing_goes_where_the_buyer_says():
    away = replace(CALL, cancel_url="https://ifs.example/cancel?id=7")
    form = cancel_form(away)
    assert (form.action, form.fields) == ("https://ifs.example/cancel", (("id", "7"),))
    back = cancel_form(CALL)
    assert back.action == "https://srm.example/sap/bc"
    assert not [name for name, _ in back.fields if name.startswith("NEW_ITEM")]


def test_an_address_for_cancelling_is_an_address():
    assert called(("HOOK_URL", HOOK), ("OCICANCEL", "javascript:x")) == ["OCI-001"]


def test_what_is_kept_of_a_call_up_holds_no_password():
    read = called(("HOOK_URL", HOOK), ("PASSWORD", "s3cret"), ("~CALLER", "X"))
    assert isinstance(read, CallUp)
    text = kept_call_up(read)
    assert "s3cret" not in text
    assert return_form(read_kept(text), [BOLT]) == return_form(read, [BOLT])


def test_an_address_brings_no_fields_of_items_along():
    call = replace(CALL, hook_url=f"{HOOK}&NEW_ITEM-PRICE[1]=1&new_item-price[1]=2")
    names = [name for name, _ in return_form(call, [BOLT])[0].fields]
    assert names.count("NEW_ITEM-PRICE[1]") == 1
    assert "new_item-price[1]" not in names


NAMES = ["HOOK_URL", "OCICANCEL", "http_content_charset", "returntarget", "x"]
VALUES = st.text() | st.text(alphabet="http:/[]?&=@a\\\0 ").map("http://".__add__)


@given(st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=6))
def test_whatever_is_sent_it_is_a_call_up_or_findings(pairs: list[tuple[str, str]]):
    read = read_call_up(pairs)
    if isinstance(read, CallUp):
        kept = read_kept(kept_call_up(read))
        assert cancel_form(kept) == cancel_form(read)
        form, _ = return_form(kept, [BOLT])
        assert form.as_html("Go").encode(form.charset, "xmlcharrefreplace")
    else:
        assert {one.code for one in read} == {"OCI-001"}
