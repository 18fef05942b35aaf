"""Break a good EDIFACT sample in one place, and tell all that is said of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from gateway.bootstrap import edifact, tables
from gateway.edi.limits import Limits
from gateway.edi.numbers import Numbers
from gateway.engine.reading import learned
from gateway.partner import Directory, Profile
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Effect, Queue
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import World
from tests.conformance.test_mutations.parts import (
    Change,
    Raw,
    Said,
    found_in,
    mutated,
    told,
)
from tests.starters import FOLDER, starter_prices, starter_profile, texts
from tests.unit.pipeline.parts import NOW

MARLOW = "marlow-grocers"
FormName = Literal["un3", "un4", "eancom97", "eancom2002"]
FORMS: tuple[FormName, ...] = ("un3", "un4", "eancom97", "eancom2002")
_TABLES, _DIRECTORIES = tables(), edifact()
_NUMBERS = Numbers(interchange=1, group=1, message=1)


# What the gateway says.


@lru_cache
def partner(form: str, level: str, guide: str) -> Profile:
    """Marlow with a form of CONTRL, a level, and more rules for its guide, as JSON.

    It has a second address, with a qualifier that list 0007 does not have.
    """
    form = "un" if form.startswith("un") else form
    wanted = {"contrl": "always", "contrl_form": form, "level": level or "tolerant"}
    rules_ = texts(FOLDER / MARLOW / "profile.yaml")["guide"]
    for rule, more in json.loads(guide or "{}").items():
        rules_[rule] = rules_.get(rule, []) + more
    facts = texts(FOLDER / MARLOW / "profile.yaml")["identities"]
    odd = {"qualifier": "13", "id": facts["edifact"]["id"]}
    both = {**facts, "edifact": [facts["edifact"], odd]}
    return starter_profile(MARLOW, edifact=wanted, guide=rules_, identities=both)


@lru_cache
def rules(form: str = "un3", level: str = "", guide: str = "", limit: int = 0) -> Rules:
    """Marlow's; ``limit`` are the bytes that a message may have, half a segment's."""
    limits = Limits(message_bytes=limit, segment_bytes=limit // 2) if limit else None
    whose = Directory.of([partner(form, level, guide)])
    return Rules(_TABLES, whose, limits, directories=_DIRECTORIES)


def syntax_4(raw: bytes) -> bytes:
    """A sample of syntax version 3 as one of version 4."""
    raw = raw.replace(b"UNA:+.? '", b"UNA:+.?*'").replace(
        b":14+261120:", b":14+20261120:"
    )
    return raw.replace(b":3+5012", b":4+5012", 1)


def said(raw: bytes, by: Rules, before: bytes = b"") -> Said:
    """All findings of a transmission, and the segments of its CONTRLs."""
    world = World(now=NOW, prices={MARLOW: starter_prices(MARLOW)})
    effects: tuple[Effect, ...] = ()
    for n, data in enumerate((before, raw) if before else (raw,)):
        world = learned(world, f"rcp_{n - 1}", effects)
        effects = answer(read([data], by, receipt_id=f"rcp_{n}"), world)
    drafts = [e.draft for e in effects if isinstance(e, Queue) and e.kind.endswith("l")]
    wires = [draft.finish(_NUMBERS, NOW).decode("latin-1") for draft in drafts]
    rows = [row.strip() for wire in wires for row in wire.split(wire[8])]
    uc = [row for row in rows if row.startswith("UC")]
    return Said([told(f, raw) for f in found_in(effects)], uc)


# What is expected of a mutation.


class Row(NamedTuple):
    """A finding code, and one way to provoke it in a good sample.

    ``found`` are all findings, ``contrl`` all that is answered in syntax version 3;
    ``others`` has what is found or said otherwise in other forms.
    """

    code: str
    name: str
    changes: tuple[Change | Raw, ...]
    found: list[str]
    contrl: list[str]
    others: Mapping[FormName, list[str]] = MappingProxyType({})
    sample: str = "marlow rich"
    level: str = ""
    guide: str = ""
    limit: int = 0
    again: bool = False
    """The good sample came before."""
    only: tuple[FormName, ...] = FORMS
    """The forms in which it can be."""

    def __str__(self) -> str:
        """The code, the way, and the level."""
        return " ".join(filter(None, (self.code, self.name, self.level)))

    def raw(self, form: FormName) -> bytes:
        """The broken sample."""
        return self._in(form, mutated(self.sample, *self.changes))

    def said(self, form: FormName) -> Said:
        """What the gateway says to a partner who wants this form."""
        before = self._in(form, mutated(self.sample)) if self.again else b""
        by = rules(form, self.level, self.guide, self.limit)
        return said(self.raw(form), by, before)

    def expected(self, form: FormName) -> Said:
        """What it is to say."""
        return Said(self.found, self.others.get(form, self.contrl))

    @staticmethod
    def _in(form: FormName, raw: bytes) -> bytes:
        return syntax_4(raw) if form == "un4" else raw


def more(**rules_: Any) -> str:
    """More rules of the guide, all about orders."""
    about = {"message": "edifact_orders"}
    return json.dumps({k: [{**about, **one} for one in v] for k, v in rules_.items()})


_PARTIES = "5012345001012:14+4009988000015:14"
GOOD = f"UCI+4712+{_PARTIES}+7"
UCM = "UCM+1+ORDERS:D:01B:UN:EAN010+4"


def refused(why: str, number: str = "4712") -> list[str]:
    """All of the interchange is rejected."""
    return [f"UCI+{number}+{_PARTIES}+4+{why}"]


def bad(*rows: str, why: str = "") -> list[str]:
    """The one message is rejected."""
    return [GOOD, UCM + f"+{why}" * bool(why), *rows]
