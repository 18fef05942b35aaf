"""YAML text to a profile, or to everything that is wrong with it, with its lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeAlias, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.findings import Finding, Where
from gateway.partner.outline import Node, NodeList, NodeMap, NodeText, outline, plain
from gateway.partner.policy import CASES, Policy
from gateway.partner.profile import Profile

__all__ = ["load"]

_Path: TypeAlias = tuple[str | int, ...]
_MAX_FINDINGS = 100

# Where a policy's key may stand instead: a fault is shown where it was written.
_ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "price_tolerance": ("price_tolerance_pct",),
    "missing_price": ("decisions", "missing_price"),
}

# What a value should be, as the words behind "write", by pydantic's name of the fault.
_WANTED: Mapping[str, str] = {
    "want": "{want}",
    "literal_error": "{expected}",
    "enum": "{expected}",
    "union_tag_invalid": "{expected_tags} as its kind",
    "union_tag_not_found": "its kind, like folder, http or as2",
    "string_type": "one text",
    "string_too_short": "some text",
    "string_too_long": "at most {max_length} characters",
    "too_short": "a list that is not empty",
    "too_long": "{max_length} characters",
    "tuple_type": "a list: [a, b]",
}
_WANTED_ELSE = "keys with values below it"


def load(text: str, name: str) -> Profile | tuple[Finding, ...]:
    """The profile a YAML text describes, or all its faults in one pass.

    ``name`` is what findings call the file; their place is ``name:line``. Never raises,
    whatever the text.
    """
    root = outline(text, name)
    if isinstance(root, tuple):
        return root
    if not isinstance(root, NodeMap):
        what = "the file is no mapping; begin with 'schema: 1'"
        return (Finding.of("CFG-003", what, Where(path=f"{name}:{root.line}")),)
    profile, faults = None, list(_crossed(root, name))
    try:
        profile = Profile.model_validate(plain(root))
    except ValidationError as error:
        details = error.errors(include_url=False)
        faults += [_finding(detail, root, name) for detail in details[:_MAX_FINDINGS]]
    if profile is not None and not faults:
        return profile
    unique = {(f.code, f.where.path, f.what): f for f in faults}
    return tuple(sorted(unique.values(), key=_line))[:_MAX_FINDINGS]


def _line(finding: Finding) -> int:
    return int(finding.where.path.rpartition(":")[2])


def _finding(detail: ErrorDetails, root: NodeMap, name: str) -> Finding:
    """One fault of the models as a finding at its line."""
    path, line, node = _locate(root, _as_written(root, detail["loc"]))
    where = Where(path=f"{name}:{line}")
    key = _written(path)
    value = node.text[:80] if isinstance(node, NodeText) else ""
    match detail["type"]:
        case "extra_forbidden":
            return _unknown(path, where)
        case "literal_error" if detail["loc"][-1] == "[key]":
            return _unknown(path, where)
        case "missing":
            missing = ".".join(p for p in (key, str(detail["loc"][-1])) if p)
            return Finding.of("CFG-004", f"{missing} is missing", where)
        case "place":
            return Finding.of("CFG-005", f"{key} is {value!r}", where, value)
        case _:
            shown = f"is {value!r}" if isinstance(node, NodeText) else "does not fit"
            wanted = _WANTED.get(detail["type"], _WANTED_ELSE)
            what = f"{key} {shown}; write {wanted.format(**detail.get('ctx', {}))}"
            return Finding.of("CFG-003", what, where, value)


_TWO_FORMS = {*CASES, "price_tolerance_pct"}


def _unknown(path: _Path, where: Where) -> Finding:
    """An unknown key; the nearest one that is known there is named."""
    key = str(path[-1])
    if path[0] == "policy" and key in _TWO_FORMS:
        what = f"{key} stands under policy in its short and in its long form"
        return Finding.of("CFG-003", f"{what}; keep one", where, key)
    known = _known(path[:-1])
    near = get_close_matches(key[:60], known, n=1, cutoff=0.0)
    hint = f"; the nearest known one is {near[0]!r}" if near else ""
    return Finding.of(
        "CFG-002", f"{_written(path)[:200]} is not a key{hint}", where, key[:80]
    )


def _written(path: _Path) -> str:
    """A path as people write it: ``guide.require[2].at``, lists counted from 1."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def _locate(root: NodeMap, loc: _Path) -> tuple[_Path, int, Node]:
    """The path, line and node in the file that a model's location stands for.

    Steps the file does not have are left out: names of union members, missing keys,
    and ``decisions`` where a case stands directly under ``policy``.
    """
    node: Node = root
    line, path = root.line, list[str | int]()
    for step in loc:
        if isinstance(node, NodeMap):
            for key in _keys_for(str(step), node):
                if isinstance(node, NodeMap) and key in node.items:
                    line, node = node.lines[key], node.items[key]
                    path.append(key)
        elif isinstance(node, NodeList) and isinstance(step, int):
            node = node.items[step]
            line = node.line
            path.append(step)
    return tuple(path), line, node


def _as_written(root: NodeMap, loc: _Path) -> _Path:
    """The location, of a case that stands directly under ``policy`` its short one."""
    policy = root.items.get("policy")
    if loc[:2] == ("policy", "decisions") and isinstance(policy, NodeMap):
        short = ("policy", *loc[2:3])
        return short if short[-1] in policy.items else loc
    return loc


def _keys_for(key: str, node: NodeMap) -> tuple[str, ...]:
    """The key, or the keys that lead to where it may stand instead."""
    return (key,) if key in node.items else _ELSEWHERE.get(key, (key,))


def _known(path: _Path) -> list[str]:
    """The keys that may stand under a path."""
    found: Any = Profile
    for step in path:
        found = _below(found, step)
    if get_origin(found) is not None:  # a mapping whose keys are listed
        keys = get_args(found)[0]
        return [str(k) for k in get_args(keys)] or list(CASES)
    return _keys(found)


def _keys(model: type[BaseModel]) -> list[str]:
    names = [field.alias or name for name, field in model.model_fields.items()]
    return names + sorted(_TWO_FORMS) if model is Policy else names


def _below(found: Any, step: str | int) -> Any:
    """The type of what stands under a key, or of a list's entries."""
    if isinstance(step, int):
        return next((m for m in _members(found) if _is_model(m)), BaseModel)
    for member in _members(found):
        if _is_model(member):
            for name, field in member.model_fields.items():
                if step == (field.alias or name):
                    return field.annotation
    return BaseModel


def _members(annotation: Any) -> Iterator[Any]:
    """The types an annotation is made of, through tuples, unions and ``Annotated``."""
    yield annotation
    if get_origin(annotation) is not Mapping:
        for part in get_args(annotation):
            yield from _members(part)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _crossed(root: NodeMap, name: str) -> Iterator[Finding]:
    """Faults between parts: channels that do not exist, an address of ours missing."""
    channels = root.items.get("channels")
    ids = {text.text for text in _each(channels, "id")}
    for part in ("receives", "sends"):
        for text in _each(root.items.get(part), "channel"):
            if text.text not in ids:
                what = f"{part} names the channel {text.text[:40]!r}, which does not"
                where = Where(path=f"{name}:{text.line}")
                yield Finding.of("CFG-003", f"{what} exist", where, text.text[:80])
    theirs, ours = root.items.get("identities"), root.items.get("us")
    if not isinstance(theirs, NodeMap) or not isinstance(ours, NodeMap):
        return
    if "x12" in theirs.items and "x12" not in ours.items:
        what = "us.x12 is missing: our own address in their interchanges"
        yield Finding.of("CFG-004", what, Where(path=f"{name}:{root.lines['us']}"))


def _each(node: Node | None, key: str) -> Iterator[NodeText]:
    """The texts under one key in a list of mappings."""
    for item in node.items if isinstance(node, NodeList) else ():
        if isinstance(item, NodeMap):
            value = item.items.get(key)
            if isinstance(value, NodeText):
                yield value
