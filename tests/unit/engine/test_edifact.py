"""EDIFACT through the whole engine: kept, acknowledged, booked, answered, resent."""

from __future__ import annotations

import pytest

from gateway.store import queries
from tests.starters import ROOT
from tests.unit.engine.starter_house import Door, House

SAMPLES = ROOT / "samples/edifact"


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.edi").read_bytes()


def rows(content: bytes, *tags: str) -> list[str]:
    """The segments with these tags."""
    every = content.decode("latin-1").replace("\n", "").split("'")
    return [row for row in every if row.split("+")[0] in tags]


def test_an_order_is_acknowledged_booked_and_answered(house: Door):
    marlow = house("marlow-grocers")
    (receipt,) = marlow.take(sample("order"))
    assert marlow.orders() == ["MG-PO-3001"]
    (contrl,) = marlow.answers(receipt, "edifact_contrl")
    assert rows(contrl, "UCI", "UCM") == [
        "UCI+5001+5012345001012:14+4009988000015:14+7"
    ]
    assert [one.type for one in marlow.sent()] == ["edifact_contrl", "edifact_ordrsp"]


def test_numbers_count_up_by_partner_and_apart_for_tests(house: Door):
    marlow = house("marlow-grocers")
    first, second, test = marlow.take(
        sample("order"), sample("unknown-segment"), sample("test")
    )
    numbers = [
        rows(content, "UNZ")
        for receipt in (first, second, test)
        for content in marlow.answers(receipt, "edifact_contrl")
    ]
    assert numbers == [["UNZ+1+1"], ["UNZ+1+3"], ["UNZ+1+1"]]


def test_a_resent_interchange_gets_its_contrl_again_and_books_nothing(house: Door):
    marlow = house("marlow-grocers")
    (first,) = marlow.take(sample("order"))
    (again,) = marlow.take(sample("order"))
    assert marlow.orders() == ["MG-PO-3001"]
    stored = marlow.answers(first, "edifact_contrl")
    assert marlow.answers(again, "edifact_contrl") == stored
    assert marlow.answers(again, "edifact_ordrsp") == []


def test_other_bytes_under_the_same_number_are_refused_as_a_duplicate(house: Door):
    marlow = house("marlow-grocers")
    marlow.take(sample("order"))
    (other,) = marlow.take(sample("order-other-bytes"))
    (contrl,) = marlow.answers(other, "edifact_contrl")
    assert rows(contrl, "UCI") == [
        "UCI+5001+5012345001012:14+4009988000015:14+4+26+UNB+6"
    ]
    assert marlow.orders() == ["MG-PO-3001"]


def test_a_change_is_answered_by_an_ordrsp_that_names_it(house: Door):
    marlow = house("marlow-grocers")
    marlow.take(sample("order"))
    (change,) = marlow.take(sample("change"))
    (answer,) = marlow.answers(change, "edifact_ordrsp")
    assert rows(answer, "RFF")[:3] == [
        "RFF+ON:MG-PO-3001",
        rows(answer, "RFF")[1],
        "RFF+PP:1",
    ]
    assert rows(answer, "QTY") == ["QTY+21:60"]


def test_nobody_gets_an_answer_whom_no_profile_knows(house: Door):
    marlow = house("marlow-grocers")
    marlow.take(sample("unknown-sender"))
    assert (marlow.orders(), marlow.sent()) == ([], [])


def contrl(answer: str, *rows_: str, number: int = 900) -> bytes:
    """Marlow's word about our second interchange, the ORDRSP."""
    body = [
        "UNH+1+CONTRL:D:3:UN:EAN004",
        f"UCI+2+4009988000015:14+5012345001012:14+{answer}",
        *rows_,
    ]
    head = "UNB+UNOC:3+5012345001012:14+4009988000015:14+261121:1000"
    every = [f"{head}+{number}", *body, f"UNT+{len(body) + 1}+1", f"UNZ+1+{number}"]
    return "".join(f"{row}'\n" for row in every).encode()


def answer_of(house: House) -> str:
    """What became of the ORDRSP."""
    return next(
        one.acknowledgement for one in house.sent() if one.type == "edifact_ordrsp"
    )


REFUSED = "UCM+2+ORDRSP:D:01B:UN:EAN009+4"


def test_a_contrl_settles_what_it_names(house: Door):
    marlow = house("marlow-grocers")
    marlow.take(sample("order"))
    (receipt,) = marlow.take(contrl("7"))
    assert answer_of(marlow) == "accepted"
    assert marlow.answers(receipt, "edifact_contrl") == []


def test_a_contrl_that_only_says_it_came_settles_nothing(house: Door):
    marlow = house("marlow-grocers")
    marlow.take(sample("order"), contrl("8"))
    assert answer_of(marlow) == "not_expected"


@pytest.mark.parametrize(
    "said",
    [
        contrl("4+29+UNZ"),
        contrl("7", f"{REFUSED}+12"),
        contrl("7", REFUSED, "UCS+6", "UCD+39+3:1"),
    ],
    ids=["interchange", "message", "element"],
)
def test_a_rejecting_contrl_is_told_to_the_operators(house: Door, said: bytes):
    marlow = house("marlow-grocers")
    marlow.take(sample("order"))
    marlow.take(said)
    assert answer_of(marlow) == "rejected"
    with marlow.gateway.db.read() as tx:
        alerts = queries.alerts(tx).items
    assert [one.code for one in alerts] == ["ENV-208"]


def test_a_contrl_of_what_was_never_sent_is_told(house: Door):
    marlow = house("marlow-grocers")
    (receipt,) = marlow.take(contrl("7"))
    assert marlow.codes(receipt) == ["ENV-201"]


def test_a_contrl_is_awaited_where_it_was_asked_for(house: Door):
    marlow = house("marlow-grocers", edifact={"contrl_wanted": "yes"})
    (receipt,) = marlow.take(sample("order"))
    (answer,) = marlow.answers(receipt, "edifact_ordrsp")
    assert rows(answer, "UNB")[0].endswith("+2++++1")  # 0031
    assert answer_of(marlow) == "waiting"


RECEIVES = [
    {"message": "edifact_orders", "version": "D01B"},
    {"message": "edifact_aperak", "version": "D01B"},
]


def aperak(number: str) -> bytes:
    """Marlow's application refuses our message of this number."""
    body = (
        "UNH+1+APERAK:D:01B:UN:EAN004",
        "BGM+305+AP-1+27",
        "DTM+137:20261121:102",
        f"RFF+ACW:{number}",
        "NAD+BY+5012345001012::9",
        "ERC+17",
        "FTX+AAO+++Line 2 was not ordered",
        "UNT+8+1",
    )
    head = "UNB+UNOC:3+5012345001012:14+4009988000015:14+261121:1000+901"
    return "".join(f"{row}'\n" for row in (head, *body, "UNZ+1+901")).encode()


def test_an_aperak_refuses_the_ordrsp_that_it_names_by_our_number(house: Door):
    marlow = house("marlow-grocers", receives=RECEIVES)
    (receipt,) = marlow.take(sample("order"))
    (answer,) = marlow.answers(receipt, "edifact_ordrsp")
    (bgm,) = rows(answer, "BGM")
    (told,) = marlow.take(aperak(bgm.split("+")[2]))
    assert answer_of(marlow) == "rejected"
    assert marlow.answers(told, "edifact_contrl") == []
    marlow.take(contrl("7"))
    assert answer_of(marlow) == "rejected"
    with marlow.gateway.db.read() as tx:
        alerts = queries.alerts(tx).items
    assert [one.code for one in alerts] == ["ENV-211"]


def test_what_a_contrl_objects_to_is_shown_with_what_was_sent_there(house: Door):
    marlow = house("marlow-grocers")
    marlow.take(sample("order"))
    marlow.take(contrl("7", REFUSED, "UCS+2", "UCD+39+3:1", "UCS+77+15"))
    db = marlow.gateway.db
    (sent,) = [one for one in marlow.sent() if one.type == "edifact_ordrsp"]
    with db.read() as tx:
        detail = queries.message(tx, db.payloads, sent.id)
    assert detail is not None
    (bgm,) = rows(detail.content, "BGM")
    _, element, gone = (noted.finding for noted in detail.findings)
    assert (str(element.where), element.value) == (
        "BGM-02-01 (segment 2)",
        bgm.split("+")[2],
    )
    assert element.what.endswith(f"code 39, element too long: {bgm}")
    assert (gone.where.segment_tag, gone.where.segment_position) == ("", 77)
