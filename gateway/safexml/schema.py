"""XML Schema: what of a document does not follow it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from posixpath import normpath
from typing import Any

from lxml import etree

from gateway.safexml.reader import Element
from gateway.safexml.text import line_of, path_of

__all__ = ["Schema", "read_schema"]

_BASE = "held:/"
_MOST_TOLD = 50


class _Held(etree.Resolver):
    """Gives included schemas out of the files at hand; nothing is fetched."""

    def __init__(self, files: Mapping[str, Callable[[], bytes]]) -> None:
        self._files = files

    def resolve(  # type: ignore[override] # the stubs have no context
        self, system_url: str, public_id: str, context: Any
    ) -> Any:
        path = normpath(system_url.removeprefix(_BASE).lstrip("/"))
        text = self._files[path]() if path in self._files else b""
        return self.resolve_string(text, context, base_url=_BASE + path)


class Schema:
    """A schema with all that it includes; ``read_schema`` makes one."""

    def __init__(self, schema: etree.XMLSchema) -> None:
        self._schema = schema

    def faults(self, root: Element) -> Iterator[tuple[str, int, str]]:
        """What does not follow it: path, line from 1, and the sentence of the parser.

        The first fifty at most.
        """
        if self._schema.validate(root):
            return
        told: Any = self._schema.error_log
        for one in islice(told, _MOST_TOLD):
            at = _at(root, one.path or "")
            path = path_of(at) if at is not None else str(one.path or "")
            yield path, one.line or (line_of(at) if at is not None else 0), one.message


def _at(root: Element, path: str) -> Element | None:
    """The element at a path of the parser, which has no prefixes of its own."""
    try:
        found = root.getroottree().xpath(path, namespaces=_spaces(root)) if path else []
    except etree.XPathError:
        return None
    first = found[0] if isinstance(found, list) and found else None
    return first if isinstance(first, Element) else None


def _spaces(root: Element) -> dict[str, str]:
    return {str(k): str(v) for k, v in root.nsmap.items() if k}


def read_schema(files: Mapping[str, Callable[[], bytes]], start: str) -> Schema | str:
    """The schema that starts in a file, or why it cannot be used.

    ``files`` are all files of the set by their paths; what a schema includes is looked
    for there alone.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    parser.resolvers.add(_Held(files))
    try:
        document = etree.fromstring(files[start](), parser, base_url=_BASE + start)
        return Schema(etree.XMLSchema(document))
    except (etree.LxmlError, KeyError) as problem:
        return f"{start}: {problem}"[:500]
