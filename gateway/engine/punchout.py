"""Punch-out sessions: begun, opened once, shopped in, their cart taken back once.

Whoever shops proves it with the session's live key, which a cookie carries, or with the
path of the session's pages where the browser keeps no cookie. Prices are our catalog's
as they are now; nothing that a browser sends is one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from gateway.catalog.keys import Prices
from gateway.config import Settings
from gateway.cxml_punchout.basket import (
    BasketLine,
    HowBack,
    ShopLine,
    Visit,
    Wish,
    numbered,
)
from gateway.cxml_punchout.kept import Basket, form_text
from gateway.cxml_punchout.keyed import (
    Marks,
    fits,
    is_start_token,
    start_token,
    token_of,
)
from gateway.cxml_punchout.session import (
    Limits,
    Operation,
    Session,
    Signal,
    State,
    opened,
    overdue,
    seen,
    step,
)
from gateway.cxml_punchout.shop import in_catalog_terms, priced
from gateway.engine.counts import Counts
from gateway.engine.punchout_basket import (
    NOBODY,
    begun_with,
    gone,
    no_quantity,
    not_shopping,
    prices_of,
    shown,
    too_many,
    unknown,
)
from gateway.engine.punchout_return import Around, Returned, returned
from gateway.findings import Finding
from gateway.partner import Profile
from gateway.pipeline.rules import Rules
from gateway.store import carts, ids, punchout
from gateway.store.database import Database, Transaction
from gateway.store.punchout import Kept

__all__ = ["Began", "Opened", "PunchOut"]

_KEY_BYTES = 24
_SELDOM = timedelta(seconds=60)
"""How much longer a session has to live before a look at it is noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A session to be: ``rows`` are to be kept, ``token`` opens it once."""

    session_id: str
    token: str = field(repr=False)
    rows: punchout.Rows = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session that a browser is in now.

    ``key`` proves it in the cookie of this session, ``visit`` in the path where there
    are no cookies. ``replaced`` are sessions of the same user in the same browser that
    ended with it.
    """

    session_id: str
    partner_id: str
    key: str = field(repr=False)
    visit: str = field(repr=False)
    replaced: tuple[str, ...] = ()


class PunchOut:
    """The sessions of this gateway. Each method may be called by many threads."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        rules: Callable[[], Rules],
        counts: Counts,
    ) -> None:
        self._db = db
        self._rules = rules
        self._counts = counts
        self._key = b""
        address = urlsplit(settings.shop_url or settings.cxml_url)
        self._host = address.hostname or "gateway.invalid"

    # Begin and open.

    def begin(self, profile: Profile, wish: Wish, now: datetime) -> Began | Finding:
        """A session for this wish; nothing is kept of it yet.

        With lines of an earlier cart its basket begins with them.
        """
        key = self._keyed(now)
        basket = begun_with(self._db, profile, wish, key, now)
        if isinstance(basket, Finding):
            return basket
        session = Session(
            id=ids.unguessable("ses"),
            partner_id=profile.id,
            operation=wish.operation,
            user=wish.user,
            started_at=now,
            ends_at=now + _limits(profile).to_open,
        )
        allowed = profile.punchout.operation_allowed
        kept = Kept(session=session, wish=wish, allowed=allowed, basket=basket)
        token = self.token(session.id, now)
        return Began(session_id=session.id, token=token, rows=punchout.rows_of(kept))

    def token(self, session_id: str, now: datetime) -> str:
        """What opens a session at its start page, once; it is not kept anywhere."""
        return f"{session_id}.{start_token(self._keyed(now), session_id)}"

    def enter(
        self, profile: Profile, wish: Wish, now: datetime, cookies: Mapping[str, str]
    ) -> Opened | Finding:
        """Begin a session for the browser that asks for it, and open it at once."""
        began = self.begin(profile, wish, now)
        if isinstance(began, Finding):
            return began
        with self._db.begin() as tx:
            punchout.insert(tx, [began.rows])
            return self._opened(tx, began.session_id, now, cookies)

    def open(
        self, token: str, now: datetime, cookies: Mapping[str, str]
    ) -> Opened | Finding:
        """Open a session by the token of its start page. It does so once."""
        session_id, _, sent = token.partition(".")
        if not is_start_token(self._keyed(now), session_id, sent):
            return gone("no session has this start page")
        with self._db.begin() as tx:
            return self._opened(tx, session_id, now, cookies)

    def _opened(
        self,
        tx: Transaction,
        session_id: str,
        now: datetime,
        cookies: Mapping[str, str],
    ) -> Opened | Finding:
        kept = punchout.find(tx, session_id, lock=True)
        profile = self._profile(kept)
        if kept is None or profile is None:
            return gone("the session is not known any more")
        session = opened(kept.session, now, _limits(profile))
        if isinstance(session, Finding):
            return gone(session.what)
        live = secrets.token_urlsafe(_KEY_BYTES)
        kept = replace(kept, session=session, key_sum=_sum(live))
        punchout.update(tx, kept, now, "punchout.opened")
        ended = self._replace(tx, kept, cookies, now)
        self._count("opened", session.partner_id)
        return Opened(
            session_id=session.id,
            partner_id=session.partner_id,
            key=live,
            visit=f"{session.id}.{self._path(kept, now)}",
            replaced=ended,
        )

    def _replace(
        self, tx: Transaction, kept: Kept, cookies: Mapping[str, str], now: datetime
    ) -> tuple[str, ...]:
        """End the same user's other sessions in this browser; which they were."""
        its, ended = kept.session, []
        if not its.user:
            return ()
        for id_ in sorted(cookies.keys() - {its.id}):
            other = punchout.find(tx, id_, lock=True)
            if other is None or not _has_key(other, cookies):
                continue
            session = other.session
            whose = session.partner_id, session.user
            if whose != (its.partner_id, its.user):
                continue
            closed = step(session, Signal.CLOSE)
            if session.state is State.SHOPPING and isinstance(closed, Session):
                after = replace(other, session=closed)
                punchout.update(tx, after, now, "punchout.replaced", by=its.id)
                ended.append(id_)
        return tuple(ended)

    # Shop.

    def visit(
        self, visit: str, now: datetime, cookies: Mapping[str, str]
    ) -> Visit | Finding:
        """The session that a page belongs to, as its user sees it now.

        ``visit`` stands in the page's path; ``cookies`` are the live keys that the
        browser sent, by session. Nobody else gets to see it.
        """
        session_id, _, sent = visit.partition(".")
        with self._db.read() as tx:
            kept = punchout.find(tx, session_id)
        profile = self._profile(kept)
        if kept is None or profile is None or not kept.key_sum:
            return gone(NOBODY)
        by_cookie = _has_key(kept, cookies)
        if not by_cookie and (
            kept.entered_by == "cookie" or not fits(self._path(kept, now), sent)
        ):
            return gone(NOBODY)
        way = kept.entered_by or ("cookie" if by_cookie else "path")
        entered = replace(kept, entered_by=way)
        base = session_id if by_cookie else f"{session_id}.{sent}"
        return self._looked_at(entered, profile, now, base, was=kept)

    def whose(self, session_id: str) -> Profile | None:
        """The profile of the partner that a session is, or was, for."""
        with self._db.read() as tx:
            return self._profile(punchout.find(tx, session_id))

    def find(
        self, session_id: str, now: datetime, partner_id: str | None = None
    ) -> Visit | Finding:
        """A session for our own side, which has proved itself in another way.

        ``partner_id``: only this one's.
        """
        with self._db.read() as tx:
            kept = punchout.find(tx, session_id)
        profile = self._profile(kept)
        if kept is None or profile is None:
            return gone(NOBODY)
        if partner_id not in (None, kept.session.partner_id):
            return gone(NOBODY)
        return self._seen(kept, profile, now, f"{session_id}.{self._path(kept, now)}")

    def change(
        self,
        visit: Visit,
        edit: Callable[[tuple[BasketLine, ...]], Iterable[BasketLine]],
        now: datetime,
    ) -> Visit | Finding:
        """The session with another basket. New lines have to name items that we sell.

        Two tabs that change it at once change it one after the other.
        """
        with self._db.begin() as tx:
            kept = punchout.find(tx, visit.id, lock=True)
            fault = not_shopping(kept, now)
            if kept is None or fault is not None:
                return fault or gone(NOBODY)
            lines = tuple(edit(kept.basket.lines))
            fault = no_quantity(lines)
            if fault is not None:
                return fault
            prices = prices_of(tx, visit.profile.id, lines, now)
            told = self._priced(lines, prices, visit, now)
            lines = in_catalog_terms(told)
            fault = unknown(told) or too_many(lines)
            if fault is not None:
                return fault
            named, last = numbered(lines, kept.basket.last)
            kept = replace(kept, basket=Basket(named, last))
            punchout.update(tx, kept, now)
        told = self._priced(named, prices, visit, now)
        return shown(visit, kept, prices, told, now)

    def quote(
        self,
        profile: Profile,
        items: Iterable[tuple[str, Decimal, str]],
        now: datetime,
        contract: str = "",
    ) -> tuple[ShopLine, ...]:
        """Items priced without a session: number, quantity, and unit (empty: its own).

        ``contract`` is the one that is sold from.
        """
        lines = tuple(
            BasketLine(n=0, sku=sku, quantity=quantity, unit=unit)
            for sku, quantity, unit in items
        )
        with self._db.read() as tx:
            prices = prices_of(tx, profile.id, lines, now)
        return priced(lines, prices, profile, now, contract=contract)

    # Go back.

    def give_back(
        self, visit: Visit, how: HowBack, now: datetime, language: str = "en"
    ) -> Returned | Finding:
        """The form that leads back to the buyer, with the cart or without.

        It is made once and kept: whoever asks again gets the same. ``empty`` makes the
        buyer delete all lines, which only an edited cart can mean. An inspection
        brings nothing back.
        """
        with self._db.begin() as tx:
            kept = punchout.find(tx, visit.id, lock=True)
            if kept is not None and kept.returned is not None:
                return Returned(form=kept.returned, lines=())
            fault = not_shopping(kept, now, looks=True)
            if kept is None or fault is not None:
                return fault or gone(NOBODY)
            if kept.session.operation is Operation.INSPECT:
                how = "cancel"
            made = self._made(tx, visit, kept, how, now, language)
            if isinstance(made, Finding):
                return made
            signal = Signal.CANCEL if how == "cancel" else Signal.RETURN
            after = step(kept.session, signal)
            if isinstance(after, Finding):
                return after
            allowed = visit.profile.punchout.operation_allowed
            kept = replace(kept, session=after, allowed=allowed, returned=made.form)
            punchout.update(
                tx,
                kept,
                now,
                "punchout.cancelled" if how == "cancel" else "punchout.returned",
                form=_sum(form_text(made.form)),
                **made.told,
            )
            carts.keep(tx, after.partner_id, made.pins)
        self._count("cancelled" if how == "cancel" else "returned", after.partner_id)
        return made

    def _made(
        self,
        tx: Transaction,
        visit: Visit,
        kept: Kept,
        how: HowBack,
        now: datetime,
        language: str,
    ) -> Returned | Finding:
        """The way back of what lies in the basket now."""
        lines = kept.basket.lines if how == "cart" else ()
        prices = prices_of(tx, visit.profile.id, lines, now)
        told = self._priced(lines, prices, visit, now)
        around = Around(
            visit=shown(visit, kept, prices, told, now),
            key=self._keyed(now),
            host=self._host,
            dtds=self._rules().dtds,
            now=now,
            language=language,
        )
        return returned(around, how)

    def close_overdue(self, now: datetime, limit: int) -> int:
        """Close sessions whose time is over; says how many."""
        with self._db.read() as tx:
            if not punchout.is_overdue(tx, now):
                return 0
        with self._db.begin() as tx:
            return punchout.overdue(tx, now, limit)

    # What all of them need.

    def _keyed(self, now: datetime) -> bytes:
        if not self._key:
            self._key = punchout.key_of(self._db, now)
        return self._key

    def _path(self, kept: Kept, now: datetime) -> str:
        """What proves in the path that a browser opened this session."""
        its = f"{kept.session.id} {kept.key_sum}"
        return token_of(self._keyed(now), "path", its)

    def _profile(self, kept: Kept | None) -> Profile | None:
        profiles = self._rules().directory.profiles
        return profiles.get(kept.session.partner_id) if kept else None

    def _count(self, what: str, partner_id: str) -> None:
        labels = f'partner="{partner_id}",state="{what}"'
        self._counts.add("gateway_punchout_sessions_total", labels)

    def _looked_at(
        self, kept: Kept, profile: Profile, now: datetime, base: str, was: Kept
    ) -> Visit | Finding:
        """The visit; a session lives on by being looked at."""
        session = kept.session
        if session.state is State.CLOSED or overdue(session, now):
            return Finding.of("CXM-202", "the session was closed, or is about to be")
        lives = seen(session, now, _limits(profile))
        if kept.entered_by != was.entered_by:
            with self._db.begin() as tx:
                held = punchout.find(tx, session.id, lock=True)
                if held is not None and not held.entered_by:
                    punchout.update(tx, replace(held, entered_by=kept.entered_by), now)
        if _later(lives, session):
            with self._db.begin(passing=True) as tx:
                punchout.seen(tx, lives)
        return self._seen(replace(kept, session=lives), profile, now, base)

    def _seen(self, kept: Kept, profile: Profile, now: datetime, base: str) -> Visit:
        form = token_of(self._keyed(now), "form", f"{kept.session.id} {kept.key_sum}")
        visit = Visit(
            session=kept.session,
            profile=profile,
            wish=kept.wish,
            base=f"/shop/v/{base}",
            csrf=form,
            returned=kept.returned,
        )
        lines = kept.basket.lines
        with self._db.read() as tx:
            prices = prices_of(tx, profile.id, lines, now)
        told = self._priced(lines, prices, visit, now)
        return shown(visit, kept, prices, told, now)

    def _priced(
        self, lines: Sequence[BasketLine], prices: Prices, visit: Visit, now: datetime
    ) -> tuple[ShopLine, ...]:
        marks = Marks(self._keyed(now), visit.id)
        contract = visit.wish.contract
        return priced(lines, prices, visit.profile, now, contract=contract, marks=marks)


def _limits(profile: Profile) -> Limits:
    return Limits(idle=timedelta(minutes=profile.punchout.idle_min))


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _has_key(kept: Kept, cookies: Mapping[str, str]) -> bool:
    """Whether the browser sent the live key of the session."""
    sent = cookies.get(kept.session.id, "")
    return bool(kept.key_sum) and hmac.compare_digest(kept.key_sum, _sum(sent))


def _later(lives: Session, before: Session) -> bool:
    if lives.ends_at is None or before.ends_at is None:
        return False
    return lives.ends_at - before.ends_at >= _SELDOM
