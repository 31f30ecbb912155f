"""The REST API: every registered operation that can be said in JSON, for programs with a token."""

PREFIX = "/api/v1"
"""Where it is mounted."""
