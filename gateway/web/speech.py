"""What people are told, in their language: texts, numbers, money and days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from starlette.requests import Request

from gateway.bootstrap import spoken
from gateway.findings import Finding
from gateway.findings.language import LANGUAGES, Language
from gateway.findings.marking import marked as _
from gateway.order.money import Money, minor_units

__all__ = ["COOKIE", "Speech", "choice_header", "speech_in", "speech_of"]

COOKIE = "gateway_lang"
"""Holds the language that somebody chose."""
_A_YEAR_S = 365 * 24 * 3600
_MOST_RANGES = 20


_MONTHS = (
    _("{day} January {year}"),
    _("{day} February {year}"),
    _("{day} March {year}"),
    _("{day} April {year}"),
    _("{day} May {year}"),
    _("{day} June {year}"),
    _("{day} July {year}"),
    _("{day} August {year}"),
    _("{day} September {year}"),
    _("{day} October {year}"),
    _("{day} November {year}"),
    _("{day} December {year}"),
)
_MARKS = {"en": (",", "."), "fr": ("\u202f", ",")}
"""Between thousands and before decimals, by language."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A language as pages speak it. Nothing that it makes is ever sent to a machine."""

    language: Language

    @property
    def name(self) -> str:
        """The ISO 639-1 code, for ``lang``."""
        return self.language.name

    def __call__(self, text: str, /, **values: object) -> str:
        """The text in this language, ``values`` put in where it names them."""
        return self.language(text, **values)

    def number(self, value: Decimal | int) -> str:
        """A number with all its digits: 1,234.50."""
        thousands, point = _MARKS[self.name]
        whole, _, rest = f"{Decimal(value):,f}".partition(".")
        return whole.replace(",", thousands) + (point + rest if rest else "")

    def quantity(self, value: Decimal) -> str:
        """A number without zeros at its end: 12.5."""
        return self.number(value.normalize())

    def money(self, value: Money) -> str:
        """An amount with the code of its currency, and no zeros that say nothing."""
        amount = value.amount.normalize()
        usual = amount.quantize(Decimal(1).scaleb(-minor_units(value.currency)))
        shown = usual if usual == amount else amount
        return f"{self.number(shown)}\u00a0{value.currency}"

    def day(self, value: dt.date) -> str:
        """A day with the name of its month."""
        return self(_MONTHS[value.month - 1], day=value.day, year=value.year)

    def finding(self, finding: Finding) -> str:
        """What happened, in one sentence."""
        return self.language.what(finding)


@lru_cache(maxsize=len(LANGUAGES))
def speech_in(name: str) -> Speech:
    """The speech of one of ``LANGUAGES``."""
    return Speech(spoken(name))


def speech_of(request: Request) -> Speech:
    """The language that was chosen, else the best that the browser asks for."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return speech_in(chosen)
    return speech_in(_asked(request.headers.get("accept-language", "")))


def _asked(header: str) -> str:
    """The best of ``LANGUAGES`` by Accept-Language (RFC 9110 §12.5.4); else English."""
    best, weight = "en", 0.0
    for part in header.split(",")[:_MOST_RANGES]:
        name, _, said = part.partition(";")
        language = name.strip().lower().partition("-")[0]
        weighs = _weight(said)
        if language in LANGUAGES and weighs > weight:
            best, weight = language, weighs
    return best


def _weight(said: str) -> float:
    value = said.strip().removeprefix("q=")
    if value == said.strip():
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def choice_header(name: str, *, secure: bool) -> str:
    """Set-Cookie for a chosen language; it comes back inside of frames too."""
    site = "SameSite=None; Secure; Partitioned" if secure else "SameSite=Lax"
    return f"{COOKIE}={name}; Max-Age={_A_YEAR_S}; Path=/; HttpOnly; {site}"
