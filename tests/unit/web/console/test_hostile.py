"""What a partner fills in stays text on every page, and none loads foreign things.

One order and one transmission of nobody are full of markup; each page that shows them
is walked by following the links of all pages, as a person would.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape

from gateway.pipeline.ports import Inbound, InMemory
from tests.unit.engine.house import SAMPLES
from tests.unit.web.console.conftest import Browser, Console

MARKS = ("<img/src=x", "<script", '"onload=')
LINK = re.compile(r'href="(/console[^"#]*)')
FOREIGN = re.compile(r'(?:href|src|action|hx-[a-z]+)="(?:[a-z]+:|//)', re.IGNORECASE)
INLINE = re.compile(r'<script(?! src=)|<style|\sstyle="|\son[a-z]+="|javascript:')
OURS = re.compile(r'<script src="/console/static/[^>]*>')
MOST_PAGES = 250


def hostile(console: Console) -> None:
    """Orders and a stranger's file, all of them full of markup."""
    text = (SAMPLES / "good-rich.edi").read_text()
    text = text.replace("BEG*00*SA*", "BEG*00*SA*<b>")
    parts = {
        r"(\*ST\*)[^*~]+": r"\1<script a>",
        r"(PID\*F\*{4})[^*~]+": r"\1<img/src=x onerror=a>",
        r"(MTX?\*[^*~]*\*)[^*~]+": r'\1"onload=a',
        r"(MSG\*)[^*~]+": r'\1"onload=a <script>',
        r"(N1\*\w\w\*)[^*~]+": r"\1<img/src=x>",
        r"(PER\*\w\w\*)[^*~]+": r"\1<script b>",
        r"(N3\*)[^*~]+": r'\1"onload=b',
        r"(REF\*\w\w\*)[^*~]+": r"\1<script c>",
    }
    for pattern, hostile_ in parts.items():
        text = re.sub(pattern, hostile_, text)
    send(console, text.encode(), "acme", "<script>.edi")
    unknown = text.replace("*ZZ*", "*ZZ*<img/src=x>", 1)
    send(console, unknown.encode(), "", '"onload=x.edi')
    console.house.order("case-unknown-item.edi", **{"77-9999": "<script d>"})
    console.house.order("case-price-differs.edi")


def send(console: Console, data: bytes, partner: str, name: str) -> None:
    console.gateway.engine.accept(
        Inbound(
            blob=InMemory.of(data),
            channel="folder",
            peer=name,
            partner_id=partner,
            transport_id=name,
            received_at=console.house.now,
        )
    )
    console.house.work()


def walked(browser: Browser) -> Iterator[tuple[str, str]]:
    """Every page that links lead to, each kind of query once or twice."""
    todo, seen = ["/console"], {"/console"}
    while todo and len(seen) < MOST_PAGES:
        url = todo.pop(0)
        answer = browser.get(url)
        assert answer.status_code in (200, 303, 404, 409, 422), (
            url,
            answer.status_code,
        )
        if not answer.headers.get("content-type", "").startswith("text/html"):
            assert answer.headers["x-content-type-options"] == "nosniff"
            continue
        yield url, answer.text
        for found in map(unescape, LINK.findall(answer.text)):
            if found not in seen and "/static/" not in found:
                seen.add(found)
                todo.append(found)


def test_what_partners_fill_in_is_text_everywhere(console: Console):
    hostile(console)
    rooms: Counter[str] = Counter()
    pages = [*walked(console.at("admin"))]
    for url, page in pages:
        own = OURS.sub("", page)
        assert not INLINE.search(own), url
        assert not FOREIGN.search(own), url
        assert not any(mark in own for mark in MARKS), url
        room = url.partition("?")[0].removeprefix("/console").split("/")[1:2]
        rooms["".join(room)] += any(mark in unescape(own) for mark in MARKS)
    assert len(pages) > 50
    assert all(rooms[room] for room in ("", "orders", "messages", "receipts")), rooms


def test_what_cannot_be_seen_is_shown_by_a_sign(console: Console):
    text = (SAMPLES / "good-small.edi").read_text()
    unseen = text.replace("JORDAN BLAKE", "\u202eexe.\x07\u2066")
    send(console, unseen.encode(), "acme", "unseen.edi")
    (way,) = set(re.findall(r"/console/messages/msg_\w+000001", listed(console)))
    page = console.at("viewer").get(f"{way}?view=annotated").text
    assert "[U+202E]exe.\N{SYMBOL FOR BELL}[U+2066]" in page
    bench = console.at("operator").send_form("/console/bench", text=unseen).text
    shown, typed = re.split("<textarea.*?>", bench, maxsplit=1)[0], bench
    assert "\u202e" not in shown
    assert "\u202eexe." in typed


def listed(console: Console) -> str:
    return console.at("viewer").get("/console/messages?direction=in").text
