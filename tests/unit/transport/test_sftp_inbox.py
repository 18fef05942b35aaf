from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.transport.sftp_inbox import (
    Full,
    Inbox,
    InUse,
    OutOfOrder,
    Upload,
    is_name,
    is_unfinished,
    sweep,
)

_begun: list[Upload] = []


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    yield Inbox(tmp_path / "acme", quota_bytes=100, file_bytes=60)
    while _begun:
        _begun.pop().close()


def begun(inbox: Inbox, name: bytes = b"a.edi", *, fresh: bool = True) -> Upload:
    _begun.append(inbox.open(name, make=True, fresh=fresh, only_new=False))
    return _begun[-1]


def test_what_was_written_is_the_blob(inbox: Inbox):
    upload = begun(inbox)
    upload.write(0, b"ISA*")
    upload.write(4, b"00~")
    assert b"".join(upload.blob().chunks()) == b"ISA*00~"
    assert upload.blob().size == inbox.used == 7


def test_bytes_beyond_the_end_are_refused_so_that_the_disk_has_a_beginning(
    inbox: Inbox,
):
    upload = begun(inbox)
    upload.write(0, b"abc")
    with pytest.raises(OutOfOrder):
        upload.write(4, b"e")
    assert upload.size == 3


def test_bytes_that_are_written_again_replace_the_first(inbox: Inbox):
    upload = begun(inbox)
    upload.write(0, b"abc")
    upload.write(1, b"XY")
    assert b"".join(upload.blob().chunks()) == b"aXY"


def test_an_append_ignores_the_place(inbox: Inbox):
    upload = begun(inbox)
    upload.write(0, b"abc")
    upload.append = True
    upload.write(0, b"d")
    assert b"".join(upload.blob().chunks()) == b"abcd"


def test_a_file_over_its_limit_is_full(inbox: Inbox):
    upload = begun(inbox)
    upload.write(0, b"x" * 60)
    with pytest.raises(Full):
        upload.write(60, b"x")
    assert upload.size == 60


def test_an_account_over_its_quota_is_full(inbox: Inbox):
    begun(inbox).write(0, b"x" * 60)
    with pytest.raises(Full):
        begun(inbox, b"b.edi").write(0, b"x" * 41)
    assert inbox.used == 60


def test_room_comes_back_when_an_upload_is_dropped(inbox: Inbox):
    begun(inbox).write(0, b"x" * 60)
    inbox.drop(b"a.edi")
    assert (inbox.used, inbox.entries()) == (0, [])


def test_room_comes_back_when_an_upload_begins_anew(inbox: Inbox):
    upload = begun(inbox)
    upload.write(0, b"x" * 60)
    upload.close()
    begun(inbox)
    assert inbox.used == 0


def test_what_lies_there_counts_after_a_restart(inbox: Inbox):
    upload = begun(inbox)
    upload.write(0, b"x" * 60)
    upload.close()
    again = Inbox(inbox.folder, quota_bytes=100, file_bytes=60)
    resumed = begun(again, fresh=False)
    assert (again.used, resumed.size, resumed.is_changed) == (60, 60, False)


def test_nobody_else_opens_an_upload_meanwhile(inbox: Inbox):
    upload = begun(inbox)
    with pytest.raises(InUse):
        begun(inbox)
    upload.close()
    begun(inbox).close()


def test_a_link_is_not_followed(inbox: Inbox, tmp_path: Path):
    inbox.folder.mkdir()
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (inbox.folder / "a.edi").symlink_to(outside)
    with pytest.raises(OSError, match="symbolic"):
        begun(inbox)
    assert outside.read_text() == "mine"


def test_a_move_replaces_an_unfinished_upload_and_gives_its_room_back(inbox: Inbox):
    for name, size in ((b"a.part", 10), (b"b.part", 20)):
        upload = begun(inbox, name)
        upload.write(0, b"x" * size)
        upload.close()
    inbox.move(b"a.part", b"b.part")
    assert [(one.name, one.size) for one in inbox.entries()] == [(b"b.part", 10)]
    assert inbox.used == 10


def test_a_name_need_not_be_text(inbox: Inbox):
    upload = begun(inbox, b"\xfcml\xe4ut.edi")
    upload.write(0, b"x")
    assert [one.name for one in inbox.entries()] == [b"\xfcml\xe4ut.edi"]


@pytest.mark.parametrize(
    "name", [b"", b".", b"..", b"a/b", b"a\0b", b"a\nb", b"\x7f", b"x" * 201]
)
def test_what_is_no_file_name_is_none(name: bytes):
    assert not is_name(name)


@pytest.mark.parametrize(
    "name",
    [b".a.edi", b"a.edi.part", b"a.TMP", b"a.filepart", b"a.partial", b"~a", b"a~"],
)
def test_a_temporary_name_is_unfinished(name: bytes):
    assert is_unfinished(name)


@pytest.mark.parametrize("name", [b"a.edi", b"part.x12", b"a.part.edi", b"\xfc.edi"])
def test_any_other_name_is_finished_on_close(name: bytes):
    assert not is_unfinished(name)


def test_only_what_nobody_goes_on_with_is_swept_away(inbox: Inbox):
    for name in (b"old.part", b"new.part"):
        begun(inbox, name).close()
    week_ago = time.time() - 8 * 86_400
    os.utime(inbox.folder / "old.part", (week_ago, week_ago))
    assert sweep(inbox.folder.parent, 7) == 1
    assert [one.name for one in inbox.entries()] == [b"new.part"]


def test_sweeping_where_nothing_was_ever_uploaded_finds_nothing(tmp_path: Path):
    assert sweep(tmp_path / "none", 7) == 0
