"""An answer accounts for every piece ordered and does not contradict itself."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest

from gateway.order import Item, LineAck, LineQuantity, LineStatus
from gateway.order.ack import (
    ACCEPTED,
    CHANGED,
    REFUSED,
    WAITING,
    StatusKind,
    ack_type,
    quantities_agree,
)


def status(kind, quantity, **rest) -> LineStatus:
    return LineStatus(kind=kind, quantity=Decimal(quantity), **rest)


def answer(*statuses: LineStatus) -> LineAck:
    return LineAck(
        line_no="1",
        item=Item(supplier_sku="W-1"),
        quantity=LineQuantity(value=Decimal(100), uom_sent="EA"),
        statuses=statuses,
    )


@pytest.mark.parametrize(
    "statuses",
    [
        [status("accept", "100")],
        [status("accept", "60"), status("backorder", "40.0", uom="EA")],
        [status("reject", "100")],
        [status("change_quantity", "96")],
        [status("change_quantity", "120")],
        [status("change_unit", "10", uom="BX")],
    ],
)
def test_statuses_that_account_for_the_whole_line_agree(statuses):
    assert quantities_agree(answer(*statuses))


@pytest.mark.parametrize(
    "statuses",
    [
        [],
        [status("accept", "60")],
        [status("accept", "60"), status("backorder", "41")],
        [status("accept", "110"), status("backorder", "-10")],
        [status("accept", "100", uom="CA")],
        [status("change_quantity", "0")],
    ],
)
def test_statuses_that_lose_or_invent_pieces_do_not_agree(statuses):
    assert not quantities_agree(answer(*statuses))


def test_every_kind_of_status_is_in_exactly_one_group():
    groups = [*ACCEPTED, *CHANGED, *WAITING, *REFUSED]
    assert sorted(groups) == sorted(get_args(StatusKind))


@pytest.mark.parametrize(
    ("kinds", "header"),
    [
        ([], "accepted"),
        (["accept", "accept"], "accepted"),
        (["accept", "backorder"], "accepted_with_changes"),
        (["accept", "reject"], "accepted_with_changes"),
        (["reject", "bad_item"], "rejected"),
        (["reject", "hold"], "held"),
    ],
)
def test_the_header_does_not_contradict_its_lines(kinds, header):
    assert ack_type([answer(status(kind, "100")) for kind in kinds]) == header
