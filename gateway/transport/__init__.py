"""Ways to talk to partners: folders, and answers that are fetched over HTTP."""

from gateway.transport.erp import erp_folders
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
    "erp_folders",
    "partner_folders",
    "transports",
]
