"""Every recipe of docs/cookbook.md does what the page says it does."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pytest
import yaml

from gateway.bootstrap import tables
from gateway.edi.events import InterchangeBegun, MessageRead
from gateway.edi.numbers import Numbers
from gateway.edi.plan import plan
from gateway.edi.relations import Relations
from gateway.edi.validate import Validator
from gateway.edi.x12.ack997 import GroupOutcome, SetOutcome, drafts
from gateway.edi.x12.reader import X12Reader
from gateway.findings.model import verdict
from gateway.mappers import READERS
from gateway.partner import Directory, Profile, load
from gateway.partner.relate import Pairs, Relate
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Effect, Queue
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import World
from tests.starters import FOLDER, ROOT, starter_prices, texts

NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
NUMBERS = Numbers(interchange=1, group=1, message=1)
PAGE = (ROOT / "docs" / "cookbook.md").read_text("utf-8")
HEADS = re.compile(r"^### (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
JOINING = {"relate": Relate, "pairs": Pairs}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One recipe: the keys of the profile, what they send, and what they get."""

    title: str
    keys: Mapping[str, Any]
    sent: tuple[str, ...]
    answers: Mapping[str, tuple[str, ...]]


def recipes(page: str) -> Iterator[Recipe]:
    """The recipes of a page; a heading without a YAML block is none."""
    parts = HEADS.split(page)
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        blocks = {kind: text for kind, text in BLOCK.findall(body)}
        if "yaml" not in blocks:
            continue
        keys = yaml.load(blocks["yaml"], yaml.BaseLoader)  # noqa: S506  makes texts only
        sent = tuple(blocks.get("sent", "").splitlines())
        answers = {
            kind: tuple(text.splitlines())
            for kind, text in blocks.items()
            if kind in ("997", "855")
        }
        yield Recipe(title, keys, sent, answers)


def base() -> list[str]:
    """The order that every recipe starts from: the first block of the page."""
    lines = (ROOT / "samples" / "x12" / "order.edi").read_text("ascii").splitlines()
    return [line.removesuffix("~") for line in lines]


@lru_cache(maxsize=1)
def standard() -> Validator:
    schema = tables().schema("004010", "850")
    assert schema is not None
    return Validator(plan(schema))


def body_with(sent: Iterable[str]) -> list[str]:
    """The order's body with what a recipe sends in the place of what it had.

    Segments take the place of those of their tag; ``no CUR`` takes them out. New ones
    stand in the first place where the standard has them, behind a PO1 in its loop.
    """
    body = base()[3:-3]
    groups: dict[str, list[str]] = {}
    for line in (each.removesuffix("~") for each in sent):
        if line.startswith("no "):
            body = [one for one in body if one.partition("*")[0] != line[3:]]
        else:
            tag = line.partition("*")[0]
            of_line = "PO1" in groups and tag != "CTT"  # what follows a PO1 is its own
            groups.setdefault("PO1" if of_line else tag, []).append(line)
    for tag, lines in groups.items():
        had = [n for n, one in enumerate(body) if one.partition("*")[0] == tag]
        if had:
            rest = [one for one in body if one.partition("*")[0] != tag]
            body = [*rest[: had[0]], *lines, *rest[had[0] :]]
        else:
            body = min(
                ([*body[:n], *lines, *body[n:]] for n in range(1, len(body) + 1)),
                key=lambda tried: len(misplaced(tried)),
            )
    return body


def misplaced(body: list[str]) -> list[str]:
    (message,) = (e for e in events(interchange(body)) if isinstance(e, MessageRead))
    return [f.code for f in standard().validate(message) if f.code.startswith("SYN-1")]


def interchange(body: list[str]) -> bytes:
    head, tail = base()[:3], base()[-3:]
    lines = [*head, *body, f"SE*{len(body) + 2}*0001", *tail[1:]]
    return "".join(f"{line}~\n" for line in lines).encode("ascii")


def events(raw: bytes) -> list[Any]:
    reader = X12Reader()
    return [*reader.receive(raw), *reader.finish()]


def profile_of(keys: Mapping[str, Any]) -> Profile:
    """The partner of the page under the keys of a recipe; joining rules apart."""
    acme = texts(FOLDER / "acme" / "profile.yaml")
    facts = {k: v for k, v in acme.items() if k not in ("guide", "policy")}
    facts["x12"] = {"suffix": "\n"}
    for key, value in keys.items():
        facts[key] = value
    guide = facts.get("guide", {})
    own = {key: value for key, value in guide.items() if key not in JOINING}
    facts["guide"] = {"sku": {"qualifiers": ["VP"]}} | own
    loaded = load(yaml.safe_dump(facts), "recipe")
    assert isinstance(loaded, Profile), loaded
    assert Rules(tables(), Directory.of([loaded])).guide_findings(loaded) == ()
    return loaded


def joining(keys: Mapping[str, Any]) -> tuple[list[Relate], list[Pairs]]:
    guide = keys.get("guide", {})
    relates = [Relate.model_validate(rule) for rule in guide.get("relate", ())]
    return relates, [Pairs.model_validate(rule) for rule in guide.get("pairs", ())]


def got(recipe: Recipe) -> dict[str, list[str]]:
    """The AK segments of the 997, and those of the 855 that speak of the answer."""
    profile, raw = profile_of(recipe.keys), interchange(body_with(recipe.sent))
    relates, pairs = joining(recipe.keys)
    if relates or pairs:
        return {"997": told(judged(profile, raw, relates, pairs), "997")}
    rules = Rules(tables(), Directory.of([profile]))
    world = World(now=NOW, prices={profile.id: starter_prices("acme")})
    effects = answer(read([raw], rules, receipt_id="rcp_now", door="folder"), world)
    out = {}
    for kind in ("997", "855"):
        written = queued(effects, kind)
        if written or kind in recipe.answers:
            out[kind] = told(b"".join(written), kind) or ["nothing: the order is held"]
    return out


def judged(
    profile: Profile, raw: bytes, relates: list[Relate], pairs: list[Pairs]
) -> bytes:
    """The 997 of an order that is judged by joining rules too."""
    schema = tables().schema("004010", "850")
    assert schema is not None
    laid = plan(
        schema, profile.guide, message="x12_850", reads=READERS["x12_850"].reads
    )
    judge, rules = Validator(laid), Relations(relates, pairs, laid)
    assert rules.findings == ()
    isa, group, message, *_ = events(raw)
    assert isinstance(isa, InterchangeBegun)
    found = judge.validate(message)
    found += rules.check(judge.tree(message), message, found)
    sets = (SetOutcome(type="850", control_number="0001", findings=found),)
    outcome = GroupOutcome(group=group, sets=sets, stated="1", findings=())
    assert verdict(found)
    return b"".join(draft.finish(NUMBERS, NOW) for draft in drafts(isa, [outcome]))


def queued(effects: Iterable[Effect], kind: str) -> list[bytes]:
    drafts_ = [e for e in effects if isinstance(e, Queue) and e.kind == f"x12_{kind}"]
    return [effect.draft.finish(NUMBERS, NOW) for effect in drafts_]


def told(raw: bytes, kind: str) -> list[str]:
    """The segments that a recipe shows: from AK3 on, or BAK and what lines got."""
    lines = raw.decode("ascii").splitlines()
    tags = (
        ("AK3", "AK4", "AK5", "AK9") if kind == "997" else ("BAK", "ACK", "N9", "MSG")
    )
    return [_short(line) for line in lines if line.startswith(tags)]


def _short(line: str) -> str:
    """A BAK without our number and dates, which are not the point."""
    return re.sub(r"^(BAK.[^*]*.[A-Z]{2}).*~$", r"\1...", line)


RECIPES = list(recipes(PAGE))


def test_the_page_begins_with_the_order_that_recipes_change():
    block = BLOCK.search(PAGE)
    assert block is not None
    shown = [line.removesuffix("~") for line in block[2].splitlines()]
    assert shown == base()[2:-2]


def test_there_are_recipes():
    assert len(RECIPES) > 25


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_a_recipe_leads_to_the_answers_it_shows(recipe: Recipe):
    answers = {kind: list(lines) for kind, lines in recipe.answers.items()}
    made = got(recipe)
    assert {kind: made[kind] for kind in answers} == answers
    assert answers


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_every_rule_of_a_recipe_has_a_reason(recipe: Recipe):
    guide = recipe.keys.get("guide", {})
    rules = [
        rule for rules in guide.values() if isinstance(rules, list) for rule in rules
    ]
    assert [rule for rule in rules if not rule.get("why")] == []
