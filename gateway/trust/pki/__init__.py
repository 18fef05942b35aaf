"""Certification paths (RFC 5280): building, policies, constraints, revocation."""
