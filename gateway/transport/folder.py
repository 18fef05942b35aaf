"""The folders of a partner, and the delivery of files into them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.partner import Profile
from gateway.partner.profile import FolderChannel
from gateway.pipeline.ports import Failed, Outbound, Sent, Trouble
from gateway.transport.beneath import TEMPORARY, open_beneath, write_whole

REFUSED = "refused"
ABANDONED_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFolders:
    """Where one channel of a partner exchanges files, all below ``root``."""

    partner_id: str
    root: Path
    inbound: str = "in"
    outbound: str = "out"
    archive: str = "archive"
    refused: str = REFUSED
    channel: str = ""
    kind: str = "folder"
    """What kind of door this is."""

    @property
    def can_be_polled(self) -> bool:
        """Whether nothing that we write ourselves lands in the inbound folder."""
        ours = (self.outbound, self.archive, self.refused)
        return not any(f"{self.inbound}/".startswith(f"{own}/") for own in ours)


def partner_folders(
    home: Path, profiles: Iterable[Profile]
) -> tuple[PartnerFolders, ...]:
    """Each partner's ``in`` and ``out``, and the folders its channels name instead.

    They lie in ``<home>/partners/<id>``. Each inbound folder occurs once.
    """
    return tuple(
        folders for profile in profiles for folders in _of_partner(home, profile)
    )


def _of_partner(home: Path, profile: Profile) -> Iterator[PartnerFolders]:
    root = home / "partners" / profile.id
    named = [channel for channel in profile.channels if channel.kind == "folder"]
    seen = set()
    for channel in named:
        assert isinstance(channel, FolderChannel)
        seen.add(channel.inbound)
        yield PartnerFolders(
            partner_id=profile.id,
            root=root,
            inbound=channel.inbound,
            outbound=channel.outbound,
            archive=channel.archive,
            channel=channel.id,
        )
    if "in" not in seen:
        yield PartnerFolders(partner_id=profile.id, root=root)


class FolderTransport:
    """Writes messages to the partner's outbound folder, each under its own name.

    A repeat writes the same bytes under the same name: it replaces the first file, or
    brings it back if the partner has taken it. Partners we have no profile of any
    more get ``out``.
    """

    def __init__(self, home: Path, folders: Iterable[PartnerFolders] = ()) -> None:
        self._home = home
        self._folders: Mapping[tuple[str, str], PartnerFolders] = _by_channel(folders)
        self._tidied: set[PartnerFolders] = set()

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Write the file whole and durable, or say why it could not be written."""
        partner = outbound.partner_id
        folders = (
            self._folders.get((partner, outbound.channel))
            or self._folders.get((partner, ""))
            or PartnerFolders(
                partner_id=partner, root=self._home / "partners" / partner
            )
        )
        name = outbound.file_name
        if not name or "/" in name or "\0" in name or name.startswith("."):
            return Failed(f"{name!r} cannot be a file name", trouble=Trouble.REFUSED)
        try:
            with open_beneath(folders.root, folders.outbound) as folder:
                self._tidy(folders, folder)
                write_whole(name, folder, outbound.blob.chunks())
        except OSError as error:
            return Failed(f"{folders.outbound}/{name}: {error.strerror or error}")
        return Sent(f"{folders.outbound}/{name}")

    def _tidy(self, folders: PartnerFolders, descriptor: int) -> None:
        """Once per folder and process: remove what died in the middle of a write."""
        if folders in self._tidied:
            return
        self._tidied.add(folders)
        for entry in os.listdir(descriptor):
            if entry.startswith(".") and entry.endswith(TEMPORARY):
                with suppress(FileNotFoundError):
                    age_s = time.time() - os.stat(entry, dir_fd=descriptor).st_mtime
                    if age_s > ABANDONED_S:
                        os.unlink(entry, dir_fd=descriptor)


def _by_channel(
    folders: Iterable[PartnerFolders],
) -> dict[tuple[str, str], PartnerFolders]:
    """Folders by partner and channel; the empty channel is the partner's first."""
    found: dict[tuple[str, str], PartnerFolders] = {}
    for one in folders:
        found.setdefault((one.partner_id, one.channel), one)
        found.setdefault((one.partner_id, ""), one)
    return found
