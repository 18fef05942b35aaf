"""What a profile says of a portal in SOAP that we poll: its WSDL, when we look."""

from __future__ import annotations

from typing import Annotated

from gateway.partner.scalars import Cron, Form, Zone, counted, like

__all__ = ["PortalOperations", "SoapGet", "WsdlFile"]

WsdlFile = Annotated[
    str,
    *like(
        r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}){0,4}",
        "a file name below the folder wsdl of GATEWAY_HOME, like agency/portal.wsdl",
    ),
]
_Operation = Annotated[
    str, *like(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}", "an operation's name in the WSDL")
]


class PortalOperations(Form):
    """What the operations of the portal's WSDL are called."""

    list: _Operation = "listOrders"
    """Tells the ids of orders that wait; it takes nothing."""
    get: _Operation = "getOrder"
    """Gives the document of one; it takes the id."""
    confirm: _Operation = "confirmOrder"
    """Takes one from those that wait; it takes the id, and perhaps our receipt's."""
    respond: _Operation = "submitResponse"
    """Takes our answer; it takes the document, or the message's id and the document."""
    id: _Operation | None = None
    """The element of the list that has the id; left out: it has texts of one kind."""


class SoapGet(Form):
    """When we look what waits in the portal."""

    at: Cron = "*/5 * * * *"
    """When we look, like ``*/5 * * * *``: minute, hour, day, month, weekday."""
    zone: Zone = "UTC"
    """The time zone of that."""
    most: Annotated[int, *counted(1, 1000)] = 100
    """How many orders are taken in one look; the next follows at once."""
