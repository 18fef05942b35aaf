"""The order of the rooms: read, look up, answer. Pure; the engine drives it."""
