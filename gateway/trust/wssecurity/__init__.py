"""Messages in SOAP with a signature of WS-Security (X.509): read, and signed."""
