"""The console's templates, and the files that its pages load."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from gateway.findings.marking import marked as _
from gateway.web.console.rights import Right
from gateway.web.pages import Pages, Static, statics

__all__ = ["NAV", "TEMPLATES", "static"]

_HERE = Path(__file__).parent
TEMPLATES = Pages(_HERE / "templates")
_FILES = {
    "console.css": ("console.css", "text/css"),
    "console.js": ("console.js", "text/javascript"),
    "htmx.js": ("vendor/htmx.js", "text/javascript"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}
"""What pages load, by its name: the file, and its media type."""
NAV: tuple[tuple[str, str, Right], ...] = (
    ("/console", _("Queue"), Right.SEE),
    ("/console/messages", _("Messages"), Right.SEE),
    ("/console/orders", _("Orders"), Right.SEE),
    ("/console/partners", _("Partners"), Right.SEE),
    ("/console/contracts", _("Contracts"), Right.SEE),
    ("/console/certificates", _("Certificates"), Right.SEE),
    ("/console/bench", _("Test bench"), Right.SEE),
    ("/console/dashboard", _("Dashboard"), Right.SEE),
    ("/console/audit", _("Audit"), Right.SEE),
    ("/console/users", _("Users"), Right.ADMINISTER),
    ("/console/keys", _("Webhooks and keys"), Right.ADMINISTER),
)
"""The pages that every page leads to, and the right that each asks for."""


@lru_cache(maxsize=1)
def static() -> Mapping[str, Static]:
    """The files by their names."""
    return statics(_HERE / "static", "/console/static", _FILES)
