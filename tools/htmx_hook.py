"""Puts htmx into the console when the package is built or installed for development.

It comes out of the package django-htmx, which is on hand where a build is made; without
it the pages are built as they are, and work without htmx.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_FROM = "static/django_htmx/htmx-4.min.js"
_TO = "gateway/web/console/static/vendor/htmx.js"


class HtmxHook(BuildHookInterface[Any]):
    """The one file, copied to where pages load it from."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before anything is packed."""
        target = Path(self.root) / _TO
        found = importlib.util.find_spec("django_htmx")
        if found is not None and found.origin is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(found.origin).parent / _FROM, target)
        if target.exists():
            build_data["artifacts"].append(f"/{_TO}")
