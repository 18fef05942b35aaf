"""YAML as texts, lists and mappings with their lines: no aliases, tags or types.

Every scalar stays the text it was written as, so that ``01`` and ``NO`` keep their
meaning. Size, depth and number of values are bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

import yaml

from gateway.findings import Finding, Where

__all__ = ["Node", "NodeList", "NodeMap", "NodeText", "Plain", "outline", "plain"]

_MAX_CHARS = 2_000_000
_MAX_DEPTH = 20
_MAX_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class NodeText:
    """A scalar."""

    line: int
    text: str


@dataclass(slots=True)
class NodeList:
    """A sequence."""

    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class NodeMap:
    """A mapping; ``lines`` has the line of each key."""

    line: int
    items: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


Node: TypeAlias = NodeText | NodeList | NodeMap
Plain: TypeAlias = "str | list[Plain] | dict[str, Plain]"


class _Refused(Exception):
    """The text is YAML that a profile may not use, or no YAML at all."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line, self.what = line, what


class _Builder:
    """Puts parser events together into nodes without recursion."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.twice: list[tuple[int, str]] = []
        self._open: list[tuple[NodeList | NodeMap, list[NodeText]]] = []

    def take(self, event: yaml.Event) -> None:
        """Add what one parser event says."""
        line = event.start_mark.line + 1 if event.start_mark else 1
        match event:
            case yaml.AliasEvent():
                raise _Refused(line, "an alias (*) stands here; write the value out")
            case yaml.ScalarEvent():
                self._plain_tag(event, line)
                self._put(NodeText(line, event.value))
            case yaml.SequenceStartEvent():
                self._plain_tag(event, line)
                self._enter(NodeList(line))
            case yaml.MappingStartEvent():
                self._plain_tag(event, line)
                self._enter(NodeMap(line))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._open.pop()
            case yaml.DocumentStartEvent() if self.root is not None:
                raise _Refused(line, "a second document starts here; keep one")
            case _:
                pass

    def _plain_tag(self, event: yaml.NodeEvent, line: int) -> None:
        if getattr(event, "tag", None) not in (None, "!"):
            raise _Refused(line, "a tag (!) stands here; all values are text")

    def _enter(self, node: NodeList | NodeMap) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise _Refused(node.line, f"more than {_MAX_DEPTH} levels of nesting")
        self._put(node)
        self._open.append((node, []))

    def _put(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent, key = self._open[-1]
        if isinstance(parent, NodeList):
            parent.items.append(node)
        elif key:
            parent.items[key.pop().text] = node
        elif not isinstance(node, NodeText):
            raise _Refused(node.line, "a list or mapping stands where a key belongs")
        else:
            if node.text in parent.lines:
                self.twice.append((node.line, node.text))
            parent.lines[node.text] = node.line
            key.append(node)


# The C parser where PyYAML was built with it; both give the same events, and may differ
# in the line they name for a text that breaks off.
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def outline(text: str, name: str) -> Node | tuple[Finding, ...]:
    """The nodes of one YAML document, or CFG-001 findings with ``name:line``."""
    if len(text) > _MAX_CHARS:
        return (_not_yaml(name, 1, f"the file has over {_MAX_CHARS:,} characters"),)
    builder = _Builder()
    refused = _build(builder, text)
    if refused:
        return (_not_yaml(name, refused.line, refused.what),)
    if builder.twice:
        return tuple(
            _not_yaml(name, line, f"the key {key[:60]!r} stands twice; keep one")
            for line, key in islice(builder.twice, _MAX_FINDINGS)
        )
    return builder.root or (_not_yaml(name, 1, "the file is empty"),)


def _build(builder: _Builder, text: str) -> _Refused | None:
    """Feed the parser's events to the builder; why it stopped, if it did."""
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except _Refused as refused:
        return refused
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _Refused(mark.line + 1 if mark else 1, str(error.problem))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # The parser lets some out: a character out of range, an escape past Unicode.
        return _Refused(_line_of(error, text), "a character that YAML cannot hold")
    return None


def _line_of(error: Exception, text: str) -> int:
    position = getattr(error, "position", getattr(error, "start", 0))
    return text.count("\n", 0, position if isinstance(position, int) else 0) + 1


def _not_yaml(name: str, line: int, what: str) -> Finding:
    return Finding.of("CFG-001", what, Where(path=f"{name}:{line}"))


def plain(node: Node) -> Plain:
    """The node as texts, lists and dictionaries; depth was bounded on reading."""
    if isinstance(node, NodeText):
        return node.text
    if isinstance(node, NodeList):
        return [plain(item) for item in node.items]
    return {key: plain(item) for key, item in node.items.items()}
