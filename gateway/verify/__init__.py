"""Work that is done by processes of its own, under a time limit."""
