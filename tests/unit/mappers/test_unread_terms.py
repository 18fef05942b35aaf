"""What says more of money than the order has fields for: nobody overlooks it."""

from __future__ import annotations

import pytest

from tests.unit.mappers.test_edifact_orders import BGM, DAY, END, LIN, codes, read
from tests.unit.mappers.test_x12_850 import BEG, LINE, Map, told


@pytest.mark.parametrize(
    ("head", "where"),
    [
        ("CSH*SC**150000~", "CSH-03"),
        ("CSH*GS~", "CSH-01"),
        ("CTP**CON*9.50~", "CTP"),
        ("PAM****TT*500~", "PAM"),
        ("DIS*01*A*2*5~", "DIS"),
        ("INC*01*3*30~", "INC"),
    ],
)
def test_a_condition_of_the_heading_is_noted(mapped: Map, head, where):
    result = mapped(f"{BEG}{head}{LINE}")
    assert told(result) == [("MAP-020", f"{where} (segment 4)")]


@pytest.mark.parametrize(
    ("behind", "where"),
    [
        ("PO3*PC*20261214*CON*8.10*PE*100*EA~", "PO3-04"),
        ("PAM****TT*500~", "PAM"),
        ("CSH*N**150000~", "CSH-03"),
    ],
)
def test_so_is_a_condition_of_a_line(mapped: Map, behind, where):
    result = mapped(f"{BEG}{LINE}{behind}")
    assert [(f.code, str(f.where).split(" ")[0]) for f in result.findings] == [
        ("MAP-020", where)
    ]


@pytest.mark.parametrize("behind", ["PO3*PC*20261214~", "CSH*N~", "CSH*P4~"])
def test_a_day_or_a_plain_condition_is_none(mapped: Map, behind):
    assert told(mapped(f"{BEG}{LINE}{behind}")) == []


@pytest.mark.parametrize(
    ("cur", "where"),
    [
        ("CUR*BY*USD*1.083~", "CUR-03"),
        ("CUR*BY*USD*10~", "CUR-03"),
        ("CUR*BY*USD**SE*EUR~", "CUR-05"),
    ],
)
def test_another_currency_or_a_rate_is_noted(mapped: Map, cur, where):
    result = mapped(BEG.replace("CUR*BY*USD~", cur) + LINE)
    assert told(result) == [("MAP-020", f"{where} (segment 3)")]


@pytest.mark.parametrize("cur", ["CUR*BY*USD*1.00~", "CUR*BY*USD**SE*USD~"])
def test_the_same_currency_is_not(mapped: Map, cur):
    assert told(mapped(BEG.replace("CUR*BY*USD~", cur) + LINE)) == []


@pytest.mark.parametrize(
    ("cux", "behind", "where"),
    [
        ("CUX+2:EUR:9+3:USD:4+1.08'", "", "CUX-02-02 (segment 4)"),
        ("CUX+2:EUR:9+3:EUR:4+1.08'", "", "CUX-03 (segment 4)"),
        ("CUX+2:EUR:9'CUX+3:USD:4'", "", "CUX-01-02 (segment 5)"),
        ("CUX+2:EUR:9'", "PRI+AAA:1.5'APR++0.9:CSD'", "APR-02 (segment 8)"),
    ],
)
def test_edifact_has_them_in_cux_and_apr(cux, behind, where):
    found = read(f"{BGM}{DAY}{cux}{LIN}{behind}{END}")
    assert codes(found) == [("MAP-020", where)]


@pytest.mark.parametrize(
    ("cux", "behind"),
    [
        ("CUX+2:EUR:9+3:EUR:4+1'", ""),
        ("CUX+2:EUR:9'", "PRI+AAA:1.5'APR+WS'"),
    ],
)
def test_what_says_the_same_again_is_not_noted(cux, behind):
    assert codes(read(f"{BGM}{DAY}{cux}{LIN}{behind}{END}")) == []


# Kinds of documents, and two parties where one belongs.


@pytest.mark.parametrize("kind", ["227", "228", "225", "229", "258", "999"])
def test_a_document_that_is_no_plain_order_is_noted(kind):
    found = read(f"BGM+{kind}+PO-1+9'{DAY}CUX+2:EUR:9'{LIN}{END}")
    assert codes(found) == [("MAP-019", "BGM-01 (segment 2)")]


ST = "N1*ST*STORE*92*0001~"


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("N1*ST*OTHER*92*0002~", [("MAP-018", "N1-01 (segment 5)")]),
        ("N1*ST*STORE*92*0001~", []),
        ("N1*ST*STORE*UL*4012345000009~", []),
        ("N1*BT*OTHER*92*0002~", []),
    ],
)
def test_goods_go_to_one_place(mapped: Map, second, found):
    assert told(mapped(f"{BEG}{ST}{second}{LINE}")) == found


def test_two_places_of_a_line_need_their_parts(mapped: Map):
    one, other = "N1*ST**92*0001~", "N1*ST**92*0002~"
    two = mapped(f"{BEG}{LINE}{one}{other}")
    assert told(two) == [("MAP-018", "N1-01 (segment 6)")]
    parts = f"{one}SCH*40*EA***002*20261214~{other}SCH*60*EA***002*20261214~"
    assert told(mapped(f"{BEG}{LINE}{parts}")) == []


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("NAD+DP+4000000000020::9'", [("MAP-018", "NAD-01 (segment 5)")]),
        ("NAD+CN+4000000000020::9'", []),
    ],
)
def test_so_they_do_in_edifact(second, found):
    first = "NAD+DP+4000000000013::9'"
    got = read(f"{BGM}{DAY}{first}{second}CUX+2:EUR:9'{LIN}{END}")
    assert codes(got) == found
