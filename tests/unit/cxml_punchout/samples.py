"""A cXML document of our own, to be spoiled in tests."""

from __future__ import annotations

SETUP = """<PunchOutSetupRequest operation="create"><BuyerCookie>34</BuyerCookie>
<BrowserFormPost><URL>https://buyer.example/return</URL></BrowserFormPost>
</PunchOutSetupRequest>"""

HEADER = """<Header>
<From><Credential domain="DUNS"><Identity>942888711</Identity></Credential></From>
<To><Credential domain="NetworkID"><Identity>AN02</Identity></Credential></To>
<Sender><Credential domain="NetworkID"><Identity>AN01</Identity>
<SharedSecret>open sesame</SharedSecret></Credential>
<UserAgent>Test 1</UserAgent></Sender></Header>"""


def envelope(inside: str, attributes: str = "", front: str = "") -> str:
    return (
        f'{front}<cXML payloadID="1@buyer.example" version="1.2.050" xml:lang="en-US" '
        f'timestamp="2026-01-31T12:00:00+00:00" {attributes}>{inside}</cXML>'
    )


def requested(payload: str = SETUP, header: str = HEADER, mode: str = "") -> str:
    return envelope(f"{header}<Request {mode}>{payload}</Request>")
