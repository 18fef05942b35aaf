"""The shop at ``/shop`` for suppliers without one: search, item, cart, return."""
