"""What is wrong, where it is, and how to fix it: the only error type of the core."""

from gateway.findings.codes import CODES, Code
from gateway.findings.model import Finding, Findings, Severity, Where

__all__ = ["CODES", "Code", "Finding", "Findings", "Severity", "Where"]
