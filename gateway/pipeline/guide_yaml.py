"""What was learned from samples as a profile in YAML, with the evidence beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import yaml
from pydantic import BaseModel

from gateway.partner import Profile
from gateway.pipeline.guide_learn import Learned, Proposal

__all__ = ["as_yaml"]

_TOLD = 40
"""Lines of comment on one matter; more are only counted."""
_WIDE = 1 << 20


def as_yaml(
    learned: Learned,
    partner_id: str = "",
    *,
    message: str = "x12_850",
    profile: Profile | None = None,
) -> str:
    """A whole profile: ``profile`` with the proposals added, or a new one in test.

    The id of a new one is ``partner_id``, or made of the sender's.
    """
    keys = _plain(profile) if profile else _new(learned, partner_id, message)
    guide = keys.pop("guide", {})
    for proposal in learned.proposals:
        guide.setdefault(proposal.kind, []).append(_rule(proposal, message))
    if learned.sku:
        guide["sku"] = {"qualifiers": list(learned.sku)}
    if learned.buyer_part:
        guide["buyer_part"] = {"qualifiers": list(learned.buyer_part)}
    if guide:
        keys["guide"] = guide
    lines = [*_head(learned), *_block(keys, 0), *_notes(learned)]
    return "\n".join(lines) + "\n"


def _head(learned: Learned) -> Iterator[str]:
    yield f"# Proposed from {learned.messages} messages in {learned.files} files."
    yield "# Hold every rule against the partner's own guide before it is applied."


def _notes(learned: Learned) -> Iterator[str]:
    yield from _comment("Files that were left out:", learned.left_out)
    yield from _comment("Seen, and not proposed:", learned.not_proposed)
    yield from _comment("Lengths seen, of the longest allowed:", learned.lengths)


def _comment(title: str, lines: tuple[str, ...]) -> Iterator[str]:
    if not lines:
        return
    yield f"# {title}"
    for line in lines[:_TOLD]:
        text = re.sub(r"[^ -~\u00a1-\ud7ff]", "?", line)
        yield f"# - {text}"
    if len(lines) > _TOLD:
        yield f"# - and {len(lines) - _TOLD} more"


def _new(learned: Learned, partner_id: str, message: str) -> dict[str, Any]:
    qualifier, sender, gs02 = learned.sender
    us_qualifier, us, gs03 = learned.receiver
    named = partner_id or re.sub("[^a-z0-9]+", "-", sender.lower()).strip("-")
    keys: dict[str, Any] = {
        "schema": "1",
        "id": named[:40] or "partner",
        "name": sender or "partner",
        "stage": "test",
        "identities": {"x12": _address(qualifier, sender, gs02)},
        "us": {"x12": _address(us_qualifier, us, gs03)},
        "receives": [{"message": message, "version": learned.version}],
    }
    if message == "x12_850":
        keys["sends"] = [{"message": "x12_855", "version": learned.version[:6]}]
    return keys


def _address(qualifier: str, id_: str, gs: str) -> dict[str, str]:
    address = {"qualifier": qualifier, "id": id_}
    return address | {"gs": gs.strip()} if gs.strip() else address


def _rule(proposal: Proposal, message: str) -> dict[str, Any]:
    rule: dict[str, Any] = {}
    if proposal.code:
        rule["code"] = proposal.code
    if proposal.at:
        rule["at"] = proposal.at
    if proposal.kind == "require" and len(proposal.values) == 1:
        rule["value"] = proposal.values[0]
    elif proposal.values:
        rule["values"] = list(proposal.values)
    if proposal.number:
        key, number = proposal.number
        rule[key] = str(number)
    if proposal.severity:
        rule["severity"] = proposal.severity
    if message != "x12_850":
        rule["message"] = message
    return rule | {"why": proposal.why}


def _block(keys: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Mappings over lines, what stands in lists on one line each."""
    indent = "  " * depth
    for key, value in keys.items():
        if isinstance(value, dict) and any(isinstance(v, list) for v in value.values()):
            yield f"{indent}{key}:"
            yield from _block(value, depth + 1)
        elif isinstance(value, list) and any(isinstance(v, dict) for v in value):
            yield f"{indent}{key}:"
            yield from (f"{indent}  - {_flow(item)}" for item in value)
        else:
            yield f"{indent}{key}: {_flow(value)}"


def _flow(value: Any) -> str:
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=_WIDE, allow_unicode=True
    )
    return text.removesuffix("\n").removesuffix("\n...")


def _plain(model: BaseModel) -> dict[str, Any]:
    """A model's keys as they are written, without those that say the default."""
    fields = type(model).model_fields
    out: dict[str, Any] = {}
    for name, info in fields.items():
        value = getattr(model, name)
        if value is not None and (info.is_required() or value != info.default):
            out[info.alias or name] = _value(value)
    return out


def _value(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _plain(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Mapping):
        return {str(_value(key)): _value(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_value(item) for item in value]
    return str(value)
