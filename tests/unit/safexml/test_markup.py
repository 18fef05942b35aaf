"""Elements and their bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.safexml import Xml, read
from gateway.safexml.markup import Node, copied, element, markup


def back(text: str) -> Node:
    xml = read(text)
    assert isinstance(xml, Xml)
    return copied(xml.root)


def test_what_is_empty_is_left_out():
    node = element("a", None, "", (None, element("b")), c="", d=None, lang="en")
    assert markup(node) == '<a xml:lang="en"><b/></a>'


def test_marks_are_escaped_in_texts_and_attributes():
    node = element("a", "<&>\r", name='"<&>\n\t')
    assert markup(node) == (
        '<a name="&quot;&lt;&amp;&gt;&#10;&#9;">&lt;&amp;&gt;&#13;</a>'
    )


def test_what_xml_has_no_character_for_is_left_out():
    assert markup(element("a", "x\0\x1b\ud800\uffffy")) == "<a>xy</a>"


def test_all_but_ascii_may_be_written_as_references():
    assert markup(element("a", "é€😀"), ascii_only=True) == (
        "<a>&#233;&#8364;&#128512;</a>"
    )


def test_what_was_read_is_written_as_it_came():
    text = '<BuyerCookie xml:lang="x">a<b c="1">d</b>e<f/></BuyerCookie>'
    assert markup(back(text)) == text


CHARACTERS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")))


@given(CHARACTERS, CHARACTERS)
def test_any_text_comes_back(inside: str, value: str):
    assert back(markup(element("a", inside, b=value))) == element("a", inside, b=value)


def test_a_child_is_found_by_its_name():
    node = element("a", "text", element("b", "1"), element("b", "2"))
    assert node.child("b") == element("b", "1")
    assert node.child("c") is None
