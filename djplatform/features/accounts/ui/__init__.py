"""The console pages of accounts."""

from djplatform.features.accounts.ui.account import PAGE as ACCOUNT
from djplatform.features.accounts.ui.profile import PAGE as PROFILE

PAGES = [PROFILE, ACCOUNT]
