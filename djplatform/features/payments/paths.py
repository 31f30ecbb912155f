"""Addresses of payments."""

CONNECT = "/payments/connect"
"""A form posts here, and the person goes on to the processor's hosted onboarding."""
CONNECT_REFRESH = "/payments/connect/refresh"
CONNECT_RETURN = "/payments/connect/return"
