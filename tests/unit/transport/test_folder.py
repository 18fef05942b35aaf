"""Messages are delivered as whole files under their own name."""

from __future__ import annotations

import os
import time

import pytest

from gateway.partner import Profile
from gateway.pipeline.ports import Failed, InMemory, Outbound, Sent, Trouble
from gateway.transport import FolderTransport, PartnerFolders, partner_folders
from gateway.transport.beneath import open_beneath, write_whole


def outbound(data: bytes = b"ISA~", **changes) -> Outbound:
    values = {
        "id": "out_1",
        "partner_id": "acme",
        "channel": "folder",
        "kind": "x12_997",
        "file_name": "out_1.edi",
        "blob": InMemory.of(data),
        "attempt": 1,
    }
    return Outbound(**{**values, **changes})


def profile(*channels: dict[str, str]) -> Profile:
    return Profile.model_validate(
        {
            "schema": "1",
            "id": "acme",
            "name": "Acme",
            "stage": "live",
            "identities": {"x12": {"qualifier": "ZZ", "id": "ACME"}},
            "us": {"x12": {"qualifier": "ZZ", "id": "US"}},
            "channels": list(channels),
        }
    )


def test_a_message_lies_in_the_out_folder_under_its_name(tmp_path):
    said = FolderTransport(tmp_path).send(outbound())

    out = tmp_path / "partners" / "acme" / "out"
    assert said == Sent("out/out_1.edi")
    assert [entry.name for entry in out.iterdir()] == ["out_1.edi"]
    assert (out / "out_1.edi").read_bytes() == b"ISA~"


def test_a_repeat_replaces_the_file_by_the_same_bytes(tmp_path):
    transport = FolderTransport(tmp_path)
    transport.send(outbound())

    assert transport.send(outbound(attempt=2)) == Sent("out/out_1.edi")

    out = tmp_path / "partners" / "acme" / "out"
    assert [entry.read_bytes() for entry in out.iterdir()] == [b"ISA~"]


def test_a_repeat_after_the_partner_took_the_file_has_the_same_name(tmp_path):
    transport = FolderTransport(tmp_path)
    transport.send(outbound())
    out = tmp_path / "partners" / "acme" / "out"
    (out / "out_1.edi").unlink()

    transport.send(outbound(attempt=2))

    assert [entry.name for entry in out.iterdir()] == ["out_1.edi"]


def test_the_channel_of_the_profile_names_the_folder(tmp_path):
    channel = {"id": "drop", "kind": "folder", "outbound": "to/them"}
    transport = FolderTransport(tmp_path, partner_folders(tmp_path, [profile(channel)]))

    assert transport.send(outbound(channel="drop")) == Sent("to/them/out_1.edi")
    assert (tmp_path / "partners/acme/to/them/out_1.edi").is_file()


def test_an_unknown_channel_takes_the_first_folder_of_the_partner(tmp_path):
    channel = {"id": "drop", "kind": "folder", "outbound": "theirs"}
    transport = FolderTransport(tmp_path, partner_folders(tmp_path, [profile(channel)]))

    assert transport.send(outbound(channel="folder")) == Sent("theirs/out_1.edi")


def test_a_folder_that_cannot_be_written_is_a_failure_to_retry(tmp_path):
    (tmp_path / "partners" / "acme").mkdir(parents=True)
    (tmp_path / "partners" / "acme" / "out").write_text("a file is in the way")

    said = FolderTransport(tmp_path).send(outbound())

    assert isinstance(said, Failed)
    assert said.trouble is Trouble.CONNECTION


def test_a_link_that_leads_out_of_the_partner_folder_is_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "partners" / "acme").mkdir(parents=True)
    (tmp_path / "partners" / "acme" / "out").symlink_to(elsewhere)

    said = FolderTransport(tmp_path).send(outbound())

    assert isinstance(said, Failed)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("name", ["", "../x.edi", ".hidden", "a\0b"])
def test_a_name_that_leads_elsewhere_is_refused_for_good(tmp_path, name):
    said = FolderTransport(tmp_path).send(outbound(file_name=name))

    assert isinstance(said, Failed)
    assert said.trouble is Trouble.REFUSED


def test_an_attempt_that_died_leaves_nothing_behind_for_long(tmp_path):
    out = tmp_path / "partners" / "acme" / "out"
    out.mkdir(parents=True)
    (out / ".out_1.edi.00.part").write_bytes(b"IS")
    (out / ".out_2.edi.00.part").write_bytes(b"IS")
    long_ago = time.time() - 7200
    os.utime(out / ".out_1.edi.00.part", (long_ago, long_ago))

    FolderTransport(tmp_path).send(outbound())

    assert {entry.name for entry in out.iterdir()} == {
        "out_1.edi",
        ".out_2.edi.00.part",
    }


def test_a_write_that_breaks_off_leaves_no_file(tmp_path):
    def breaks():
        yield b"IS"
        raise OSError("gone")

    with open_beneath(tmp_path, "out") as folder, pytest.raises(OSError, match="gone"):
        write_whole("x.edi", folder, breaks())

    assert list((tmp_path / "out").iterdir()) == []


def test_a_name_that_comes_twice_in_a_batch_is_written_twice(tmp_path):
    some = [outbound(b"1", file_name="a.edi"), outbound(b"2", file_name="a.edi")]
    sent = FolderTransport(tmp_path).send_all(some)
    assert sent == [Sent("out/a.edi")] * 2
    out = tmp_path / "partners/acme/out"
    assert [(one.name, one.read_bytes()) for one in out.iterdir()] == [("a.edi", b"2")]


def test_a_file_is_whole_where_the_system_takes_it_in_pieces(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda to, data: write(to, data[:3]))
    with open_beneath(tmp_path, "out") as folder:
        write_whole("a.edi", folder, [b"ISA*00~", b"", b"GS~"])
    assert (tmp_path / "out/a.edi").read_bytes() == b"ISA*00~GS~"


def test_a_profile_without_channels_has_in_and_out(tmp_path):
    assert partner_folders(tmp_path, [profile()]) == (
        PartnerFolders(partner_id="acme", root=tmp_path / "partners" / "acme"),
    )


def test_the_default_folder_is_polled_beside_those_of_the_profile(tmp_path):
    channel = {"id": "drop", "kind": "folder", "inbound": "from/them"}

    found = partner_folders(tmp_path, [profile(channel)])

    assert [one.inbound for one in found] == ["from/them", "in"]


def test_a_folder_that_we_write_to_is_not_polled(tmp_path):
    folders = PartnerFolders(partner_id="acme", root=tmp_path, inbound="out/new")

    assert not folders.can_be_polled
