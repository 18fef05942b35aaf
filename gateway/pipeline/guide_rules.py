"""The rules of a guide in words, as the page of the guide has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from gateway.findings import CODES
from gateway.partner import Profile
from gateway.partner.guide import (
    Forbid,
    MaxUse,
    Narrow,
    Require,
    SeverityRule,
    Tolerate,
    Widen,
)
from gateway.partner.place import Place
from gateway.partner.relate import Clause, Pairs, Relate
from gateway.pipeline.page import Cell, Coded
from gateway.pipeline.page import codes as coded

__all__ = ["Rule", "Say", "joined_text", "places_of", "rule_text", "rules_of"]

Rule: TypeAlias = Require | Forbid | Narrow | Widen | MaxUse | Tolerate | SeverityRule
Say: TypeAlias = Callable[[str], str]
"""Turns our English words into the reader's."""


def rules_of(profile: Profile) -> Iterator[Rule]:
    """All rules of a guide about single places, in the order of its keys."""
    guide = profile.guide
    yield from guide.require
    yield from guide.forbid
    yield from guide.narrow
    yield from guide.widen
    yield from guide.max_use
    yield from guide.tolerate
    yield from guide.severity


def rule_text(rule: Rule, say: Say) -> Cell:
    """One rule as a line of the page."""
    return (Coded(str(rule.at)), *_says(rule, say))


def _says(rule: Rule, say: Say) -> Iterator[str | Coded]:
    match rule:
        case Require(wanted=()):
            yield f" {say('has to be there')}"
        case Require():
            yield f" {say('has to be there, once with')} "
            yield from coded(rule.wanted)
        case Forbid():
            yield f" {say('is not used')}"
        case Narrow():
            yield f" {say('takes only')} "
            yield from coded(rule.values)
        case Widen():
            yield from _widened(rule, say)
        case MaxUse():
            yield f" {say('may stand this often:')} {rule.max}"
        case Tolerate() | SeverityRule():
            yield ": "
            yield Coded(rule.code)
            title = say(CODES[rule.code].title)
            yield f" ({title}) {say('weighs')} {say(rule.severity)}"


def _widened(rule: Widen, say: Say) -> Iterator[str | Coded]:
    if rule.values:
        yield f" {say('takes also')} "
        yield from coded(rule.values)
    if rule.min is not None:
        yield f" {say('may be as short as')} {rule.min}"
    if rule.max is not None:
        yield f" {say('may be as long as')} {rule.max}"


def places_of(rule: Relate | Pairs) -> tuple[Place, ...]:
    """The places that a joining rule is shown at: where it holds, and what it asks."""
    if isinstance(rule, Pairs):
        return (rule.at,)
    clauses = (*rule.when, *rule.unless, *rule.require, *rule.forbid)
    return tuple(clause.at for clause in clauses)


def joined_text(rule: Relate | Pairs, say: Say) -> Cell:
    """A rule that joins places as a line of the page."""
    if isinstance(rule, Pairs):
        out: list[str | Coded] = [
            say("pairs from") + " ",
            Coded(str(rule.at)),
            " " + say("on") + ":",
        ]
        if rule.always:
            out += [f" {say('always')} ", *coded(rule.always)]
        if rule.only:
            out += [f" {say('only')} ", *coded(rule.only)]
        return tuple(out)
    parts = (
        (say("where"), rule.when, say("and")),
        (say("unless"), rule.unless, say("or")),
        (say("required:"), rule.require, say("and")),
        (say("not used:"), rule.forbid, say("and")),
    )
    cell: list[str | Coded] = []
    for word, clauses, between in parts:
        if clauses:
            cell.append(f"{' ' if cell else ''}{word} ")
            cell += _clauses(clauses, between)
    return tuple(cell)


def _clauses(clauses: Iterable[Clause], between: str) -> Iterator[str | Coded]:
    for number, clause in enumerate(clauses):
        if number:
            yield f" {between} "
        yield Coded(str(clause.at))
        if clause.wanted:
            yield " = "
            yield from coded(clause.wanted)
