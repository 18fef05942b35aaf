"""Which numbers of an item a profile prefers, and what conditions of sale allow."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from gateway.order.model import LineFlags
from gateway.partner.profile import Profile

__all__ = ["Condition", "Preference", "allowed", "preferred"]


class Preference(NamedTuple):
    """Which qualifiers name an item, the preferred one first."""

    sku: tuple[str, ...]
    buyer_part: tuple[str, ...]


def preferred(
    profile: Profile | None, sku: tuple[str, ...], buyer_part: tuple[str, ...]
) -> Preference:
    """The guide's qualifiers, and the usual ones of the standard behind them."""
    if profile is None:
        return Preference(sku, buyer_part)
    own_sku = profile.guide.sku.qualifiers
    own_part = profile.guide.buyer_part.qualifiers
    return _together(own_sku, own_part, sku, buyer_part)


@lru_cache(maxsize=256)
def _together(
    own_sku: tuple[str, ...],
    own_part: tuple[str, ...],
    sku: tuple[str, ...],
    buyer_part: tuple[str, ...],
) -> Preference:
    return Preference(
        sku=_behind(own_sku, sku, own_part),
        buyer_part=_behind(own_part, buyer_part, own_sku),
    )


def _behind(
    first: tuple[str, ...], usual: tuple[str, ...], other: tuple[str, ...]
) -> tuple[str, ...]:
    """The guide's own, then the usual ones that it does not use for the other."""
    return first + tuple(code for code in usual if code not in (*first, *other))


class Condition(NamedTuple):
    """What a condition of sale or delivery allows; none: it does not say."""

    partial: bool | None = None
    backorder: bool | None = None
    substitution: bool | None = None


def allowed(said: Iterable[Condition], start: LineFlags) -> LineFlags:
    """What the conditions allow, the first that speaks of it before the others.

    A line's own go before its order's (``start``).
    """
    partial, backorder, substitution = None, None, None
    for one in said:
        partial = one.partial if partial is None else partial
        backorder = one.backorder if backorder is None else backorder
        substitution = one.substitution if substitution is None else substitution
    if partial is None and backorder is None and substitution is None:
        return start
    return LineFlags(
        backorder_allowed=start.backorder_allowed if backorder is None else backorder,
        substitution_allowed=(
            start.substitution_allowed if substitution is None else substitution
        ),
        partial=start.partial if partial is None else partial,
    )
