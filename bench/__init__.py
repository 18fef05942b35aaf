"""Load figures: partners in a process of their own, against a gateway that runs."""
