"""What the tests of the importers share: the samples, and tables in few words."""

from collections.abc import Iterable
from pathlib import Path

from gateway.edi.importers import Standard
from gateway.edi.schema import Loop, MessageSchema, SegmentUse
from gateway.findings import Finding

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> str:
    return (SAMPLES / name).read_text(encoding="utf-8")


def good(read: Standard | tuple[Finding, ...]) -> Standard:
    assert isinstance(read, Standard), [f"{f.where}: {f.what} {f.value}" for f in read]
    return read


def schema(read: Standard, version: str, type_: str) -> MessageSchema:
    found = read.tables.schema(version, type_)
    assert found is not None
    return found


def places(read: Standard | tuple[Finding, ...]) -> list[str]:
    """Where the findings are; every one is a line not understood."""
    assert isinstance(read, tuple)
    assert {finding.code for finding in read} == {"CFG-010"}
    return [finding.where.path for finding in read]


def noted(read: Standard) -> set[tuple[str, str]]:
    """Where something is left out, and what."""
    assert {note.code for note in read.notes} <= {"CFG-011"}
    return {(note.where.path, note.value) for note in read.notes}


def structure(nodes: Iterable[SegmentUse | Loop]) -> list[object]:
    """``BEG! 1`` for a segment, a pair of name and content for a loop."""
    return [
        (f"{often(node.name, node)}", structure(node.nodes))
        if isinstance(node, Loop)
        else often(node.segment.tag, node)
        for node in nodes
    ]


def often(name: str, node: SegmentUse | Loop) -> str:
    return f"{name}{'!' if node.mandatory else ''} {node.max or '*'}"


def uses(found: MessageSchema, tag: str) -> str:
    """``128! 127*3`` for a segment's elements."""
    return " ".join(
        f"{use.element.number}{'!' if use.mandatory else ''}"
        f"{'' if use.repeat == 1 else f'*{use.repeat}'}"
        for use in found.segments[tag].uses
    )


def conditions(found: MessageSchema, tag: str) -> list[str]:
    return [str(condition) for condition in found.segments[tag].conditions]
