"""EDIFACT on the wire: ISO 9735 syntax 1 to 4, UN/EDIFACT directories, no I/O."""
