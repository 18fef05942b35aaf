from __future__ import annotations

import io
import time
import zipfile

import pytest
import sqlalchemy as sa

from gateway.store import queries, tables
from gateway.store.rows import MessageRow
from gateway.web.console.message import lines_of
from tests.unit.web.console.conftest import Console, come

VIEWS = ("annotated", "raw", "canonical", "answers", "history")
MOST_BYTES = 150_000
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def busy(console: Console) -> Console:
    come(console, "bad-max-use-per.edi")
    come(console)
    return console


def messages(console: Console, **wanted: str) -> list[MessageRow]:
    """The messages with these values, newest first."""
    with console.gateway.db.read() as tx:
        rows = queries.messages(tx, limit=500).items
    return [r for r in rows if all(getattr(r, k) == v for k, v in wanted.items())]


def test_the_order_is_shown_with_the_names_of_its_elements(busy: Console):
    order = messages(busy, type="x12_850")[0]

    page = busy.at("viewer").get(f"/console/messages/{order.id}")

    assert page.status_code == 200
    assert "<b>PO1-04</b> Unit price <code>84</code>" in page.text


def test_a_finding_stands_at_its_segment(busy: Console):
    bad = messages(busy, type="x12_850")[1]

    page = busy.at("viewer").get(f"/console/messages/{bad.id}").text

    assert "IMP-105" in page.partition("<b>PER</b>")[2].partition("<b>DTM</b>")[0]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("type_", ["x12_850", "x12_997", "x12_855"])
def test_every_view_of_what_came_and_what_left_is_a_page(
    busy: Console, type_: str, view: str
):
    browser = busy.at("viewer")
    browser.cookies.set("gateway_lang", "fr")

    pages = [
        browser.get(f"/console/messages/{one.id}?view={view}")
        for one in messages(busy, type=type_)
    ]

    assert [page.status_code for page in pages] == [200] * len(pages)
    assert pages


def test_what_was_understood_is_the_canonical_order(busy: Console):
    order = messages(busy, type="x12_850")[0]
    browser = busy.at("viewer")

    page = browser.get(f"/console/messages/{order.id}?view=canonical")
    (told,) = browser.get(f"/console/messages/{order.id}/canonical.json").json()

    assert "order/1" in page.text
    assert told["body"]["po_number"] == "4500001201"


def test_the_history_goes_from_receipt_to_answer(busy: Console):
    order = messages(busy, type="x12_850")[0]

    page = busy.at("viewer").get(f"/console/messages/{order.id}?view=history").text

    steps = ("received by", "unwrapped, read and checked", "answered with")
    places = [page.index(step) for step in steps]
    assert places == sorted(places)


def test_a_message_of_five_megabytes_is_a_short_page(console: Console):
    lines = "".join(
        f"PO1*{n}*12*EA*84*PE*VP*BB-1001*BP*{'<' * 60}~\n" for n in range(1, 60_001)
    )
    line = "PO1*1*12*EA*84*PE*VP*BB-1001*BP*77-1001~\n"
    sample = {line: lines, "SE*11*": "SE*60010*", "CTT*2": "CTT*60001"}
    come(console, changed=sample)
    order = messages(console, type="x12_850")[0]
    browser = console.at("viewer")

    began = time.process_time()
    first = browser.get(f"/console/messages/{order.id}")
    took_s = time.process_time() - began
    last = browser.get(f"/console/messages/{order.id}?part=60000")
    raw = browser.get(f"/console/messages/{order.id}?view=raw&part=5000000")

    sizes = [len(page.content) for page in (first, last, raw)]
    assert max(sizes) < MOST_BYTES
    assert "<b>CTT</b>" in last.text
    assert took_s < 20


def test_texts_of_the_partner_are_never_markup(console: Console):
    sample = {"JORDAN BLAKE": HOSTILE, "77-1001": HOSTILE}
    come(console, changed=sample)
    order = messages(console, type="x12_850")[0]
    browser = console.at("viewer")

    pages = [browser.get(f"/console/messages/{order.id}?view={v}").text for v in VIEWS]

    assert all(HOSTILE not in page for page in pages)
    assert "&lt;script&gt;" in pages[0]


def test_the_bytes_are_downloaded_as_they_are(busy: Console):
    order = messages(busy, type="x12_850")[0]

    answer = busy.at("viewer").get(f"/console/messages/{order.id}/raw")

    assert answer.content.startswith(b"ST*850*0001~")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_evidence_of_what_came_is_a_bundle(busy: Console):
    order = messages(busy, type="x12_850")[0]

    answer = busy.at("viewer").get(f"/console/messages/{order.id}/evidence")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        assert any(order.receipt_id in name for name in bundle.namelist())


def test_another_partners_message_is_not_there(busy: Console):
    order = messages(busy, type="x12_850")[0]
    browser = busy.at("viewer", "beta")

    places = ("", "/raw", "/evidence", "/differs?other=x")
    answers = [browser.get(f"/console/messages/{order.id}{end}") for end in places]

    assert [answer.status_code for answer in answers] == [404] * 4


def test_a_viewer_is_offered_nothing_to_do_and_may_not(busy: Console):
    answer = messages(busy, type="x12_855")[0]
    browser = busy.at("viewer")

    page = browser.get(f"/console/messages/{answer.id}")
    done = browser.send_form(f"/console/messages/{answer.id}/resend", reason="lost")

    assert "/resend" not in page.text
    assert done.status_code == 403


def test_resend_shows_the_bytes_and_queues_the_same_ones_once(busy: Console):
    one = messages(busy, type="x12_855")[0]
    browser = busy.at("operator")
    place = f"/console/messages/{one.id}/resend"

    asked = browser.get(place)
    done = [browser.send_form(place, reason="they lost it", key="1") for _ in "ab"]

    repeats = [r for r in messages(busy, type="x12_855") if r.replay_of == one.id]
    page = browser.get(f"/console/messages/{one.id}?view=history").text
    assert "BAK*" in asked.text
    assert [answer.status_code for answer in done] == [303, 303]
    assert len(repeats) == 1
    assert "operator: they lost it" in page


def test_reissue_shows_new_numbers_and_replaces(busy: Console):
    one = messages(busy, type="x12_855")[0]
    browser = busy.at("operator")
    place = f"/console/messages/{one.id}/reissue"

    asked = browser.get(place)
    done = browser.send_form(place, reason="wrong date")
    made = messages(busy, replaces=one.id)[0]
    page = browser.get(f"/console/messages/{made.id}/differs?other={one.id}")

    assert "BAK*05" in asked.text
    assert done.headers["location"] == f"/console/messages/{made.id}"
    assert "<ins>" in page.text


def test_reprocess_says_what_would_differ_and_does_it(busy: Console):
    bad = messages(busy, type="x12_850")[1]
    browser = busy.at("operator")
    place = f"/console/messages/{bad.id}/reprocess"

    asked = browser.get(place)
    done = browser.send_form(place, reason="after a profile fix")

    with busy.gateway.db.read() as tx:
        query = sa.select(tables.receipt.c.state)
        state = tx.scalar(query.where(tables.receipt.c.id == bad.receipt_id))
    assert "Nothing would be judged differently" in asked.text
    assert done.status_code == 303
    assert state == "todo"


def test_what_is_not_possible_is_told(busy: Console):
    ack = messages(busy, type="x12_997")[0]

    answer = busy.at("operator").get(f"/console/messages/{ack.id}/reissue")

    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (b"ISA*" + b"x" * 101 + b"~GS*1~ST~", 3),
        (b"UNA:+.? 'UNB+1'UNH+2'", 3),
        (b"ST*850*1~SE*1~", 2),
        (b"UNH+1'UNT+2'", 2),
        (b"<a>\n<b/></a>", 2),
        (b"", 0),
    ],
)
def test_a_text_is_shown_a_segment_a_line(content: bytes, count: int):
    assert len(list(lines_of(content))) == count
