"""The page of a partner's guide."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from gateway import bootstrap
from gateway.edi.plan import MessagePlan, plan
from gateway.mappers import READERS
from gateway.partner import Profile
from gateway.partner.guide import Guide
from gateway.partner.load import load
from gateway.partner.policy import CASES, Action
from gateway.partner.relate import Pairs, Relate
from gateway.pipeline.guide_doc import guide_page
from gateway.pipeline.guide_samples import Sample
from gateway.pipeline.guide_words import FRENCH
from gateway.pipeline.page import (
    Coded,
    Heading,
    Listing,
    Para,
    Table,
    as_html,
    as_markdown,
)
from tests.unit.edi.parts import BODY, interchange, schema

TEXTS = bootstrap.spoken("fr").texts
"""What the page says that is not its own: titles of codes, names in the tables."""
PROFILES = Path(__file__).parents[3] / "partner_profiles"


@cache
def starter(name: str) -> Profile:
    text = (PROFILES / name / "profile.yaml").read_text("utf-8")
    profile = load(text, name)
    assert isinstance(profile, Profile)
    return profile


def laid(profile: Profile) -> MessagePlan:
    reads = READERS["x12_850"].reads
    return plan(schema(), profile.guide, message="x12_850", reads=reads)


def samples(name: str) -> list[Sample]:
    files = sorted((PROFILES / name / "samples").glob("*.edi"))
    return [Sample(name=file.name, data=file.read_bytes()) for file in files]


def page(name: str = "acme", **more: Any) -> str:
    profile = starter(name)
    return as_markdown(guide_page(profile, laid(profile), **more))


def guided(**rules: object) -> str:
    guide = Guide.model_validate(rules)
    profile = starter("acme").model_copy(update={"guide": guide})
    return as_markdown(guide_page(profile, laid(profile)))


def part(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one."""
    return re.split(r"\n#{1,3} ", text.split(f"# {heading}\n", 1)[1], maxsplit=1)[0]


def row(text: str, first: str) -> list[str]:
    """The cells of the row that begins with a cell."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {first} |")]
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def test_the_title_names_partner_message_and_version():
    assert page().startswith("# Acme Tools Inc.: 850 004010\n")


def test_the_envelope_has_both_addresses_and_separators():
    envelope = part(page(), "Envelope")
    assert row(envelope, "sender (ISA05, ISA06)")[1] == "`ZZ/ACME`"
    assert row(envelope, "element separator we write")[1] == "`* (0x2A)`"


def test_all_segments_stand_in_the_order_of_the_table():
    told = part(page(), "Segments in order")
    tags = re.findall(r"^\| *\N{NO-BREAK SPACE}*`(\w+)`", told, re.MULTILINE)
    assert tags[:6] == ["ST", "BEG", "CUR", "REF", "PER", "TAX"]
    assert tags[-1] == "SE"
    assert len(tags) == sum(1 for _ in _all(laid(starter("acme")).nodes))


def _all(nodes: Any) -> Any:
    for node in nodes:
        yield node
        yield from _all(node.nodes[1:])


def test_a_required_segment_is_told():
    assert row(part(page(), "Segments in order"), "`REF`")[2] == "required by the guide"


def test_a_forbidden_segment_is_told():
    told = part(page("st-brendan-health"), "Segments in order")
    assert row(told, "`FOB`")[2] == "not used"


def test_the_guides_maximum_use_is_told():
    assert row(part(page(), "Segments in order"), "`PER`")[3] == "1 (guide)"


def test_elements_have_type_length_and_the_codes_that_remain():
    beg = part(page(), "`BEG` Start of the order")
    assert row(beg, "`BEG-02`")[2:] == ["92", "ID", "2/2", "required", "`NE` `SA`"]


def test_an_element_that_the_guide_requires_is_told():
    assert (
        row(part(page(), "`PO1` Order line"), "`PO1-01`")[5] == "required by the guide"
    )


def test_an_element_that_the_guide_forbids_is_told():
    told = part(page("st-brendan-health"), "`BEG` Start of the order")
    assert row(told, "`BEG-11`")[5] == "not used"


def test_a_length_of_the_guide_is_told():
    told = part(page("st-brendan-health"), "`PO1/PID` Item description")
    assert row(told, "`PID-05`")[4] == "1/120 (guide)"


def test_codes_that_are_added_stand_behind_the_standards():
    told = part(page("st-brendan-health"), "`N9` Headed reference")
    assert row(told, "`N9-01`")[6].endswith("codes of the standard, and `PAR`")


def test_every_rule_has_its_reason():
    told = page("st-brendan-health")
    guide = starter("st-brendan-health").guide
    rules = (
        *guide.require,
        *guide.narrow,
        *guide.forbid,
        *guide.widen,
        *guide.tolerate,
    )
    assert [rule.why for rule in rules if rule.why not in told] == []


def test_conditions_are_told_in_words():
    assert "`N1-03` `N1-04`: all of them or none." in page()
    assert "`PO1-05` asks for `PO1-04`." in page()


def test_examples_are_cut_from_samples_that_are_accepted():
    told = part(page(samples=samples("acme")), "`BEG` Start of the order")
    assert re.search(r"Example from (case|good)-[a-z-]+\.edi:", told.replace("\\", ""))
    assert "BEG*00*" in told


def test_a_rejected_sample_gives_no_example():
    bad = interchange(line.replace("BEG*00", "BEG*99") for line in BODY)
    told = page(samples=[Sample(name="bad.edi", data=bad)])
    assert "bad.edi" not in told


def test_bytes_that_are_no_interchange_give_no_example():
    assert page(samples=[Sample(name="junk", data=b"\x00\xffhello")]) == page()


def test_segments_that_do_not_matter_are_left_to_the_overview():
    assert "### `PAM`" not in page()
    assert "### `PAM`" in page(everything=True)


def test_the_deadline_of_the_answer_is_told():
    told = part(page("st-brendan-health"), "Acknowledgements")
    assert "855 004010 is sent within 4 hours." in told
    assert "at the last segment that was read" in told


def test_every_case_of_the_policy_has_its_action():
    told = part(page("st-brendan-health"), "How orders are decided")
    assert len(told.strip().splitlines()) == len(CASES) + 2
    assert row(told, "price differs")[2] == "change"


def test_a_finding_that_weighs_otherwise_everywhere_is_told():
    told = part(page("st-brendan-health"), "Findings that weigh otherwise")
    assert row(told, "`WIRE-010`")[2] == "error"


def test_what_we_send_has_no_policy():
    profile = starter("acme")
    sent = plan(schema("855"), profile.guide, message="x12_855")
    told = as_markdown(guide_page(profile, sent, message="x12_855"))
    assert "What we send this partner" in told
    assert row(told, "sender (ISA05, ISA06)")[1] == "`ZZ/BOLTBEAM`"
    assert "How orders are decided" not in told


def test_joining_rules_are_told_at_each_of_their_places():
    rule = Relate.model_validate(
        {
            "when": {"at": "BEG-02", "value": "RL"},
            "require": "BEG-04",
            "why": "guide 1.1",
        }
    )
    told = part(page(joined=[rule]), "`BEG` Start of the order")
    assert "| where `BEG-02` = `RL` required: `BEG-04` | guide 1.1 |" in told


def test_pairs_are_told():
    rule = Pairs.model_validate(
        {"at": "PO1-06", "always": ["VP"], "only": ["VP", "BP"]}
    )
    told = part(page(joined=[rule]), "`PO1` Order line")
    assert "pairs from `PO1-06` on: always `VP` only `VP` `BP`" in told


def test_what_the_partner_wrote_cannot_break_the_page():
    told = guided(forbid=[{"at": "CUR", "why": "a | b <script>*x*"}])
    assert r"a \| b \<script\>\*x\*" in told


# In French.


def test_every_word_of_the_page_has_its_french():
    missing: list[str] = []

    def say(text: str) -> str:
        if text not in FRENCH and text not in TEXTS:
            missing.append(text)
        return text

    pair = {"at": "PO1-06", "always": ["VP"], "only": ["VP"]}
    relate = {"when": "BEG", "unless": "CUR", "require": "ITD", "forbid": "N1"}
    joined = [Pairs.model_validate(pair), Relate.model_validate(relate)]
    for name in ("acme", "st-brendan-health"):
        page(name, samples=samples(name), joined=joined, everything=True, say=say)
    assert missing == []


@pytest.mark.parametrize("action", Action)
def test_every_action_has_its_french(action: Action):
    assert action.replace("_", " ") in FRENCH


def test_the_page_is_french():
    told = page(say=lambda text: FRENCH.get(text, text))
    assert "## Accusés de réception" in told
    assert row(part(told, "Segments dans l'ordre"), "`REF`")[2] == "exigé par le guide"


# Pages.

BLOCKS = (
    Heading(1, "A & B"),
    Para(("see ", Coded("PO1-01"), " <now>")),
    Table(("a", "b"), (("1|2", Coded("x|y")), (Coded("`"), "new\nline"))),
    Listing(("BEG*00~", "```"), "from <x>:"),
)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_markdown_escapes_what_would_be_markup():
    text = as_markdown(BLOCKS)
    assert r"see `PO1-01` \<now\>" in text
    assert r"| 1\|2 | `x\|y` |" in text
    assert "| `` ` `` | new line |" in text


def test_a_listing_with_a_fence_gets_a_longer_one():
    assert "````\nBEG*00~\n```\n````" in as_markdown(BLOCKS)


def test_html_is_well_formed_and_escaped():
    text = as_html(BLOCKS, lang="fr")
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert "script" not in tags.tags
    assert '<html lang="fr">' in text
    assert "<title>A &amp; B</title>" in text
    assert "<code>PO1-01</code> &lt;now&gt;" in text


def test_the_html_page_holds_what_the_markdown_page_holds():
    profile = starter("acme")
    text = as_html(guide_page(profile, laid(profile), samples=samples("acme")))
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert "our vendor number" in text


def test_several_clauses_are_joined_by_words():
    rule = Relate.model_validate(
        {"when": ["BEG", {"at": "CUR-02", "values": ["EUR", "CHF"]}], "forbid": "ITD"}
    )
    told = part(page(joined=[rule]), "`ITD` Payment terms")
    assert "where `BEG` and `CUR-02` = `EUR` `CHF` not used: `ITD`" in told


def test_both_lengths_of_a_guide_are_told():
    told = guided(widen=[{"at": "CTT-02", "min": "2", "max": "4"}])
    assert "`CTT-02` may be as short as 2 may be as long as 4" in told


def test_an_order_that_waits_for_the_erp_is_told():
    policy = starter("acme").policy.model_copy(update={"ack": "on_erp"})
    profile = starter("acme").model_copy(update={"policy": policy})
    told = as_markdown(guide_page(profile, laid(profile)))
    assert "It leaves when the ERP has confirmed." in told


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("ta1", value) for value in ("asked", "rejecting", "never")),
        *(("level", value) for value in ("strict", "tolerant", "repair")),
    ],
)
def test_every_setting_of_the_answer_is_told_in_both_languages(key: str, value: str):
    form = starter("acme").x12.model_copy(update={key: value})
    profile = starter("acme").model_copy(update={"x12": form})
    words: list[str] = []

    def say(text: str) -> str:
        words.append(text)
        return text

    as_markdown(guide_page(profile, laid(profile), say=say))
    assert [w for w in words if w not in FRENCH and w not in TEXTS] == []
