"""The starter partners with some of their keys changed, and their catalogs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from gateway.catalog import Prices
from gateway.catalog.importing import read_csv
from gateway.partner import Profile, load

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "partner_profiles"
_DAY = "DTM*010*20261214"
_TEXTS: type = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def texts(path: Path) -> Any:
    """YAML whose scalars are all texts, as profiles are read."""
    text = path.read_text("utf-8")
    return yaml.load(text, _TEXTS)  # noqa: S506  makes texts only


def to_come(sample: str) -> str:
    """A sample order of acme's, to be shipped on a day that is still to come."""
    text = (FOLDER / "acme" / "samples" / sample).read_text()
    day = datetime.now(UTC) + timedelta(days=20)
    assert _DAY in text
    return text.replace(_DAY, f"DTM*010*{day:%Y%m%d}")


def as_yaml(facts: Mapping[str, Any]) -> str:
    """Facts as a profile's text: JSON is YAML, and quickly written."""
    return json.dumps(facts)


def starter_profile(
    name: str, policy: Mapping[str, Any] | None = None, **changes: Any
) -> Profile:
    """A starter's profile; ``policy`` is laid over its own, the rest replaces it."""
    facts = texts(FOLDER / name / "profile.yaml")
    over = dict(policy or {})
    own = over.get("decisions", {})
    kept = {k: v for k, v in facts["policy"].items() if k not in own}  # short forms
    long = {k: v for k, v in kept.pop("decisions", {}).items() if k not in over}
    facts["policy"] = kept | over | {"decisions": long | own}
    facts |= {"patch": None} | changes
    loaded = load(as_yaml(facts), f"{name}/profile.yaml")
    assert isinstance(loaded, Profile), loaded
    return loaded


@lru_cache
def starter_prices(name: str, own: Path | None = None) -> Prices:
    """A starter's catalog, or another one for the same partner."""
    path = own or FOLDER / name / "catalog.csv"
    imported = read_csv(path.read_text("utf-8"), path.name, partner_id=name)
    assert imported.is_good, imported.findings
    return Prices.of(imported.contracts, imported.items)
