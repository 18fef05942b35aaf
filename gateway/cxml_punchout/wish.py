"""What a buyer's setup request comes to: who shops, where the cart may go."""

from __future__ import annotations

from urllib.parse import urlsplit

from gateway.cxml_punchout.basket import Wish
from gateway.cxml_punchout.credentials import Header
from gateway.cxml_punchout.session import ALLOWS, Operation
from gateway.cxml_punchout.setup import OPERATIONS, Setup
from gateway.findings import Finding, Severity, Where
from gateway.partner import Profile
from gateway.partner.punchout import PunchOutForm, origin_of

__all__ = ["address_fault", "operation_fault", "user_of", "wish_of"]

_REQUEST = "cXML/Request/PunchOutSetupRequest"


def wish_of(
    setup: Setup, header: Header, profile: Profile, *, test: bool = False
) -> Wish | Finding:
    """The wish in a PunchOutSetupRequest, or why it is not fulfilled.

    CXM-041 for an operation that is not done here, CXM-205 for one that this partner
    may not ask for, CXM-204 for an address that carts may not go to, CXM-022 for none.
    """
    agreed = profile.punchout
    if setup.operation not in OPERATIONS:
        where = Where(path=f"{_REQUEST}/@operation")
        what = f"{setup.operation[:40]!r} is not done here"
        return Finding.of("CXM-041", what, where, setup.operation[:40])
    operation = Operation(setup.operation)
    fault = operation_fault(operation, agreed.operation_allowed)
    if fault is None and not setup.return_url:
        what = "PunchOutSetupRequest lacks BrowserFormPost/URL, where the cart goes to"
        lacking = Where(path=_REQUEST)
        fault = Finding.of("CXM-022", what, lacking, severity=Severity.REJECT)
    if fault is None:
        fault = address_fault(setup.return_url, profile)
    if fault is not None:
        return fault
    selected = setup.selected.sku if setup.selected else ""
    if operation in (Operation.EDIT, Operation.INSPECT) and not (
        setup.items or selected
    ):
        where = Where(path=f"{_REQUEST}/ItemOut")
        what = f"{operation} names no line of an earlier cart"
        return Finding.of("CXM-205", what, where, operation)
    return Wish(
        way="cxml",
        operation=operation,
        user=user_of(setup, agreed),
        test=test,
        return_url=setup.return_url,
        contract=setup.extrinsic(agreed.contract),
        cookie=setup.cookie,
        header=header.bare(),
        selected=selected,
        items=setup.items,
    )


def operation_fault(operation: Operation, allowed: str) -> Finding | None:
    """CXM-205 where an operation is higher than what a cart, or the partner, allows."""
    if operation in ALLOWS[allowed]:
        return None
    where = Where(path=f"{_REQUEST}/@operation")
    what = f"{operation} is asked for, the highest that is allowed is {allowed}"
    return Finding.of("CXM-205", what, where, operation)


def user_of(setup: Setup, agreed: PunchOutForm) -> str:
    """The user in the words of the first place that names one; empty if none does.

    An e-mail address is the same in small and capital letters.
    """
    told = setup.extrinsic(agreed.user) or next(iter(setup.emails), "")
    told = told or setup.user_name
    return (told.casefold() if "@" in told else told)[:200]


def address_fault(url: str, profile: Profile, path: str = "") -> Finding | None:
    """CXM-204 for an address that carts of this partner may not go to.

    It has to be at one of the profile's origins, with https but at the stage test.
    """
    where = Where(path=path or f"{_REQUEST}/BrowserFormPost/URL")
    origin = _origin(url)
    if not origin:
        what = "the address to return to is no http address"
        return Finding.of("CXM-204", what, where)
    is_open = origin.startswith("http:")
    if origin not in profile.punchout.return_to or (
        is_open and profile.stage != "test"
    ):
        what = f"{origin[:80]} is not among punchout.return_to of the profile"
        return Finding.of("CXM-204", what, where, origin[:80])
    return None


def _origin(url: str) -> str:
    """Scheme, host and port of an address; empty for what is none, or holds a name."""
    if url != url.strip() or any(c in url for c in "\\\t\r\n "):
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or "@" in parts.netloc
    ):
        return ""
    return origin_of(parts.scheme, parts.hostname, port)
