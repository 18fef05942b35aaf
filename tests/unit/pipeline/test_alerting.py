"""Groups, the breaker, and the words that operators get."""

from __future__ import annotations

import email
import email.policy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.partner.alerts import AlertKind
from gateway.pipeline.alerting import (
    LISTED,
    Breaker,
    Limits,
    Notice,
    Raised,
    Tone,
    event,
    is_calm,
    judge,
    mail,
    subject,
    text,
)

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS = Limits(most=3, window=HOUR, calm=HOUR)
FRESH = Breaker(since=NOW, last_at=NOW)


def raised(n: int = 1, what: str = "price 2 is not 1") -> Raised:
    return Raised(
        id=f"alr_{n}",
        partner_id="acme",
        kind=AlertKind.HELD,
        code="CAT-301",
        what=what,
        ref=f"ord_{n}",
        at=NOW,
    )


def notice(*alerts: Raised, tone: Tone = Tone.NEWS, withheld: int = 0) -> Notice:
    return Notice(
        tone=tone,
        partner_id="acme",
        kind=AlertKind.HELD,
        code="CAT-301",
        count=len(alerts),
        alerts=alerts,
        withheld=withheld,
    )


def test_as_many_as_are_allowed_are_news():
    after, tone = judge(FRESH, 3, NOW, LIMITS)
    assert tone is Tone.NEWS
    assert after.count == 3


def test_one_more_in_the_window_is_too_many_once():
    after, tone = judge(replace(FRESH, count=3), 1, NOW, LIMITS)
    again, silence = judge(after, 7, NOW, LIMITS)
    assert tone is Tone.TOO_MANY
    assert silence is None
    assert again.withheld == 7


def test_a_new_window_counts_from_zero():
    after, tone = judge(replace(FRESH, count=3), 1, NOW + HOUR, LIMITS)
    assert tone is Tone.NEWS
    assert (after.count, after.since) == (1, NOW + HOUR)


def test_a_tripped_breaker_is_calm_after_an_hour_without_any():
    tripped = replace(FRESH, tripped=True)
    assert not is_calm(tripped, NOW + HOUR - timedelta(seconds=1), LIMITS)
    assert is_calm(tripped, NOW + HOUR, LIMITS)


def test_what_comes_while_it_is_silent_puts_the_calm_off():
    tripped = replace(FRESH, tripped=True)
    after, _ = judge(tripped, 1, NOW + HOUR / 2, LIMITS)
    assert not is_calm(after, NOW + HOUR, LIMITS)


def test_the_subject_says_whose_how_many_and_what():
    assert subject(notice(raised(1), raised(2))) == (
        "[acme] 2 held: price differs from contract"
    )


def test_only_the_first_are_listed_and_the_rest_counted():
    many = notice(*(raised(n) for n in range(LISTED + 5)))
    assert "and 5 more of the same cause" in text(many)
    assert f"ord_{LISTED}" not in text(many)


def test_a_calm_notice_says_how_many_were_not_told():
    assert "41 more came" in text(notice(tone=Tone.CALM, withheld=41))


def test_a_mail_has_its_own_message_id_and_no_header_from_a_partner():
    evil = raised(what="x\r\nBcc: all@example.com\r\n\r\nbody \u2603")
    data = mail(notice(evil), "msg_1", "gw@house.example", "ops@house.example", NOW)
    read = email.message_from_bytes(data, policy=email.policy.default)
    assert read["Message-ID"] == "<msg_1@house.example>"
    assert read["Bcc"] is None
    assert read["To"] == "ops@house.example"
    assert "ord_1" in read.get_content()
    assert data.isascii()


def test_an_event_is_a_cloud_event_with_its_alerts():
    told = json.loads(event(notice(raised(), raised(2)), "msg_1", "/gateway", NOW))
    assert told["specversion"] == "1.0"
    assert told["id"] == "msg_1"
    assert told["type"] == "order.held"
    assert told["data"]["count"] == 2
    assert [one["ref"] for one in told["data"]["alerts"]] == ["ord_1", "ord_2"]


def test_words_of_a_partner_are_cut_and_cannot_break_a_line():
    told = json.loads(event(notice(raised(what="\ud800\n" + "x" * 999)), "m", "/", NOW))
    (one,) = told["data"]["alerts"]
    assert len(one["what"]) == 300
    assert one["what"].isprintable()
