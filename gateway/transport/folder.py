"""The folders of a partner, and the delivery of files into them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.partner import Profile
from gateway.partner.profile import FolderChannel
from gateway.pipeline.ports import Failed, Outbound, Sent
from gateway.transport.beneath import TEMPORARY, open_beneath
from gateway.transport.laying import lay

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
        return self.send_all([outbound])[0]

    def send_all(self, some: Sequence[Outbound]) -> list[Sent | Failed]:
        """Write files of one partner's channel; ends at the first that failed."""
        partner = some[0].partner_id
        folders = (
            self._folders.get((partner, some[0].channel))
            or self._folders.get((partner, ""))
            or PartnerFolders(
                partner_id=partner, root=self._home / "partners" / partner
            )
        )
        self._tidy(folders)
        return lay(folders.root, folders.outbound, some)

    def _tidy(self, folders: PartnerFolders) -> None:
        """Once per folder and process: remove what died in the middle of a write."""
        if folders in self._tidied:
            return
        with suppress(OSError), open_beneath(folders.root, folders.outbound) as folder:
            for entry in os.listdir(folder):
                if entry.startswith(".") and entry.endswith(TEMPORARY):
                    _remove_old(entry, folder)
            self._tidied.add(folders)


def _remove_old(entry: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        if time.time() - os.stat(entry, dir_fd=folder).st_mtime > ABANDONED_S:
            os.unlink(entry, dir_fd=folder)


def _by_channel(
    folders: Iterable[PartnerFolders],
) -> dict[tuple[str, str], PartnerFolders]:
    """Folders by partner and channel; the empty channel is the partner's first."""
    found: dict[tuple[str, str], PartnerFolders] = {}
    for one in folders:
        found.setdefault((one.partner_id, one.channel), one)
        found.setdefault((one.partner_id, ""), one)
    return found
