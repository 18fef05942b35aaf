"""Who may do what: the roles of people, and the rights that each one has."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from gateway.findings.marking import marked as _

__all__ = ["MAY", "NAMES", "Right", "Role"]


class Right(StrEnum):
    """Something that a route asks of whoever comes to it."""

    SEE = "see"
    """Look at everything, within one's partner where there is one."""
    OPERATE = "operate"
    """Decide orders, send again, build anew, process again, map what is unknown."""
    APPROVE = "approve"
    """Be the second person: prices over the threshold, changes of certificates."""
    ADMINISTER_PARTNER = "administer_partner"
    """Profiles, contracts, certificates and channels of partners."""
    ADMINISTER = "administer"
    """Users, keys, webhooks and settings."""


class Role(StrEnum):
    """What a person is here; each has exactly one."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    PARTNER_ADMIN = "partner-admin"
    ADMIN = "admin"


NAMES: Mapping[Role, str] = MappingProxyType(
    {
        Role.VIEWER: _("viewer"),
        Role.OPERATOR: _("operator"),
        Role.APPROVER: _("approver"),
        Role.PARTNER_ADMIN: _("administrator of partners"),
        Role.ADMIN: _("administrator"),
    }
)
"""The roles as people read them."""
_OPERATOR = frozenset({Right.SEE, Right.OPERATE})
MAY: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Right.SEE}),
        Role.OPERATOR: _OPERATOR,
        Role.APPROVER: _OPERATOR | {Right.APPROVE},
        Role.PARTNER_ADMIN: frozenset({Right.SEE, Right.ADMINISTER_PARTNER}),
        Role.ADMIN: frozenset(Right),
    }
)
"""The rights of each role."""
