"""X12 and EDIFACT on the wire: bytes to events, values to bytes, no I/O."""
