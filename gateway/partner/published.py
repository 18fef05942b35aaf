"""The profile's JSON Schema, for editors and other programs."""

from __future__ import annotations

import json

from gateway.partner.profile import Profile

__all__ = ["profile_schema"]


def profile_schema() -> str:
    """The JSON Schema (2020-12) of a profile, as the file ``profile.schema.json``."""
    schema = Profile.model_json_schema(by_alias=True)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Trading partner profile",
    }
    return json.dumps(head | {**schema, **head}, indent=2, sort_keys=True) + "\n"
