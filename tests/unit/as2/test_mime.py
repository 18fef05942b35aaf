"""Raw MIME: parts come out to the byte, however lines end and bytes are cut."""

from __future__ import annotations

import base64

import pytest

from gateway.as2.mime import MAX_HEAD, Base64, Head, Quoted, Splitter, Strange, transfer
from tests.unit.as2.sides import EDI, asked, codes, opened, receiving

ANY = frozenset[str]()


def parts(body: bytes, boundary: str = "b", step: int = 1 << 20) -> list[bytes]:
    splitter, found = Splitter(boundary), list[bytes]()
    pieces = []
    for start in range(0, len(body), step):
        pieces += splitter.feed(body[start : start + step])
    for index, piece in (*pieces, *splitter.finish()):
        if index == len(found):
            found.append(b"")
        found[index] += piece or b""
    return found


CASES: dict[str, tuple[bytes, list[bytes]]] = {
    "as the standard has it": (
        b"--b\r\none\r\n--b\r\ntwo\r\n--b--\r\n",
        [b"one", b"two"],
    ),
    "bare line feeds": (b"--b\none\n--b\ntwo\n--b--\n", [b"one", b"two"]),
    "line ends mixed": (b"--b\r\none\n--b\ntwo\r\n--b--", [b"one", b"two"]),
    "preamble and epilogue": (b"x\r\n--b\r\none\r\n--b--\r\nz\r\n--b\r\n", [b"one"]),
    "an empty line is content": (b"--b\r\n\r\n\r\n--b--", [b"\r\n"]),
    "an empty part": (b"--b\r\n\r\n--b--", [b""]),
    "a part of nothing": (b"--b\r\n--b\r\nx\r\n--b--", [b"", b"x"]),
    "only the last line end is the boundary's": (b"--b\r\na\r\n\r\n--b--", [b"a\r\n"]),
    "a lone return stays": (b"--b\r\na\r\r\n--b--", [b"a\r"]),
    "a longer boundary is content": (b"--b\r\n--bb\r\nx\r\n--b--", [b"--bb\r\nx"]),
    "not at the beginning of a line": (b"--b\r\nx --b\r\n--b--", [b"x --b"]),
    "blanks behind": (b"--b \t\r\na\r\n--b-- \r\n", [b"a"]),
    "no last boundary": (b"--b\r\na\r\n--b\r\nc\r\n", [b"a", b"c\r\n"]),
    "no boundary at all": (b"nothing\r\nhere", []),
    "cut off in a boundary": (b"--b\r\na\r\n--", [b"a\r\n--"]),
    "binary": (b"--b\r\n" + bytes(range(256)) + b"\r\n--b--", [bytes(range(256))]),
}


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize("case", list(CASES))
def test_parts_are_cut_to_the_byte(case: str, step: int) -> None:
    body, wanted = CASES[case]
    assert parts(body, step=step) == wanted


def test_a_line_that_only_begins_like_a_boundary_is_content() -> None:
    long = b"--b" + b" " * 3000
    assert parts(b"--b\r\n" + long + b"\r\n--b--") == [long]
    assert parts(b"--b\r\n" + long + b"\r\n--b--", step=100) == [long]


def test_boundaries_may_have_any_characters() -> None:
    edge = "=_(a)+b'/c:d?e,f. g"
    body = f"--{edge}\r\none\r\n--{edge}--\r\n".encode()
    assert parts(body, edge) == [b"one"]


def test_too_many_parts_are_refused_early() -> None:
    with pytest.raises(Strange, match="256"):
        parts(b"--b\r\n" * 100_000)


def test_a_head_ends_at_the_empty_line() -> None:
    for ends in (b"\r\n", b"\n"):
        for step in (1, 2, 100):
            head, rest = Head(), None
            text = b"A: 1" + ends + b"B: 2" + ends + ends + b"body"
            for start in range(0, len(text), step):
                rest = head.feed(text[start : start + step])
                if rest is not None:
                    rest += text[start + step :]
                    break
            assert (rest, head.raw) == (b"body", text[:-4])


def test_a_head_may_be_empty_and_has_a_limit() -> None:
    assert Head().feed(b"\r\nbody") == b"body"
    assert Head().feed(b"\nbody") == b"body"
    with pytest.raises(Strange):
        Head().feed(b"A" * (MAX_HEAD + 1))


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_transfer_encodings_are_undone_in_pieces(step: int) -> None:
    for name, text in (
        ("base64", b"SVNB\r\nKj Aw\r\nKg==\r\n"),
        ("BASE64", b"SVNBKjAwKg"),
        ("quoted-printable", b"ISA=2A0=\r\n0=2A"),
        ("binary", b"ISA*00*"),
        ("", b"ISA*00*"),
    ):
        decoder, out = transfer(name), b""
        for start in range(0, len(text), step):
            out += decoder.feed(text[start : start + step])
        assert out + decoder.finish() == b"ISA*00*"


def decoded(decoder: Base64, text: bytes) -> bytes:
    return decoder.feed(text) + decoder.finish()


@pytest.mark.parametrize("text", [b"SVNB!A==", b"SVNBKjAwK===", b"QQ==QQ==", b"A"])
def test_base64_that_is_none_is_strange(text: bytes) -> None:
    with pytest.raises(Strange):
        decoded(Base64(), text)


def test_a_quoted_line_without_end_is_not_kept() -> None:
    decoder = Quoted()
    out = b"".join(decoder.feed(b"=41" * 40_000) for _ in range(3))
    assert out + decoder.finish() == b"A" * 120_000


def opening(body: bytes, kind: str, **more: int) -> tuple[list[bytes], list[str]]:
    got, result, _ = opened(
        asked(Content_Type=kind), body, receiving(require=ANY), **more
    )
    return got, codes(result.findings)


def test_lf_only_mime_is_read_and_no_byte_altered() -> None:
    body = b"--b\nContent-Type: text/plain\n\n" + EDI + b"\n--b--\n"
    assert opening(body, "multipart/related; boundary=b") == ([EDI], [])


def test_parts_of_a_multipart_may_be_encoded() -> None:
    body = (
        b"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"SVNBKg==\r\n--b\r\n\r\nplain\r\n--b--\r\n"
    )
    assert opening(body, "multipart/mixed; boundary=b")[0] == [b"ISA*", b"plain"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/related", b"--b\r\n\r\nx\r\n--b--"),
        ("multipart/related; boundary=" + "b" * 201, b""),
        ("multipart/related; boundary=b", b"--b\r\n\r\nx\r\n"),
        ("multipart/related; boundary=b", b"--b\r\nContent-Type: a/b\r\n--b--"),
        ("multipart/related; boundary=b", b""),
        ("multipart/signed; boundary=b", b"--b\r\n" * 300),
        ("application/pkcs7-mime", b"no structure"),
    ],
)
def test_mime_that_cannot_be_read_is_one_finding(kind: str, body: bytes) -> None:
    assert opening(body, kind)[1] == ["AS2-105"]


@pytest.mark.parametrize(
    ("smime", "code"),
    [
        ("signed-data", "TRU-402"),
        ("enveloped-data", "TRU-401"),
        ("compressed-data", "TRU-404"),
    ],
)
def test_pkcs7_that_is_none_fails_as_what_it_was_said_to_be(
    smime: str, code: str
) -> None:
    kind = f"application/pkcs7-mime; smime-type={smime}"
    assert opening(b"no structure", kind)[1] == [code]


def test_layers_have_a_limit() -> None:
    inner = b"Content-Type: text/plain\r\n\r\n" + EDI
    for n in range(8):
        edge = b"b%d" % n
        inner = (
            b"Content-Type: multipart/signed; boundary=%b\r\n\r\n--%b\r\n%b\r\n--%b\r\n"
            b"\r\nx\r\n--%b--\r\n" % (edge, edge, inner, edge, edge)
        )
    _, body = inner.split(b"\r\n\r\n", 1)
    got, found = opening(body, "multipart/signed; boundary=b7")
    assert found == ["TRU-402"]
    assert got == [b""]


def test_base64_around_the_whole_body_is_undone() -> None:
    body = b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n"
    headers = asked(
        Content_Type="multipart/related; boundary=b", Content_Transfer_Encoding="base64"
    )
    got, result, _ = opened(headers, base64.encodebytes(body), receiving(require=ANY))
    assert (got, result.accepted) == ([b"hello"], True)
