"""Trading partners: their profiles as data, and which profile a sender belongs to."""

from gateway.partner.find import Directory
from gateway.partner.load import load
from gateway.partner.place import Place, parse_place
from gateway.partner.policy import CASES, Action, Case, Policy, Tolerance, strongest
from gateway.partner.profile import Profile

__all__ = [
    "CASES",
    "Action",
    "Case",
    "Directory",
    "Place",
    "Policy",
    "Profile",
    "Tolerance",
    "load",
    "parse_place",
    "strongest",
]
