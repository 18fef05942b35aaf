"""Who signed, and whether we believe it: CMS, keys and certificates."""
