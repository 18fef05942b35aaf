from __future__ import annotations

import pytest
import sqlalchemy as sa

from gateway.store.tables import metadata
from tests.unit.engine.house import SAMPLES
from tests.unit.web.console.conftest import Console, come

ORDER = (SAMPLES / "good-small.edi").read_text()
BAD = (SAMPLES / "bad-max-use-per.edi").read_text()
EDIFACT = (
    "UNA:+.? 'UNB+UNOC:3+1234567890123:14+BOLTBEAM:14+261120:0912+77'"
    "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+4711+9'DTM+137:20261120:102'"
    "NAD+BY+1234567890123::9'LIN+1++4000862141404:EN'QTY+21:48'UNS+S'UNT+8+1'UNZ+1+77'"
)
CXML = (
    '<?xml version="1.0"?><cXML payloadID="1@x" timestamp="2026-11-20T09:12:00Z">'
    '<Response><Status code="406" text="Not Acceptable">no such part</Status>'
    "</Response></cXML>"
)
MDN = (
    "Content-Type: message/disposition-notification\n\n"
    "Original-Message-ID: <1@x>\n"
    "Disposition: automatic-action/MDN-sent-automatically; processed/error: "
    "decryption-failed\n"
)
HOSTILE = "<script>alert(1)</script>"


def counted(console: Console) -> dict[str, int]:
    """How many rows each table has."""
    with console.gateway.db.read() as tx:
        return {
            table.name: tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


def test_an_order_is_read_checked_decided_and_answered(console: Console):
    page = console.at("viewer").send_form("/console/bench", text=ORDER)

    assert page.status_code == 200
    assert "4500001201" in page.text
    assert "ST*997" in page.text
    assert "BAK*" in page.text
    assert "order/1" in page.text


@pytest.mark.parametrize("text", [ORDER, BAD, EDIFACT, CXML, "~X=1&HOOK_URL=http://x"])
def test_nothing_is_kept_whatever_is_tried(console: Console, text: str):
    browser = console.at("operator")
    before = counted(console)

    answer = browser.send_form("/console/bench", text=text, ack=CXML)

    assert answer.status_code == 200
    assert counted(console) == before


def test_what_is_wrong_is_found(console: Console):
    page = console.at("viewer").send_form("/console/bench", text=BAD)

    assert "IMP-105" in page.text


def test_edifact_is_shown_with_names(console: Console):
    page = console.at("viewer").send_form("/console/bench", text=EDIFACT)

    assert "<b>BGM</b>" in page.text
    assert "CFG-030" in page.text


@pytest.mark.parametrize("number", ["000001040", "000009999"])
def test_what_came_before_is_judged_as_if_it_were_new(console: Console, number: str):
    come(console)
    again = ORDER.replace("000001040", number)

    page = console.at("viewer").send_form("/console/bench", text=again).text

    assert "judged as if it were new" in page
    assert "ST*997" in page
    assert "BAK*00*AD" in page


def test_a_file_is_tried_as_it_is(console: Console):
    browser = console.at("viewer")

    page = browser.post(
        "/console/bench",
        data={"csrf": browser.csrf},
        files={"file": ("po.edi", ORDER.encode())},
    )

    assert "4500001201" in page.text


def test_a_form_of_oci_shows_no_password(console: Console):
    form = "USERNAME=ann&PASSWORD=hidden-word&HOOK_URL=https%3A%2F%2Fbuyer.example%2Fb"

    page = console.at("viewer").send_form("/console/bench", text=form)

    told = page.text.partition("<h2>")[2]
    assert "https://buyer.example/b" in told
    assert "hidden-word" not in told


def test_another_day_has_other_findings(console: Console):
    browser = console.at("viewer")

    late = browser.send_form("/console/bench", text=ORDER, date="2027-11-20")
    wrong = browser.send_form("/console/bench", text=ORDER, date="tomorrow")

    assert late.status_code == 200
    assert wrong.status_code == 400


def test_a_997_is_explained_against_the_order(console: Console):
    ack = (
        ORDER.partition("ST*850")[0]
        .replace("GS*PO", "GS*FA")
        .replace("*000001040*", "*000000009*")
    )
    ack += (
        "ST*997*0001~\nAK1*PO*1040~\nAK2*850*0001~\nAK3*PO1*8**8~\n"
        "AK4*4*212*6*84~\nAK5*R*5~\nAK9*R*1*1*0~\nSE*8*0001~\n"
        "GE*1*1040~\nIEA*1*000000009~\n"
    )
    browser = console.at("viewer")

    page = browser.send_form("/console/bench", text=ORDER, ack=ack)
    browser.cookies.set("gateway_lang", "fr")
    french = browser.send_form("/console/bench", text=ORDER, ack=ack)

    told = page.text.partition("What the acknowledgement says")[2]
    assert "PO1-04" in told
    assert "<mark><code>84</code></mark>" in told
    assert "Ce que dit" in french.text


def test_a_status_of_cxml_and_an_mdn_are_explained(console: Console):
    browser = console.at("viewer")

    status = browser.send_form("/console/bench", ack=CXML)
    mdn = browser.send_form("/console/bench", ack=MDN)

    assert "406 Not Acceptable" in status.text
    assert "decryption-failed" in mdn.text.partition("What the ack")[2]


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        f"ISA*{HOSTILE}",
        f"<a>{HOSTILE}</a>",
        f"HOOK_URL={HOSTILE}",
        "\x00" * 99,
    ],
)
def test_hostile_bytes_are_shown_as_text(console: Console, text: str):
    page = console.at("viewer").send_form("/console/bench", text=text, ack=text)

    assert page.status_code == 200
    assert HOSTILE not in page.text


def test_nothing_to_try_is_told(console: Console):
    assert console.at("viewer").send_form("/console/bench").status_code == 400


def test_more_bytes_than_the_bench_takes_are_refused(console: Console):
    text = "x" * 6_100_000

    assert (
        console.at("viewer").send_form("/console/bench", text=text).status_code == 413
    )


def test_somebody_of_a_partner_tries_by_that_profile_alone(console: Console):
    page = console.at("viewer", "beta").send_form("/console/bench", text=ORDER)

    told = page.text.partition("What would become")[2]
    assert "CFG-030" in told
    assert "BAK*" not in told
