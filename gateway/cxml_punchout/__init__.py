"""cXML documents, punch-out sessions and carts, and OCI, without any I/O."""
