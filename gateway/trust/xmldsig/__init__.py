"""Signatures in XML (XML-DSig, XAdES-B): what they are over, and whether they hold."""
