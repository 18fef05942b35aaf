"""What operators do most, in a real browser, with the clicks that it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Hires, Picture
from tests.browser.office import Office, at_work, furnished
from tests.starters import FOLDER

LOCALES = {"en": "en-US", "fr": "fr-FR"}


@pytest.fixture(
    scope="module", params=["en", pytest.param("fr", marks=pytest.mark.soak)]
)
def language(request: pytest.FixtureRequest) -> str:
    """The language that everybody's browser asks for."""
    return str(request.param)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, language: str) -> Iterator[Office]:
    """An office for each language: what was decided in one is not to be done again."""
    with at_work(tmp_path_factory.mktemp(f"office-{language}")) as office:
        yield furnished(office)


@pytest.fixture
def somebody(somebody: Hires, language: str) -> Hires:
    """The same people, with browsers in this language."""
    return partial(somebody, locale=LOCALES[language])


def test_a_held_price_is_accepted_with_the_bytes_seen_before(
    office: Office, somebody: Hires, picture: Picture
):
    office.send("case-price-differs.edi", **{"4500001219": "4500009001"})
    worker = somebody()
    picture(worker.page, f"console-queue-{worker.language}")

    row = worker.page.locator("tr", has_text="4500009001")
    worker.press(row.get_by_role("link", name=worker.said("Decide")))
    picture(worker.page, f"console-order-{worker.language}")
    worker.press(
        worker.page.get_by_role("button", name=worker.said("Accept as ordered"))
    )
    picture(worker.page, f"console-decide-{worker.language}")
    expect(worker.page.locator("pre", has_text="BAK*")).to_contain_text("4500009001")
    assert office.state("4500009001") == "held"
    worker.page.get_by_label(worker.said("Reason")).fill("agreed by telephone")
    worker.press(worker.page.locator("main form button.main"))

    assert worker.clicks == 3
    assert office.state("4500009001") == "confirmed"
    expect(worker.page.locator("ol.timeline")).to_contain_text("855")


def test_what_nobody_knew_is_mapped_once_and_the_order_goes_on(
    office: Office, somebody: Hires
):
    worker = somebody()
    row = worker.page.locator("tr", has_text="PLANT9")
    worker.press(row.get_by_role("link", name=worker.said("Map")))
    expect(worker.page.locator("#theirs")).to_have_value("PLANT9")
    worker.page.fill("#ours", "PLANT7")
    worker.page.get_by_label(worker.said("Reason")).fill("moved next door")
    worker.press(worker.page.get_by_role("button", name=worker.said("Keep")))

    assert worker.clicks == 2
    expect(worker.page.locator("main")).to_contain_text("4500001227")
    assert office.state("4500001227") == "confirmed"


def test_a_rejected_message_shows_what_is_wrong_at_its_element(
    somebody: Hires, picture: Picture
):
    worker = somebody("viewer")
    worker.press(
        worker.page.get_by_role("link", name=worker.said("Messages"), exact=True)
    )
    worker.press(worker.page.get_by_role("link", name=f"{worker.said('Rejected')} ("))
    row = worker.page.locator("tr", has_text="ENV-011")
    worker.press(row.get_by_role("link").first)
    picture(worker.page, f"console-message-{worker.language}")

    assert worker.clicks == 3
    segment = worker.page.locator("tr", has=worker.page.locator("b", has_text="SE"))
    expect(segment.last.locator(".finding")).to_contain_text("SE01")
    expect(segment.last.locator("mark")).to_have_text("12")


def test_an_order_is_found_by_its_number_with_all_that_was_said(somebody: Hires):
    worker = somebody("viewer")
    worker.press(
        worker.page.get_by_role("link", name=worker.said("Orders"), exact=True)
    )
    worker.page.get_by_label(worker.said("Their order number")).fill("4500001201")
    worker.press(worker.page.get_by_role("button", name=worker.said("Filter")))
    worker.press(worker.page.get_by_role("link", name="4500001201"))

    assert worker.clicks == 3
    told = worker.page.locator("ol.timeline")
    for kind in ("x12_850", "x12_997", "x12_855"):
        expect(told).to_contain_text(kind)


def test_a_lost_answer_is_sent_again_as_it_was(office: Office, somebody: Hires):
    worker = somebody().go("/console/messages?type=x12_855&po=4500001201")
    worker.press(worker.page.locator("table.rows tbody th a").first)
    worker.press(worker.page.get_by_role("link", name=worker.said("Resend")))
    shown = worker.page.locator("pre").first.inner_text()
    worker.page.get_by_label(worker.said("Reason")).fill("they lost it")
    worker.press(worker.page.get_by_role("button", name=worker.said("Resend")))

    assert worker.clicks == 3
    office.work()
    copies = office.left("acme", "x12_855", "4500001201")
    assert len(copies) == 2
    assert copies[0] == copies[1]
    assert copies[0].decode().split() == shown.split()


def test_what_came_is_judged_again_after_the_profile_was_mended(somebody: Hires):
    worker = somebody().go("/console/messages?code=IMP-103")
    worker.press(worker.page.locator("table.rows tbody th a").first)
    worker.press(worker.page.get_by_role("link", name=worker.said("Reprocess")))
    expect(worker.page.locator("main")).to_contain_text(
        worker.said("Nothing would be judged differently.")
    )
    worker.page.get_by_label(worker.said("Reason")).fill("to see")
    worker.press(worker.page.get_by_role("button", name=worker.said("Reprocess")))
    assert worker.clicks == 3
    expect(worker.page.get_by_role("status")).not_to_be_empty()


def test_a_pasted_document_is_judged_and_nothing_is_kept(
    office: Office, somebody: Hires, picture: Picture
):
    before = office.receipt()
    worker = somebody("viewer")
    worker.press(worker.page.get_by_role("link", name=worker.said("Test bench")))
    text = (FOLDER / "acme" / "samples" / "case-price-differs.edi").read_text("utf-8")
    worker.page.fill("#text", text)
    worker.press(worker.page.get_by_role("button", name=worker.said("Try it")))
    picture(worker.page, f"console-bench-{worker.language}")

    assert worker.clicks == 2
    seen = worker.page.locator("main")
    expect(seen).to_contain_text("CAT-301")
    expect(seen.locator("pre", has_text="AK9*A*1*1*1")).to_be_visible()
    assert office.receipt() == before


def test_a_partners_acknowledgement_is_explained_at_the_element(
    office: Office, somebody: Hires
):
    (ours,) = office.left("acme", "x12_855", "4500001202")
    worker = somebody("viewer").go("/console/bench")
    worker.page.fill("#text", ours.decode())
    worker.page.fill("#ack", refusal_of(ours.decode()))
    worker.press(worker.page.get_by_role("button", name=worker.said("Try it")))

    assert worker.clicks == 1
    told = worker.page.locator(
        "main", has_text=worker.said("What the acknowledgement says")
    )
    expect(told).to_contain_text("ACK-02")
    expect(told.locator("mark").first).to_be_visible()


def refusal_of(ours: str) -> str:
    """A 997 that refuses the second element of the first ACK of our 855."""
    rows = ours.split("~")
    isa, gs, st = (
        next(row for row in rows if row.strip().startswith(tag)).strip().split("*")
        for tag in ("ISA", "GS", "ST")
    )
    body = [row.strip() for row in rows if row.strip()]
    at = [row.split("*")[0] for row in body[2:]].index("ACK") + 1
    turned = [*isa[:5], *isa[7:9], *isa[5:7], *isa[9:13], "000000077", *isa[14:]]
    segments = [
        "*".join(turned),
        f"GS*FA*{gs[3]}*{gs[2]}*20261121*1000*77*X*004010",
        "ST*997*0001",
        f"AK1*PR*{gs[6]}",
        f"AK2*855*{st[2]}",
        f"AK3*ACK*{at}*PO1*8",
        "AK4*2*380*6*x",
        "AK5*R*5",
        "AK9*R*1*1*0",
        "SE*8*0001",
        "GE*1*77",
        "IEA*1*000000077",
    ]
    return "~".join(segments) + "~"


def test_a_price_is_told_with_its_reason(somebody: Hires):
    worker = somebody("viewer")
    worker.press(worker.page.get_by_role("link", name=worker.said("Contracts")))
    worker.press(worker.page.get_by_role("link", name="ACME-2026"))
    worker.page.fill("#q", "BB-1001")
    worker.press(worker.page.get_by_role("button", name=worker.said("Search")))
    worker.press(worker.page.get_by_role("link", name="BB-1001"))
    assert worker.clicks == 4
    expect(worker.page.locator("#price")).to_contain_text("84")


def test_a_profile_is_changed_with_its_faults_shown_first(
    office: Office, somebody: Hires, picture: Picture
):
    worker = somebody("partner-admin").go("/console/partners/acme")
    picture(worker.page, f"console-partner-{worker.language}")
    worker.press(
        worker.page.get_by_role("link", name=worker.said("Change the profile"))
    )
    text = worker.page.locator("textarea").input_value()
    worker.page.fill(
        "textarea", text.replace("missing_price: hold", "missing_prize: hold")
    )
    worker.press(worker.page.locator("main form button.main"))
    expect(worker.page.locator("#errors")).to_contain_text("missing_price")
    worker.page.fill("textarea", text.replace("stage: live", "stage: test"))
    worker.page.fill("#reason", "a trial before the season")
    worker.press(worker.page.locator("main form button.main"))
    assert worker.clicks == 3
    expect(worker.page.locator("main")).to_contain_text(worker.said("version {n}", n=2))


def test_a_price_list_is_taken_over_after_what_it_changes_was_seen(
    somebody: Hires, tmp_path: Path
):
    mine = tmp_path / "prices.csv"
    text = (FOLDER / "acme" / "catalog.csv").read_text("utf-8")
    mine.write_text(text.replace(",24.95,", ",25.95,"), "utf-8")
    worker = somebody("partner-admin").go("/console/contracts/acme/import")
    worker.page.set_input_files("#file", mine)
    worker.press(
        worker.page.get_by_role("button", name=worker.said("Show what it changes"))
    )
    changes = worker.page.locator("#changes + p + div, section table")
    expect(changes.first).to_contain_text(re.compile("25[.,]95"))
    worker.press(
        worker.page.get_by_role("button", name=worker.said("Take these prices over"))
    )

    assert worker.clicks == 2
    expect(worker.page.locator("#notice")).not_to_be_empty()
    worker.go("/console/contracts/acme?q=BB-1002")
    expect(worker.page.locator("table.rows")).to_contain_text(re.compile("25[.,]95"))
