"""SSCCs and what is in which package."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.order.ship import (
    Package,
    ShipNotice,
    ShippedLine,
    contents,
    sscc,
    sscc_is_good,
    sscc_serials,
)


def line(no: str, package: str) -> ShippedLine:
    return ShippedLine(
        order_id="ord_1",
        po_number="4711",
        line_no=no,
        quantity=Decimal(1),
        package=package,
    )


def test_an_sscc_is_made_as_gs1_shows_it():
    assert sscc("1", "0614141", 234567890) == "106141412345678908"


@pytest.mark.parametrize("prefix", ["0614", "0614141", "061414112345"])
def test_every_length_of_prefix_gives_eighteen_good_digits(prefix: str):
    last = sscc_serials(prefix) - 1
    assert sscc_is_good(sscc("0", prefix, 0))
    assert sscc_is_good(sscc("9", prefix, last))


def test_a_serial_number_that_is_too_long_is_a_bug():
    with pytest.raises(ValueError, match="no serial number"):
        sscc("0", "0614141", sscc_serials("0614141"))


@pytest.mark.parametrize(
    "text", ["", "106141412345678907", "10614141234567890", "1061414123456789O8"]
)
def test_other_texts_are_no_sscc(text: str):
    assert not sscc_is_good(text)


def test_a_pallet_holds_what_its_cartons_hold():
    notice = ShipNotice(
        number="S-1",
        packages=(
            Package(number="1", level="pallet"),
            Package(number="2", inside="1"),
        ),
        lines=(line("1", "2"), line("2", "1"), line("3", "")),
    )
    held = {
        number: [one.line_no for one in lines]
        for number, lines in contents(notice).items()
    }
    assert held == {"": ["3"], "1": ["1", "2"], "2": ["1"]}


def test_packages_inside_each_other_end():
    notice = ShipNotice(
        number="S-1",
        packages=(Package(number="1", inside="2"), Package(number="2", inside="1")),
        lines=(line("1", "1"),),
    )
    assert len(contents(notice)["2"]) == 1
