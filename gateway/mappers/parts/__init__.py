"""Loops and bookkeeping that many messages share."""
