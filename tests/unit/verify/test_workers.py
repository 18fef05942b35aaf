"""Business rules in a process of their own: verdicts, limits, and crashes."""

from __future__ import annotations

import os
import signal

import pytest

from gateway.findings import Finding
from gateway.ubl.schematron import stylesheet
from gateway.verify.workers import NoVerdict, Worker

SCH = "http://purl.oclc.org/dsdl/schematron"
RULES = f"""<schema xmlns="{SCH}" queryBinding="xslt2">
<ns prefix="a" uri="urn:a"/>
<xsl:function xmlns:xsl="http://www.w3.org/1999/XSL/Transform" name="a:long"
 xmlns:a="urn:a"><xsl:param name="n"/><xsl:sequence select="$n &gt; 10"/></xsl:function>
<let name="most" value="3"/>
<pattern>
 <let name="mark" value="'one'"/>
 <rule context="a:line[a:quantity]">
  <assert test="a:quantity &lt;= $most" flag="fatal" id="R1">[R1]-<value-of
   select="a:quantity"/> of <name/> in <value-of select="$mark"/></assert>
  <report test="a:long(a:quantity)" flag="warning" id="R2">long</report>
 </rule>
 <rule context="a:line"><assert test="false()" id="R3">no quantity</assert></rule>
</pattern>
<pattern>
 <let name="mark" value="'two'"/>
 <rule context="@unit"><assert test=". = $mark" id="R4">unit</assert></rule>
</pattern>
</schema>""".encode()
DOCUMENT = (
    b'<o xmlns="urn:a"><line><quantity unit="two">2</quantity></line>'
    b'<line><quantity unit="three">12</quantity></line><line/></o>'
)
SLOW = f"""<schema xmlns="{SCH}"><pattern><rule context="*">
<assert test="sum(for $a in 1 to 100000, $b in 1 to 100000 return $a * $b mod 7) = 1"
 id="S">slow</assert></rule></pattern></schema>""".encode()


@pytest.fixture
def worker():
    with Worker() as made:
        yield made


def test_the_first_rule_of_a_pattern_that_fits_a_node_counts(worker):
    told = worker.run(RULES, DOCUMENT)
    assert [(one.rule, one.path, one.warns) for one in told] == [
        ("R1", "a:o/a:line[2]", False),
        ("R2", "a:o/a:line[2]", True),
        ("R3", "a:o/a:line[3]", False),
        ("R4", "a:o/a:line[2]/a:quantity/@unit", False),
    ]
    assert told[0].text == "[R1]-12 of line in one"


def test_rules_that_take_too_long_give_no_verdict_and_the_next_document_one():
    with Worker(time_limit_s=0.7) as worker:
        with pytest.raises(NoVerdict, match=r"longer than 0\.7 s"):
            worker.run(SLOW, DOCUMENT)
        worker._limit = 20
        assert worker.run(RULES, b'<o xmlns="urn:a"/>') == ()


def test_a_process_that_died_is_started_anew(worker):
    assert worker.run(RULES, DOCUMENT)
    assert worker._process is not None
    os.kill(worker._process.pid, signal.SIGKILL)
    worker._process.wait(5)
    with pytest.raises(NoVerdict, match="ended"):
        worker.run(RULES, DOCUMENT)
    assert len(worker.run(RULES, DOCUMENT)) == 4


def test_rules_that_cannot_be_compiled_give_no_verdict_each_time(worker):
    broken = RULES.replace(b"$most", b"$nothing")
    for _ in range(2):
        with pytest.raises(NoVerdict):
            worker.run(broken, DOCUMENT)
    assert worker.run(RULES, DOCUMENT)


def test_what_does_not_belong_to_an_assembled_pack_is_refused():
    part = RULES.replace(b"<let name=", b'<include href="x"/><let name=', 1)
    for data in (part, b"<o/>", RULES.replace(b"<rule", b'<rule abstract="true"', 1)):
        refused = stylesheet(data)
        assert isinstance(refused, Finding)
        assert refused.code == "UBL-022"
