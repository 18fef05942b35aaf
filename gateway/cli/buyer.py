"""A buyer in a box: punches out, shops, takes its cart back, orders it.

It knows what the partner's profile knows: names, secret, where its carts may go. The
pages are gone through as a browser without JavaScript does; what comes back is read as
the buyer's system would read it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from gateway.cli.browser import Browser, Form, Page
from gateway.cxml_punchout.buying import Ordering, order_request, setup_request
from gateway.cxml_punchout.cart import Cart
from gateway.cxml_punchout.cart_read import read_cart
from gateway.cxml_punchout.contact import PartyContact
from gateway.cxml_punchout.credentials import Credential, Header
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.envelope import MEDIA_TYPE, Stamped, payload_id, request
from gateway.cxml_punchout.forms import read_form
from gateway.cxml_punchout.oci_read import form_faults, read_items
from gateway.cxml_punchout.platforms import Platform, cart_faults
from gateway.findings import Finding, Findings
from gateway.partner import Profile
from gateway.safexml import text_of
from gateway.safexml.markup import Node

__all__ = ["Broken", "Buyer", "Taken"]

_VISIT = re.compile(r"(.*/shop/v/[^/?#]+)")
_AGENT = "Simulated Buyer 1.0"


class Broken(Exception):
    """The way to the cart ended before it; the text says where, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came back: the cart of cXML, or the fields of each line of OCI.

    ``document`` is the message as it came; ``status`` is its code: 204 is nothing
    changed. ``findings`` are what the buyer's system would change, drop or refuse.
    """

    form: Form = field(repr=False)
    cart: Cart | None = None
    lines: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    status: int = 200
    document: bytes = field(default=b"", repr=False)
    findings: tuple[Finding, ...] = ()


class Buyer:
    """One user of a partner's buying system, with a browser of their own."""

    def __init__(
        self,
        profile: Profile,
        secret: str,
        address: str,
        *,
        now: datetime,
        test: bool,
        browser: Browser | None = None,
    ) -> None:
        """``secret`` is what the partner shows; ``address`` is that of the gateway.

        With ``test`` its documents are marked as tests: nothing of them is booked.
        """
        self._profile, self._secret = profile, secret
        self._test = test
        self._address = address.rstrip("/")
        self._now = now
        self.browser = browser or Browser()
        self.user = "simulated.user"

    @property
    def _agreed_units(self) -> frozenset[str]:
        return frozenset(self._profile.punchout.units.values())

    # The call-up.

    def start(self, operation: str, cart: Cart | None = None) -> Page:
        """The first page of a session that is asked for by cXML."""
        node = setup_request(
            operation,
            secrets.token_hex(8),
            self._return_url("cXML"),
            user=self.user,
            items=cart.lines if cart else (),
        )
        answer = self.post(node)
        body = answer.body
        url = "" if body is None else text_of(body.find("StartPage/URL"))
        if not url:
            raise Broken(f"PunchOutSetupRequest: Status {_told(answer)}")
        return _good(self.browser.get(url), "the start page")

    def call_up(self, **more: str) -> Page:
        """The page that answers a call-up by OCI."""
        login = self._profile.oci.login
        if login is None:
            raise Broken(f"{self._profile.id} has no oci.login in its profile")
        sent = {
            login.user_field: login.user,
            login.password_field: self._secret,
            "OCI_VERSION": "4.0",
            "HOOK_URL": self._return_url("OCI"),
            "http_content_charset": "utf-8",
            "returntarget": "_top",
            "~OkCode": "ADDI",
            "~caller": "CTLG",
        }
        url = f"{self._address}/oci/{self._profile.id}"
        return _good(self.browser.get(url, (sent | more).items()), "the call-up")

    # In the shop.

    def put(self, page: Page, sku: str, quantity: str) -> Page:
        """Put an item into the cart, from its own page."""
        item = self.browser.get(f"{_base(page)}/item", [("sku", sku)])
        form = _good(item, f"the page of {sku}").form("add")
        if form is None:
            raise Broken(f"{sku} cannot be put into the cart: {item.said[:200]}")
        return _good(self.browser.send(form.filled(quantity=quantity)), "the cart")

    def go_back(self, page: Page, how: str = "cart") -> Page:
        """Leave the shop with the cart, or with nothing changed (``cancel``)."""
        place = "cart" if how == "cart" else "leave"
        left = _good(self.browser.get(f"{_base(page)}/{place}"), f"the page {place}")
        form = next((one for one in left.forms if _leads(one, how)), None)
        if form is None:
            raise Broken(f"nothing can be returned: {left.said[:300]}")
        return _good(self.browser.send(form.pressed(how)), "the page that goes back")

    # What came back.

    def taken(self, page: Page, platforms: Iterable[Platform] = ()) -> Taken:
        """The cart in the page that goes back, as the buyer's system gets it."""
        form = page.form("return")
        if form is None:
            raise Broken(f"the page has no form that goes back: {page.said[:200]}")
        agreed = self._profile.punchout
        usual = f"cXML-{agreed.encoding}"
        pairs = [(usual if n == agreed.field else n, v) for n, v in form.fields]
        if any(name.lower() == usual.lower() for name, _ in pairs):
            return self._of_cxml(form, pairs, platforms)
        lines = read_items(form.fields)
        return Taken(form=form, lines=lines, findings=tuple(form_faults(lines)))

    def _of_cxml(
        self,
        form: Form,
        pairs: Sequence[tuple[str, str]],
        platforms: Iterable[Platform],
    ) -> Taken:
        held = read_form(urlencode(pairs))
        if isinstance(held, Finding):
            raise Broken(held.what)
        data = held.encode() if isinstance(held, str) else held
        document = read_document(data)
        if not isinstance(document, Document) or document.body is None:
            raise Broken("the field holds no PunchOutOrderMessage")
        found = Findings(document.findings)
        cart = read_cart(document.body, found)
        found.extend(cart_faults(cart, platforms, self._agreed_units))
        return Taken(
            form=form,
            cart=cart,
            status=document.status.code if document.status else 200,
            document=data,
            findings=found.done(),
        )

    # The order.

    def order(self, cart: Cart, order_id: str) -> Document:
        """Order everything in the cart; the answer to it."""
        place = next(iter(self._profile.locations), None)
        ship_to = PartyContact(
            role="shipTo",
            name=(place.name if place else "") or self._profile.name,
            address_id=place.id if place else "",
            street=place.address.lines if place else (),
            city=place.address.city if place else "",
            country=(place.address.country if place else "") or "US",
        )
        said = Ordering(order_id=order_id, ordered_at=self._now, ship_to=ship_to)
        return self.post(order_request(cart, said))

    def post(self, node: Node) -> Document:
        """The Response to a Request of ours."""
        data = request(node, self._header(), self._stamped(), test=self._test)
        page = self.browser.post(f"{self._address}/cxml", data, MEDIA_TYPE)
        document = read_document(page.text.encode())
        if not isinstance(document, Document):
            raise Broken(f"/cxml: HTTP {page.status}, and no cXML in it")
        return document

    def _header(self) -> Header:
        names = self._profile
        sender = names.cxml.sender or names.identities.cxml
        if not sender or not names.us.cxml:
            raise Broken(f"{names.id} has no names of cXML in its profile")
        first = sender[0]
        return Header(
            from_=tuple(
                Credential(domain=one.domain, identity=one.id)
                for one in names.identities.cxml
            ),
            to=tuple(
                Credential(domain=one.domain, identity=one.id) for one in names.us.cxml
            ),
            sender=(
                Credential(
                    domain=first.domain,
                    identity=first.id,
                    shared_secret=self._secret,
                ),
            ),
            user_agent=_AGENT,
        )

    def _stamped(self) -> Stamped:
        serial = secrets.token_hex(6)
        return Stamped(
            payload_id=payload_id(self._now, "sim", serial, "buyer.example"),
            at=self._now,
        )

    def _return_url(self, way: str) -> str:
        origins = self._profile.punchout.return_to
        if not origins:
            raise Broken(f"{self._profile.id} has no punchout.return_to in its profile")
        return f"{origins[0]}/simulated/{way.lower()}?session=7"


def _told(answer: Document) -> str:
    status = answer.status
    return f"{status.code} {status.text} {status.body}".strip() if status else "none"


def _good(page: Page, what: str) -> Page:
    if page.status != 200:
        raise Broken(f"{what}: HTTP {page.status}, {page.said[:200]}")
    return page


def _base(page: Page) -> str:
    """The address that all pages of the session lie below."""
    found = _VISIT.match(page.url)
    if found is None:
        raise Broken(f"the shop did not open: {page.said[:200]}")
    return found[1]


def _leads(form: Form, how: str) -> bool:
    """Whether the form leaves the shop in this way."""
    return any(value == how for _, value in form.buttons)
