"""UBL 2.1 documents and their Peppol profiles: read, judged, written; no I/O."""
