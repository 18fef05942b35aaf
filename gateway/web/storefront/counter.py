"""One request of a visit: what the shop knows of it, and the pages it answers with."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Request, Response

from gateway.catalog.offer import least, usual_unit
from gateway.catalog.words import parse
from gateway.cxml_punchout.basket import Visit
from gateway.engine import Engine
from gateway.engine.punchout import PunchOut
from gateway.findings import Finding
from gateway.findings.marking import marked as _
from gateway.store import catalog_search
from gateway.store.catalog_search import Hits, Offered, Shelf
from gateway.web import punchout
from gateway.web.doors import TheDoors
from gateway.web.forms import read_form
from gateway.web.pages import policy
from gateway.web.punchout import TheVisit
from gateway.web.shop_pages import page
from gateway.web.speech import Speech, speech_of
from gateway.web.storefront.shown import CartRow, Page, Shown, cart_row, shown

__all__ = ["Counter", "Fault", "TheCounter", "TheFields"]

PER_PAGE = 24
_PLACE = re.compile(r"(?:/(?:item|cart|leave))?(?:\?[\x21-\x7e]*)?")


_TOLD: Mapping[str, str] = {
    "added": _("It is in the cart."),
    "changed": _("The quantities are changed."),
    "removed": _("The line is removed."),
}
"""What happened before this page, by the word in its address."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something typed that cannot be taken: the field's id, and what to do."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Counter:
    """A visit at the shop's counter. ``place`` is its page, below ``visit.base``."""

    visit: Visit
    speech: Speech
    engine: Engine
    now: dt.datetime
    is_secure: bool = True
    place: str = ""
    told: str = ""

    @property
    def day(self) -> dt.date:
        """The day whose prices count."""
        return self.now.date()

    @property
    def punchout(self) -> PunchOut:
        """The sessions."""
        return self.engine.punchout

    def path(self, place: str = "", **query: str) -> str:
        """The address of a page of this visit."""
        asked = f"?{urlencode(query)}" if query else ""
        return f"{self.visit.base}{place}{asked}"

    def to(self, place: str = "", **query: str) -> Response:
        """Lead there: a form that was posted is answered by a page of its own."""
        return led_to(self.path(place, **query))

    def back_to(self, place: str) -> Response:
        """Lead to a page that a form names; to the first one if it is none of ours."""
        return self.to(place if _PLACE.fullmatch(place) else "")

    def show(
        self,
        template: str,
        *,
        errors: Sequence[Fault] = (),
        status: int = 200,
        **values: object,
    ) -> Response:
        """Answer with a page."""
        frame = {
            "visit": self.visit,
            "here": template.removesuffix(".html"),
            "q": "",
            "told": self.speech(_TOLD[self.told]) if self.told in _TOLD else "",
            "errors": errors,
            "back": self.place if _PLACE.fullmatch(self.place) else "",
        }
        html = page(template, self.speech, **(frame | values))
        return punchout.page(self.visit, html, status)

    # What is on sale.

    def browse(self, q: str, number: int) -> Page:
        """A page of what was searched; of everything where nothing was."""
        skip = (number - 1) * PER_PAGE
        with self.engine.db.read() as tx:
            shelf = Shelf.of(tx, self.visit.profile.id, self.day, self._named)
            if q.strip():
                hits = catalog_search.search(tx, shelf, parse(q))
                wanted = hits.numbers[skip : skip + PER_PAGE]
                count = len(hits.numbers)
            else:
                hits = Hits()
                wanted, count = catalog_search.listed(tx, shelf, skip, PER_PAGE)
            found = catalog_search.items(tx, shelf, wanted)
        pages = -(-count // PER_PAGE)
        if number > max(pages, 1):  # the list became shorter, or somebody typed it
            return self.browse(q, max(pages, 1))
        return Page(
            items=self._shown(found),
            count=count,
            is_cut=hits.is_cut,
            number=number,
            pages=pages,
            before=self._turned(q, number - 1) if number > 1 else "",
            after=self._turned(q, number + 1) if number < pages else "",
        )

    def item(self, sku: str) -> Shown | None:
        """An item by its number; none where it is not sold to this partner."""
        found = self.offered([sku]).get(sku)
        return self._shown([found])[0] if found else None

    def offered(self, skus: Collection[str]) -> dict[str, Offered]:
        """Items by their numbers, each under the contract that answers first."""
        with self.engine.db.read() as tx:
            shelf = Shelf.of(tx, self.visit.profile.id, self.day, self._named)
            return catalog_search.offered(tx, shelf, skus)

    @property
    def _named(self) -> Sequence[str]:
        """The one contract that is sold from, if there is one."""
        contract = self.visit.wish.contract
        return [contract] if contract else []

    def _shown(self, found: Sequence[Offered]) -> tuple[Shown, ...]:
        """Items with their prices, all asked for at once."""
        asked = []
        for one in found:
            unit = usual_unit(one.item)
            asked.append((one.item.sku, least(one.item, unit), unit.unit))
        quoted = self.punchout.quote(
            self.visit.profile, asked, self.now, self.visit.wish.contract
        )
        return tuple(
            shown(one, line.checked, self.visit.base, self.speech, self.day)
            for one, line in zip(found, quoted, strict=True)
        )

    def _turned(self, q: str, number: int) -> str:
        asked = {"q": q} if q else {}
        return self.path(**asked, page=str(number))

    # The cart.

    def rows(self) -> tuple[CartRow, ...]:
        """The lines of the cart as its page shows them."""
        lines, base = self.visit.lines, self.visit.base
        return tuple(cart_row(line, base, self.speech) for line in lines)

    def cart(
        self, rows: Sequence[CartRow] | None = None, errors: Sequence[Fault] = ()
    ) -> Response:
        """The page of the cart."""
        lines = self.rows() if rows is None else rows
        returning = len(self.visit.going_back)
        return self.show(
            "cart.html",
            errors=errors,
            status=422 if errors else 200,
            lines=lines,
            notices=[self.speech.finding(one) for one in self.visit.notices],
            total=self.visit.total,
            returning=returning,
            staying=len(lines) - returning,
        )

    def refused(self, finding: Finding) -> Response:
        """The cart, and why something could not be done with it.

        Once it went back there is only the page that takes it there.
        """
        if self.visit.returned is not None:
            return self.to("/return")
        return self.cart(errors=[Fault("cart-link", self.speech.finding(finding))])


def led_to(path: str) -> Response:
    """An answer without a page that leads to an address of ours."""
    return Response(status_code=303, headers={**policy(), "Location": path})


async def fields(request: Request, parts: TheDoors) -> dict[str, str]:
    """The fields of a form; a body that is too long or too slow is a problem."""
    form = await read_form(request, parts)
    return {name: values[-1] for name, values in form.fields.items()}


def _is_secure(request: Request, shop_url: str) -> bool:
    """Whether the browser is there over TLS, which a proxy may have ended."""
    return request.url.scheme == "https" or shop_url.startswith("https:")


def counter(visit: TheVisit, parts: TheDoors, request: Request) -> Counter:
    """The visit that a request belongs to, and the language it is answered in."""
    place = request.url.path.removeprefix(visit.base)
    asked = [p for p in parse_qsl(request.url.query) if p[0] in ("q", "page", "sku")]
    if request.method == "POST":
        place, asked = "/cart", []
    return Counter(
        visit,
        speech_of(request),
        parts.engine,
        parts.clock(),
        _is_secure(request, parts.engine.settings.shop_url),
        place + (f"?{urlencode(asked)}" if asked else ""),
        request.query_params.get("told", ""),
    )


TheCounter = Annotated[Counter, Depends(counter)]
TheFields = Annotated[dict[str, str], Depends(fields)]
