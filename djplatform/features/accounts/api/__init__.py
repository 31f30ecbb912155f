"""The plain HTTP side of accounts, by what it is about."""

from djplatform.features.accounts.api.composition import compose
from djplatform.features.accounts.api.forms import router

__all__ = ["compose", "router"]
