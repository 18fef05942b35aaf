"""What proves an order: the chain over events, checkpoints, and the one bundle."""
