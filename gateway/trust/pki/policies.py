"""The policies of a path (RFC 5280 6.1) as the graph of RFC 9618, which stays small."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.trust.pki.certificate import ANY_POLICY, Policies

__all__ = ["Initial", "PolicyGraph"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Initial:
    """What is demanded before the first certificate (RFC 5280 6.1.1 c to g).

    No ``policies`` means that any will do; ``explicit`` that one must be left.
    """

    policies: frozenset[str] = frozenset()
    explicit: bool = False
    inhibit_mapping: bool = False
    inhibit_any: bool = False


@dataclass(slots=True)
class _Node:
    expected: set[str]
    parents: set[str]


@dataclass(slots=True)
class PolicyGraph:
    """The policies that are left, while a path of ``length`` is walked down."""

    initial: Initial
    length: int
    _levels: list[dict[str, _Node]] = field(init=False)
    _explicit: int = field(init=False)
    _mapping: int = field(init=False)
    _any: int = field(init=False)

    def __post_init__(self) -> None:
        self._levels = [{ANY_POLICY: _Node({ANY_POLICY}, set())}]
        beyond, first = self.length + 1, self.initial
        self._explicit = 0 if first.explicit else beyond
        self._mapping = 0 if first.inhibit_mapping else beyond
        self._any = 0 if first.inhibit_any else beyond

    @property
    def is_null(self) -> bool:
        """Whether no policy is left."""
        return not self._levels

    def take(self, policies: Policies, *, is_last: bool, is_self_issued: bool) -> bool:
        """The policies of the next certificate (6.1.3 d to f); false: none is left."""
        if not policies.own:
            self._levels = []
        if not self.is_null:
            skips = self._any > 0 or (not is_last and is_self_issued)
            self._levels.append(self._next(policies.own, any_counts=skips))
            self._prune()
        return self._explicit > 0 or not self.is_null

    def _next(self, own: frozenset[str], *, any_counts: bool) -> dict[str, _Node]:
        above, level = self._levels[-1], dict[str, _Node]()
        wanted: dict[str, set[str]] = {}
        for policy, node in above.items():
            for one in node.expected:
                wanted.setdefault(one, set()).add(policy)
        for policy in own - {ANY_POLICY}:
            parents = wanted.get(policy)
            if parents is None and ANY_POLICY in above:
                parents = {ANY_POLICY}
            if parents:
                level[policy] = _Node({policy}, parents)
        if ANY_POLICY in own and any_counts:
            for policy, parents in wanted.items():
                level.setdefault(policy, _Node({policy}, parents))
        return level

    def _prune(self) -> None:
        """Take away what leads nowhere."""
        for at in range(len(self._levels) - 1, 0, -1):
            used = {up for node in self._levels[at].values() for up in node.parents}
            above = self._levels[at - 1]
            for policy in above.keys() - used:
                del above[policy]
        if not self._levels[-1]:
            self._levels = []

    def map(self, mappings: Iterable[tuple[str, str]]) -> None:
        """The mappings of an authority (6.1.4 b)."""
        if self.is_null:
            return
        level, targets = self._levels[-1], dict[str, set[str]]()
        for ours, theirs in mappings:
            targets.setdefault(ours, set()).add(theirs)
        for policy, expected in targets.items():
            if self._mapping > 0:
                if policy in level:
                    level[policy].expected = expected
                elif ANY_POLICY in level:
                    level[policy] = _Node(expected, {ANY_POLICY})
            elif policy in level:
                del level[policy]
        self._prune()

    def descend(self, policies: Policies, *, is_self_issued: bool) -> None:
        """Count down and narrow before the next certificate (6.1.4 h to j)."""
        if not is_self_issued:
            self._explicit = max(0, self._explicit - 1)
            self._mapping = max(0, self._mapping - 1)
            self._any = max(0, self._any - 1)
        self._explicit = _least(self._explicit, policies.require_explicit)
        self._mapping = _least(self._mapping, policies.inhibit_mapping)
        self._any = _least(self._any, policies.inhibit_any)

    def left(self, last: Policies) -> frozenset[str] | None:
        """The policies that the whole path holds for the user (6.1.5).

        None when one is demanded and none is left; any policy stands for all.
        """
        explicit = max(0, self._explicit - 1)
        if last.require_explicit == 0:
            explicit = 0
        found = self._of_user()
        return found if found or explicit > 0 else None

    def _of_user(self) -> frozenset[str]:
        if self.is_null:
            return frozenset()
        of_authorities = {
            policy
            for level in self._levels[1:]
            for policy, node in level.items()
            if policy != ANY_POLICY and ANY_POLICY in node.parents
        }
        holds_any = ANY_POLICY in self._levels[-1]
        wanted = self.initial.policies
        if not wanted or ANY_POLICY in wanted:
            return frozenset(of_authorities | ({ANY_POLICY} if holds_any else set()))
        return wanted if holds_any else wanted & of_authorities


def _least(now: int, limit: int | None) -> int:
    return now if limit is None else min(now, limit)
