"""Which files of a folder are complete, by what was seen before."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.partner.sftp import SftpGet
from gateway.pipeline.remote import RemoteFile, Seen, shown
from gateway.transport.sftp_packets import Attrs, Entry
from gateway.transport.sftp_ready import Judged, judge

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LIMIT = 1000


def file(name: bytes, size: int = 10, mtime: int = 100) -> Entry:
    return Entry(name, Attrs(size, stat.S_IFREG | 0o644, mtime))


def folder(mtime: int) -> Entry:
    return Entry(b".", Attrs(4096, stat.S_IFDIR | 0o755, mtime))


def rules(**facts: Any) -> SftpGet:
    return SftpGet.model_validate({"looks": "2", "min_age_s": "10"} | facts)


def looked(
    *entries: Entry,
    known: Mapping[str, RemoteFile] | None = None,
    after_s: float = 0,
    **facts: Any,
) -> Judged:
    now = NOW + timedelta(seconds=after_s)
    return judge(entries, known or {}, rules(**facts), LIMIT, now)


def seen(judged: Judged) -> dict[str, RemoteFile]:
    return {one.path: one for one in judged.seen}


def test_a_file_is_ready_when_looks_and_age_are_enough():
    first = looked(file(b"po.edi"))
    second = looked(file(b"po.edi"), known=seen(first), after_s=10)
    assert (first.ready, first.waiting) == ([], 1)
    assert [one.name for one in second.ready] == [b"po.edi"]


def test_the_age_is_that_of_the_servers_clock_and_never_of_ours():
    fresh = looked(file(b"a"), folder(105), looks="1")
    aged = looked(file(b"a"), folder(110), looks="1")
    ahead = looked(file(b"a", mtime=2_000_000_000), folder(110), looks="1")
    assert [len(one.ready) for one in (fresh, aged, ahead)] == [0, 1, 0]


@pytest.mark.parametrize("now", [file(b"a", 11), file(b"a", 10, 101)])
def test_another_size_or_time_begins_anew(now: Entry):
    first = looked(file(b"a"))
    second = looked(now, known=seen(first), after_s=60)
    assert second.ready == []
    assert seen(second)["a"].looks == 1


def test_what_is_gone_is_forgotten_and_what_is_unchanged_is_not_noted_again():
    first = looked(file(b"a"), file(b"b"), looks="1", min_age_s="999")
    second = looked(file(b"a"), known=seen(first), looks="1", min_age_s="999")
    assert (second.gone, second.seen) == (["b"], [])


def test_the_oldest_come_first():
    found = looked(
        file(b"b", mtime=3), file(b"c", mtime=1), file(b"a", mtime=3), folder(99)
    )
    assert found.ready == []
    again = looked(
        *(file(b"b", mtime=3), file(b"c", mtime=1), file(b"a", mtime=3), folder(99)),
        known=seen(found),
        after_s=10,
    )
    assert [one.name for one in again.ready] == [b"c", b"a", b"b"]


@pytest.mark.parametrize(
    "name",
    [b"../up.edi", b"/etc/passwd", b"a/b.edi", b"..", b"", b"a\0b", b"x" * 4097],
)
def test_a_name_that_leads_elsewhere_is_passed_over(name: bytes):
    found = looked(file(name), looks="1", min_age_s="0")
    assert (found.ready, found.waiting, found.seen) == ([], 0, [])


@pytest.mark.parametrize(
    "entry",
    [
        Entry(b"a", Attrs(10, stat.S_IFLNK | 0o777, 1)),
        Entry(b"a", Attrs(10, stat.S_IFIFO | 0o644, 1)),
        Entry(b"a", Attrs(10, stat.S_IFDIR | 0o755, 1)),
        Entry(b"a", Attrs(10, None, 1), b"lrwxrwxrwx 1 a a 10 a -> b"),
        Entry(b"a", Attrs(10, 0o644, 1), b"drwxr-xr-x 1 a a 10 a"),
    ],
)
def test_what_is_no_plain_file_is_passed_over(entry: Entry):
    assert looked(entry, looks="1", min_age_s="0").ready == []


def test_a_server_that_tells_no_type_is_taken_at_its_word():
    entry = Entry(b"a", Attrs(10, None, 1))
    assert len(looked(entry, looks="1", min_age_s="0").ready) == 1


def test_a_refused_file_is_told_once_and_is_new_when_it_changes():
    first = looked(file(b"a", LIMIT + 1))
    again = looked(file(b"a", LIMIT + 1), known=seen(first))
    changed = looked(file(b"a", 10), known=seen(first))
    told = [[one.code for _, one in each.told] for each in (first, again, changed)]
    assert told == [["TRN-003"], [], []]
    assert seen(first)["a"].state is Seen.REFUSED
    assert changed.waiting == 1


def test_what_is_claimed_already_needs_no_looks():
    found = looked(file(b"a.edi.gateway"), claim="rename", marker=".ok")
    assert [(one.name, one.standing) for one in found.ready] == [
        (b"a.edi", b"a.edi.gateway")
    ]


def test_a_file_that_is_its_own_marker_is_none():
    some = (file(b"a.ok"), file(b".ok"))
    found = looked(*some, looks="1", min_age_s="0", marker=".ok")
    assert (found.ready, found.waiting) == ([], 0)


def test_two_names_are_never_shown_alike():
    every = [
        b"a\\xfc",
        b"a\xfc",
        "a\u00fc".encode(),
        b"a\n",
        b"a\\u00000a",
        b"a\\\\xfc",
    ]
    assert len({shown(one) for one in every}) == len(every)
