"""The folders of our ERP: orders go out, confirmations and the like come in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.partner import Profile
from gateway.pipeline.ports import Failed, Outbound, Sent
from gateway.transport.folder import PartnerFolders
from gateway.transport.laying import lay

KIND = "erp"
"""The kind of door, and the channel of what is laid into the folders."""
OUT, FAILED = "out", "failed"


def erp_folders(home: Path, profiles: Iterable[Profile]) -> Iterator[PartnerFolders]:
    """``erp/in``, and ``erp/<id>/in`` of partners with a folder of their own."""
    own = [profile.id for profile in profiles if profile.erp.folder == "own"]
    for partner_id in ("", *own):
        yield PartnerFolders(
            partner_id=partner_id,
            root=_root(home, partner_id),
            outbound=OUT,
            refused=FAILED,
            kind=KIND,
        )


def _root(home: Path, partner_id: str) -> Path:
    return home / "erp" / partner_id if partner_id else home / "erp"


class ErpFolders:
    """Lays orders into ``out``, and files with bad rows and reports into ``failed``.

    A file is there whole or not at all. A repeat has the same bytes and name.
    """

    def __init__(self, home: Path, profiles: Iterable[Profile]) -> None:
        self._home = home
        self._own = {one.id for one in profiles if one.erp.folder == "own"}

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Write the file whole and durable, or say why it could not be written."""
        partner = outbound.partner_id if outbound.partner_id in self._own else ""
        place = OUT if outbound.kind.startswith("erp_order") else FAILED
        return lay(_root(self._home, partner), place, [outbound])[0]
