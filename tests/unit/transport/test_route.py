"""A message takes the transport of its partner's channel."""

from __future__ import annotations

from gateway.partner import Profile
from gateway.pipeline.ports import Failed, InMemory, Outbound, Sent
from gateway.transport import transports


def profile(id_: str, kind: str) -> Profile:
    return Profile.model_validate(
        {
            "schema": "1",
            "id": id_,
            "name": id_,
            "stage": "live",
            "identities": {"x12": {"qualifier": "ZZ", "id": id_.upper()}},
            "us": {"x12": {"qualifier": "ZZ", "id": "US"}},
            "channels": [{"id": "main", "kind": kind}],
        }
    )


def outbound(partner_id: str, channel: str) -> Outbound:
    return Outbound(
        id="msg_1",
        partner_id=partner_id,
        channel=channel,
        kind="x12_997",
        file_name="msg_1.edi",
        blob=InMemory.of(b"ISA~"),
        attempt=1,
    )


def test_the_same_channel_id_may_be_of_another_kind_with_another_partner(tmp_path):
    ways = transports(tmp_path, [profile("acme", "folder"), profile("globex", "http")])

    by_folder = ways["main"].send(outbound("acme", "main"))
    by_http = ways["main"].send(outbound("globex", "main"))

    assert by_folder == Sent("out/msg_1.edi")
    assert isinstance(by_http, Sent)
    assert [path.name for path in (tmp_path / "partners").iterdir()] == ["acme"]


def test_a_kind_is_a_channel_of_its_own_for_partners_without_channels(tmp_path):
    ways = transports(tmp_path, [])

    assert ways["folder"].send(outbound("acme", "folder")) == Sent("out/msg_1.edi")
    assert isinstance(ways["http"].send(outbound("acme", "http")), Sent)


def test_a_channel_that_the_partner_does_not_have_is_a_failure(tmp_path):
    ways = transports(tmp_path, [profile("acme", "folder")])

    assert isinstance(ways["main"].send(outbound("globex", "main")), Failed)
