"""ISO Schematron as a stylesheet of XSLT 3, and what that stylesheet tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from gateway.findings import Finding, Where
from gateway.safexml import (
    Element,
    XmlLimits,
    attribute,
    line_of,
    local_name,
    read,
    text_of,
)

__all__ = ["Broken", "broken_in", "stylesheet"]

_SCHEMATRON = "{http://purl.oclc.org/dsdl/schematron}"
_XSL = "{http://www.w3.org/1999/XSL/Transform}"
_SIZES = XmlLimits(size_bytes=8_000_000)
_NOT_TAKEN = ("include", "extends", "diagnostics", "properties")
"""Parts of Schematron that rule packs leave out once they are put together."""
_OWN = 'xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:gw="urn:gateway:rules"'
_PLACE = """
<xsl:mode on-no-match="shallow-skip"/>
<xsl:output method="text"/>
<xsl:function name="gw:at">
 <xsl:param name="node"/>
 <xsl:sequence select="string-join(for $n in $node/ancestor-or-self::node()[
  not(self::document-node())] return string-join((
  if ($n instance of attribute()) then '@' else (),
  ($prefixes(string(namespace-uri($n))), '')[1], local-name($n),
  if ($n instance of element() and (
   $n/preceding-sibling::*[node-name() = node-name($n)] or
   $n/following-sibling::*[node-name() = node-name($n)]))
  then '[' || (1 + count($n/preceding-sibling::*[node-name() = node-name($n)])) || ']'
  else ())), '/')"/>
</xsl:function>
<xsl:function name="gw:line">
 <xsl:param name="id"/><xsl:param name="flag"/><xsl:param name="at"/>
 <xsl:param name="text"/>
 <xsl:value-of select="for $t in ($id, $flag, gw:at($at), $text)
  return normalize-space(string-join($t, '')) || '&#9;'" separator=""/>
 <xsl:text>&#10;</xsl:text>
</xsl:function>
"""


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a document breaks: its id, flag, the place as a path, the text."""

    rule: str
    flag: str
    path: str
    text: str

    @property
    def warns(self) -> bool:
        """Whether the rule says that the document may be taken all the same."""
        return self.flag.lower() in ("warning", "warn", "info", "information")


def broken_in(told: str) -> Iterator[Broken]:
    """What the output of a stylesheet of ours says."""
    for line in told.splitlines():
        rule, flag, path, text = (*line.split("\t"), "", "", "", "")[:4]
        if path or rule:
            yield Broken(rule, flag, path, text)


def stylesheet(data: bytes) -> str | Finding:
    """The stylesheet that holds documents against the rules of a .sch file.

    Of ISO/IEC 19757-3 it takes what assembled rule packs have: ns, let, pattern, rule,
    assert, report, value-of and name, and functions, keys and variables of XSLT. Of the
    rules of a pattern the first that fits a node counts (clause 6.5). Of the phases it
    takes the one of all patterns.
    """
    xml = read(data, _SIZES)
    if isinstance(xml, Finding):
        return xml
    schema = xml.root
    if str(schema.tag) != f"{_SCHEMATRON}schema":
        return _no_rules(schema, "it is no ISO Schematron")
    for one in schema.iter(*(f"{_SCHEMATRON}{name}" for name in _NOT_TAKEN)):
        return _no_rules(one, f"{local_name(one)} is not taken: put the file together")
    if attribute(schema, "defaultPhase") not in ("", "#ALL"):
        return _no_rules(schema, "a phase other than #ALL is not taken")
    if any(attribute(one, "abstract") == "true" for one in schema.iter()):
        return _no_rules(schema, "abstract patterns and rules are not taken")
    return _Sheet(schema).text()


def _no_rules(at: Element, what: str) -> Finding:
    what = f"{what} (line {line_of(at)})"
    return Finding.of("UBL-022", what, Where(path=local_name(at)))


class _Sheet:
    """Writes the stylesheet of one schema."""

    def __init__(self, schema: Element) -> None:
        self._schema = schema
        self._spaces = {
            attribute(one, "prefix"): attribute(one, "uri")
            for one in schema.iterfind(f"{_SCHEMATRON}ns")
        }
        self._patterns = schema.findall(f"{_SCHEMATRON}pattern")
        self._names = set[str]()

    def text(self) -> str:
        """All of it: what every pattern sees, the patterns, and the walks."""
        spaces = "".join(
            f' xmlns:{prefix}="{escape(uri)}"' for prefix, uri in self._spaces.items()
        )
        walks = "".join(
            f'<xsl:apply-templates select="/" mode="p{n}"/>'
            for n in range(len(self._patterns))
        )
        return "".join(
            (
                f'<xsl:stylesheet version="3.0" {_OWN}{spaces}>',
                self._prefixes(),
                _PLACE,
                *(_markup(one) for one in self._schema if _is_xsl(one)),
                *self._lets(self._schema),
                f'<xsl:template match="/">{walks}</xsl:template>',
                *(self._pattern(n, one) for n, one in enumerate(self._patterns)),
                "</xsl:stylesheet>",
            )
        )

    def _prefixes(self) -> str:
        """Paths are told by the schema's prefixes, but for the root of UBL."""
        told = ", ".join(
            f"'{escape(uri)}': '{prefix}:'"
            for prefix, uri in self._spaces.items()
            if prefix != "ubl"
        )
        select = f"map{{{told}}}"
        return f'<xsl:variable name="prefixes" select="{select}" static="no"/>'

    def _lets(self, owner: Element) -> Iterator[str]:
        for one in owner.iterfind(f"{_SCHEMATRON}let"):
            self._names.add(attribute(one, "name"))
            yield _let(one)

    def _pattern(self, number: int, pattern: Element) -> str:
        """A mode of its own; variables of a pattern are seen in it alone."""
        rules = pattern.findall(f"{_SCHEMATRON}rule")
        lets = pattern.findall(f"{_SCHEMATRON}let")
        again = {
            name for one in lets if (name := attribute(one, "name")) in self._names
        }
        self._names.update(attribute(one, "name") for one in lets)
        contexts = [_outside(attribute(one, "context")) for one in rules]
        below = "@*|node()" if any(map(_is_no_element, contexts)) else "*"
        deeper = f'<xsl:apply-templates select="{below}" mode="#current"/>'
        text = "".join(
            (
                f'<xsl:mode name="p{number}" on-no-match="shallow-skip"/>',
                *map(_let, lets),
                *(
                    _rule(one, f"p{number}", len(rules) - n, deeper)
                    for n, one in enumerate(rules)
                ),
            )
        )
        for name in again:
            text = text.replace(f'name="{name}"', f'name="{name}.p{number}"')
            text = re.sub(rf"\${re.escape(name)}(?![\w.-])", f"${name}.p{number}", text)
        return text


def _rule(rule: Element, mode: str, priority: int, deeper: str) -> str:
    context = escape(attribute(rule, "context"))
    parts = (
        _let(one) if local_name(one) == "let" else _test(one)
        for one in rule.iterchildren(
            *(f"{_SCHEMATRON}{name}" for name in ("let", "assert", "report"))
        )
    )
    body = "".join(parts)
    head = f'<xsl:template match="{context}" mode="{mode}" priority="{priority}">'
    return f"{head}{body}{deeper}</xsl:template>"


def _test(one: Element) -> str:
    """An assert says something where its test fails, a report where it holds."""
    test = escape(attribute(one, "test"))
    holds = f"not({test})" if local_name(one) == "assert" else test
    flag = attribute(one, "flag") or attribute(one, "role") or "fatal"
    text = "".join(_said(one))
    return (
        f'<xsl:if test="{holds}"><xsl:variable name="gw:said">{text}</xsl:variable>'
        f"<xsl:sequence select=\"gw:line('{_quoted(attribute(one, 'id'))}', "
        f"'{_quoted(flag)}', ., $gw:said)\"/></xsl:if>"
    )


def _said(one: Element) -> Iterable[str]:
    yield f"<xsl:text>{escape(one.text or '')}</xsl:text>"
    for child in one:
        name = local_name(child)
        if name == "value-of":
            yield f'<xsl:value-of select="{escape(attribute(child, "select"))}"/>'
        elif name == "name":
            path = attribute(child, "path") or "."
            yield f'<xsl:value-of select="name({escape(path)})"/>'
        else:
            yield escape(text_of(child))
        yield f"<xsl:text>{escape(child.tail or '')}</xsl:text>"


def _let(one: Element) -> str:
    name, value = attribute(one, "name"), attribute(one, "value")
    return f'<xsl:variable name="{escape(name)}" select="{escape(value)}"/>'


def _is_xsl(one: Element) -> bool:
    return str(one.tag).startswith(_XSL)


def _markup(one: Element) -> str:
    """An element of XSLT, written anew: its prefixes are those of the schema."""
    name = f"xsl:{local_name(one)}"
    stated = "".join(f' {key!s}="{escape(str(value))}"' for key, value in one.items())
    inside = "".join(
        f"{_markup(child) if _is_xsl(child) else ''}{escape(child.tail or '')}"
        for child in one
    )
    return f"<{name}{stated}>{escape(one.text or '')}{inside}</{name}>"


def _outside(context: str) -> str:
    """A context without what stands in its predicates."""
    before = ""
    while before != context:
        before, context = context, re.sub(r"\[[^\[\]]*\]", "", context)
    return context


def _is_no_element(context: str) -> bool:
    return any(mark in context for mark in ("@", "attribute::", "text()", "node()"))


def _quoted(text: str) -> str:
    return escape(text).replace("&#x27;", "''")
