"""X12: reader, writer, envelope and acknowledgements."""
