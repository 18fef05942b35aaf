"""A user's own standards files as our tables.

SEF, BizTalk schemas, plain tables, and directories of UN/EDIFACT.
"""

from gateway.edi.importers.biztalk import read_biztalk_xsd
from gateway.edi.importers.compare import Difference, differences
from gateway.edi.importers.directory import read_directory
from gateway.edi.importers.merge import merged
from gateway.edi.importers.plain import read_plain
from gateway.edi.importers.sef import read_sef
from gateway.edi.importers.standard import GROUPS, Standard
from gateway.edi.importers.write import write_tables

__all__ = [
    "GROUPS",
    "Difference",
    "Standard",
    "differences",
    "merged",
    "read_biztalk_xsd",
    "read_directory",
    "read_plain",
    "read_sef",
    "write_tables",
]
