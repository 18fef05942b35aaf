"""Everything that is kept: one database and the files beside it."""
