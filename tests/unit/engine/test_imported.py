"""What was imported is looked at by its files' times and sizes."""

from __future__ import annotations

import os
from pathlib import Path

from gateway.engine.imported import settled, stamp

SECOND_NS = 1_000_000_000


def test_a_stamp_changes_with_each_file_that_comes_changes_or_goes(tmp_path: Path):
    table = tmp_path / "standards" / "004010" / "850.txt"
    assert stamp(tmp_path) == frozenset()
    table.parent.mkdir(parents=True)
    table.write_text("one")
    (table.parent / ".850.txt.part").write_text("being copied")
    first = stamp(tmp_path)
    table.write_text("other")
    second = stamp(tmp_path)
    table.unlink()
    assert len({first, second, stamp(tmp_path)}) == 3
    assert len(first) == 1


def test_files_settle_a_second_after_the_last_was_written(tmp_path: Path):
    dtd = tmp_path / "cxml" / "1.2.060" / "cXML.dtd"
    dtd.parent.mkdir(parents=True)
    dtd.write_text("<!ELEMENT cXML EMPTY>")
    os.utime(dtd, ns=(5 * SECOND_NS, 5 * SECOND_NS))
    found = stamp(tmp_path)
    assert not settled(found, 5 * SECOND_NS)
    assert not settled(found, 6 * SECOND_NS - 1)
    assert settled(found, 6 * SECOND_NS)
    assert settled(found, 4 * SECOND_NS)  # of a disk whose clock is ahead
    assert settled(frozenset())
