"""Their numbers and ours through the whole engine: repeats, gaps, series."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from gateway.store.tables import alert
from tests.starters import FOLDER
from tests.unit.engine.starter_house import Door
from tests.unit.pipeline.parts import group, interchange, message

LANTERN = FOLDER / "lantern-bay/samples"


def order(po: str, *, isa: int, gs: int, sender: str = "ACME") -> bytes:
    return interchange(group(message(po), number=gs), number=isa, sender=sender)


def rows(content: bytes, *tags: str) -> list[str]:
    """The segments with these tags."""
    end = b"\r\n" if content.endswith(b"\r\n") else b"~"
    every = (row.decode().strip().replace("|", "*") for row in content.split(end))
    return [row for row in every if row.split("*")[0] in tags]


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("level", ["group", "set"])
def test_a_resent_group_books_nothing_and_gets_the_same_997(
    house: Door, level: str, together: bool
):
    acme = house(x12={"unique": level})
    both = order("4711", isa=1, gs=7), order("4711", isa=2, gs=7)
    batches = [both] if together else [(both[0],), (both[1],)]
    first, again = [receipt for batch in batches for receipt in acme.take(*batch)]
    assert acme.orders() == ["4711"]
    (stored,) = acme.answers(first, "x12_997")
    assert acme.answers(again, "x12_997") == [stored]
    assert acme.answers(again, "x12_855") == []
    assert acme.codes(again) == ["ENV-084"]


def test_a_group_number_with_other_content_is_rejected_in_the_997(house: Door):
    acme = house(x12={"unique": "group"})
    _, other = acme.take(order("4711", isa=1, gs=7), order("4712", isa=2, gs=7))
    assert acme.orders() == ["4711"]
    (content,) = acme.answers(other, "x12_997")
    assert rows(content, "AK1", "AK9") == ["AK1*PO*7", "AK9*R*1*1*0*6"]
    assert acme.codes(other) == ["ENV-066"]  # noted once, though operators are told
    with acme.gateway.db.read() as tx:
        raised = sa.select(alert.c.code).where(alert.c.ref == other)
        assert tx.execute(raised).scalars().all() == ["ENV-066"]


def test_a_set_number_with_other_content_is_rejected_in_the_997(house: Door):
    acme = house(x12={"unique": "set"})
    _, other = acme.take(order("4711", isa=1, gs=7), order("4712", isa=2, gs=7))
    assert acme.orders() == ["4711"]
    (content,) = acme.answers(other, "x12_997")
    assert rows(content, "AK2", "AK5", "AK9") == [
        "AK2*850*0001",
        "AK5*R*23",
        "AK9*R*1*1*0",
    ]


def good_5010(*, isa: bytes, po: bytes = b"LB-770101") -> bytes:
    """The distributor's good sample in another interchange, or with another order."""
    data = (LANTERN / "good-small.edi").read_bytes()
    number = data.split(b"|")[13]
    return data.replace(number, isa).replace(po_of(data), po)


def po_of(data: bytes) -> bytes:
    return data.split(b"BEG|")[1].split(b"|")[2]


def test_a_resent_5010_group_gets_the_same_999(house: Door):
    lantern = house("lantern-bay", x12={"unique": "group"})
    data = good_5010(isa=b"000000501"), good_5010(isa=b"000000502")
    first, again = lantern.take(*data)
    assert len(lantern.orders()) == 1
    (stored,) = lantern.answers(first, "x12_999")
    assert lantern.answers(again, "x12_999") == [stored]


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("group", ["AK9*R*1*1*0*19"]),
        ("set", ["IK5*R*23", "AK9*R*1*1*0"]),
    ],
)
def test_other_5010_content_under_a_number_is_rejected_in_the_999(
    house: Door, level: str, told: list[str]
):
    lantern = house("lantern-bay", x12={"unique": level})
    _, other = lantern.take(
        good_5010(isa=b"000000501"), good_5010(isa=b"000000502", po=b"LB-770199")
    )
    assert len(lantern.orders()) == 1
    (content,) = lantern.answers(other, "x12_999")
    assert rows(content, "IK5", "AK9") == told


def test_two_resent_interchanges_of_one_transmission_are_answered_once(house: Door):
    acme = house(x12={"unique": "group"})
    (first,) = acme.take(order("4711", isa=1, gs=7) + order("4712", isa=2, gs=8))
    (again,) = acme.take(order("4711", isa=3, gs=7) + order("4712", isa=4, gs=8))
    assert acme.orders() == ["4711", "4712"]
    assert sorted(acme.answers(again, "x12_997")) == sorted(
        acme.answers(first, "x12_997")
    )


def test_a_file_of_resent_interchanges_is_answered_once(house: Door):
    acme = house()
    data = order("4711", isa=1, gs=7) + order("4712", isa=2, gs=8)
    first, again = acme.take(data, data + b"\n")
    assert acme.orders() == ["4711", "4712"]
    assert len(acme.answers(first, "x12_997")) == 2
    assert len(acme.answers(again, "x12_997")) == 2


def test_a_gap_is_told_and_filled_across_batches(house: Door):
    acme = house(x12={"gaps": "warn"})
    numbers = (999_999_998, 1), (1, 2), (999_999_999, 3), (2, 4)
    codes = [
        acme.codes(acme.take(order(f"47{n}", isa=isa, gs=gs))[0])
        for n, (isa, gs) in enumerate(numbers)
    ]
    assert codes == [[], ["ENV-085"], ["ENV-086"], []]
    assert len(acme.orders()) == 4


def test_a_gap_is_told_within_a_batch(house: Door):
    acme = house(x12={"gaps": "warn"})
    batch = [order(f"47{n}", isa=n, gs=n) for n in (1, 2, 4, 3)]
    assert [acme.codes(one) for one in acme.take(*batch)] == [
        [],
        [],
        ["ENV-085", "ENV-085"],
        ["ENV-086", "ENV-086"],
    ]


def test_an_acknowledgement_settles_the_message_of_its_own_series(house: Door):
    names = [
        {"qualifier": "ZZ", "id": "ACME", "gs": "ACMEPROD"},
        {"qualifier": "ZZ", "id": "ACMEWEST", "gs": "ACMEPROD"},
    ]
    acme = house(identities={"x12": names})
    acme.take(order("4711", isa=1, gs=1), order("4712", isa=1, gs=1, sender="ACMEWEST"))
    east, west = (row for row in acme.sent() if row.type == "x12_855")
    assert east.interchange_number == west.interchange_number
    its = ["ST*997*0001", "AK1*PR*2", "AK9*A*1*1*1", "SE*4*0001"]
    fa = interchange(group(its, kind="FA"), number=9, sender="ACMEWEST")
    (receipt,) = acme.take(fa)
    by_id = {row.id: row.acknowledgement for row in acme.sent()}
    assert (by_id[east.id], by_id[west.id]) == ("waiting", "accepted")
    assert acme.codes(receipt) == []
