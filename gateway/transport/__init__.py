"""Ways to talk to partners: folders, and answers that are fetched over HTTP."""

from gateway.transport.folder import FolderTransport, PartnerFolders, partner_folders
from gateway.transport.mailbox import Mailbox
from gateway.transport.pickup import Pickup
from gateway.transport.route import Routed, transports

__all__ = [
    "FolderTransport",
    "Mailbox",
    "PartnerFolders",
    "Pickup",
    "Routed",
    "partner_folders",
    "transports",
]
