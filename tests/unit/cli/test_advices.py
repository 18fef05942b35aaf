"""``advices``, ``show adv_...`` and ``send`` as an operator runs them."""

from __future__ import annotations

import re

import pytest

from tests.starters import ROOT
from tests.unit.cli.test_commands import gateway, home, run

__all__ = ["gateway", "home"]

CASES = ROOT / "tests" / "golden"


@pytest.fixture
def told(gateway):
    """A remittance for an invoice that nobody wrote, and a text, have come."""
    inbox = gateway / "partners" / "acme" / "in"
    inbox.mkdir(parents=True, exist_ok=True)
    text = (CASES / "x12_864" / "text" / "in.edi").read_text()
    (inbox / "1.edi").write_text(text.replace("000002001", "000002002"))
    (inbox / "2.edi").write_bytes(
        (CASES / "x12_820" / "short-paid" / "in.edi").read_bytes()
    )
    result = run("work", "--once")
    assert result.exit_code == 0, result.output
    return gateway


def test_advices_are_listed_by_kind_and_shown(told):
    listed = run("advices", "--kind", "remittance").stdout
    (id_,) = re.findall(r"adv_\w+", listed)
    shown = run("show", id_).stdout
    assert "EFT-5501" in listed
    assert "invoice INV-1 (not ours): unknown  1407 USD" in shown
    assert "-100 USD for 01 TWO CARTONS DAMAGED" in shown
    assert "ACC-103" in shown


def test_a_text_is_shown_as_it_came(told):
    (id_,) = re.findall(r"adv_\w+", run("advices", "--kind", "text").stdout)
    assert "DC01 IS CLOSED ON 24 DECEMBER.\n" in run("show", id_).stdout
    assert run("show", id_, "--json").stdout.startswith('{"about"')


def test_what_there_is_not_is_not_shown(gateway):
    result = run("show", "adv_1")
    assert result.exit_code == 2
    assert "there is no advice adv_1" in result.stderr


def test_what_cannot_be_sent_says_why(gateway):
    status, prices = run("send", "status", "ord_1"), run("send", "prices", "acme")
    assert (status.exit_code, prices.exit_code) == (1, 1)
    assert "API-011" in status.stderr
    assert "CFG-004" in prices.stderr


def test_prices_are_queued(gateway):
    result = run("send", "prices", "quarrel-ridge")
    assert result.exit_code == 0, result.stderr
    assert "quarrel-ridge: price catalogues queued: 1\n" in result.stdout
