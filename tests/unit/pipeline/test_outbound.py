"""Messages from our side: envelope, channel, and whether they leave at all."""

from __future__ import annotations

from dataclasses import replace

from gateway.edi.numbers import Numbers
from gateway.order.ack import OrderAck
from gateway.order.model import Order, Source
from gateway.partner import Profile
from gateway.pipeline.effects import Alert, Keep, Queue
from gateway.pipeline.outbound import (
    channel_for,
    dressed,
    replying,
    replying_edifact,
    sent_kind,
    tell,
)
from tests.unit.pipeline.parts import NOW, answered, one, only, profile, rules, segments


def kept() -> Keep:
    (keep,) = only(answered(one()), Keep)
    return keep


def test_identities_are_swapped_and_codes_too():
    envelope = replying(kept().order, profile(), "x12_855")
    assert (envelope.sender_qualifier, envelope.sender_id) == ("ZZ", "BOLTBEAM")
    assert (envelope.receiver_qualifier, envelope.receiver_id) == ("ZZ", "ACME")
    assert (envelope.gs_sender, envelope.gs_receiver) == ("BOLTBEAM", "ACMEPROD")
    assert (envelope.version, envelope.usage) == ("004010", "P")


def test_what_answers_a_test_says_so():
    order = replace(kept().order, test=True)
    assert replying(order, profile(), "x12_855").usage == "T"


def test_the_profile_says_which_separators_we_write():
    form = {
        "element_separator": "|",
        "component_separator": ":",
        "terminator": "\n",
        "suffix": "",
        "encoding": "latin-1",
    }
    envelope = replying(kept().order, profile(x12=form), "x12_855")
    separators = envelope.separators
    assert (separators.element, separators.component) == ("|", ":")
    assert (separators.terminator, separators.suffix) == ("\n", "")
    assert envelope.encoding == "latin-1"


def test_what_the_profile_leaves_out_stays_as_they_sent_it():
    envelope = replying(kept().order, profile(), "x12_855")
    bare = profile(x12={})
    assert dressed(envelope, bare).separators == envelope.separators


def test_the_acknowledgement_is_dressed_the_same():
    by = rules(profile(x12={"element_separator": "|"}))
    (ack,) = (q for q in only(answered(one(), by), Queue) if q.kind == "x12_997")
    assert ack.draft.envelope.separators.element == "|"  # type: ignore[attr-defined]  # a Draft


NOTICES = ("x12_856", "edifact_desadv")
OF_EDIFACT = Source(
    standard="edifact",
    version="D96A",
    sender="14:5412345000013",
    receiver="14:4000001000005",
    interchange_version="UNOC:3",
)


def both(*messages: str) -> Profile:
    """A partner with addresses in both standards that gets these messages."""
    x12 = {"qualifier": "ZZ", "id": "ACME"}
    edifact = {"qualifier": "14", "id": "5412345000099"}
    ours = {"qualifier": "14", "id": "4000001000005"}
    versions = {"x12_856": "004010", "edifact_desadv": "D96A"}
    return profile(
        identities={"x12": x12, "edifact": edifact},
        us={"x12": {"qualifier": "ZZ", "id": "BOLTBEAM"}, "edifact": ours},
        sends=[{"message": one, "version": versions[one]} for one in messages],
    )


def test_what_is_told_of_an_order_is_of_its_standard():
    order, their = kept().order, replace(kept().order, source=OF_EDIFACT)
    assert sent_kind(both(*NOTICES), NOTICES, order) == "x12_856"
    assert sent_kind(both(*NOTICES), NOTICES, their) == "edifact_desadv"


def test_it_is_of_the_other_standard_where_the_profile_names_that_alone():
    order, their = kept().order, replace(kept().order, source=OF_EDIFACT)
    assert sent_kind(both("edifact_desadv"), NOTICES, order) == "edifact_desadv"
    assert sent_kind(both("x12_856"), NOTICES, their) == "x12_856"


def test_without_addresses_of_the_other_standard_nothing_is_told():
    bare = profile(sends=[{"message": "edifact_desadv", "version": "D96A"}])
    assert sent_kind(bare, NOTICES, kept().order) == ""
    assert sent_kind(bare, NOTICES, Order(po_number="1")) == ""


def test_what_is_told_in_the_other_standard_has_the_profiles_addresses():
    order, their = kept().order, replace(kept().order, source=OF_EDIFACT)
    edifact = replying_edifact(order, both("edifact_desadv"))
    assert edifact.sender[:2] == ("4000001000005", "14")
    assert edifact.receiver[:2] == ("5412345000099", "14")
    x12 = replying(replace(their, test=True), both("x12_856"), "x12_856")
    assert (x12.sender_id, x12.receiver_id, x12.usage) == ("BOLTBEAM", "ACME", "T")
    assert x12.version == "004010"


def test_a_message_leaves_by_the_channel_that_the_profile_names():
    assert channel_for(profile(), "x12_855", "http") == "drop"


def test_else_by_the_kind_of_door_the_order_came_through():
    channels = [{"id": "api", "kind": "http"}, {"id": "drop", "kind": "folder"}]
    who = profile(
        channels=channels,
        receives=[{"message": "x12_850", "version": "004010"}],
        sends=[{"message": "x12_855", "version": "004010"}],
    )
    assert channel_for(who, "x12_855", "folder") == "drop"
    assert channel_for(who, "x12_855", "http") == "api"
    assert channel_for(who, "x12_855", "") == "api"


def test_a_partner_without_channels_gets_files():
    who = profile(
        channels=[],
        receives=[{"message": "x12_850", "version": "004010"}],
        sends=[{"message": "x12_855", "version": "004010"}],
    )
    assert channel_for(who, "x12_855", "http") == "folder"


def test_a_receipt_alone_is_ah_without_lines():
    order = kept().order
    ack = OrderAck(po_number="4711", type="received", ack_date=NOW.date())
    effects = tuple(tell(profile(), ack, order, "drop", NOW))
    assert segments(effects, "x12_855", "BAK")[0].startswith("BAK*00*AH*4711*20261120")
    assert segments(effects, "x12_855", "PO1") == []


def test_two_answers_of_one_order_are_told_apart_and_repeats_are_not():
    order, ack = kept().order, kept().ack
    (first, _) = tell(profile(), ack, order, "drop", NOW)
    (again, _) = tell(profile(), ack, order, "drop", NOW)
    refused = replace(ack, type="rejected")
    (other, _) = tell(profile(), refused, order, "drop", NOW)
    assert isinstance(first, Queue)
    assert isinstance(again, Queue)
    assert isinstance(other, Queue)
    assert first.idem == again.idem != other.idem


def test_both_kinds_of_messages_share_one_number_series():
    series = {queue.counter for queue in only(answered(one()), Queue)}
    assert series == {"ZZ:BOLTBEAM>ZZ:ACME"}


def test_what_did_not_fit_into_an_answer_is_told_to_the_operators():
    order = replace(kept().order, po_number="É1")
    ack = replace(kept().ack, po_number="É1")
    queue, _, *alerts = tell(profile(), ack, order, "drop", NOW)
    assert isinstance(queue, Queue)
    assert segments((queue,), "x12_855", "BAK")[0].startswith("BAK*00*AD*E1*")
    found = [alert.finding for alert in alerts if isinstance(alert, Alert)]
    assert [(f.code, f.value) for f in found] == [("MAP-014", "É1")]


def test_an_answer_in_latin_1_keeps_its_letters():
    who = profile(x12={"encoding": "latin-1"})
    order = replace(kept().order, po_number="É1")
    ack = replace(kept().ack, po_number="É1")
    queue, _ = tell(who, ack, order, "drop", NOW)
    assert isinstance(queue, Queue)
    numbers = Numbers(interchange=1, group=1, message=1)
    assert "*É1*".encode("latin-1") in queue.draft.finish(numbers, NOW)


def test_each_partner_has_its_own_number_series():
    order = kept().order
    other = replace(order, source=replace(order.source, sender="01:OTHER"))
    queues = [next(tell(profile(), kept().ack, o, "d", NOW)) for o in (order, other)]
    assert [q.counter for q in queues if isinstance(q, Queue)] == [
        "ZZ:BOLTBEAM>ZZ:ACME",
        "ZZ:BOLTBEAM>01:OTHER",
    ]
