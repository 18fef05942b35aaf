"""The operators' console: pages for the people who run the gateway."""
