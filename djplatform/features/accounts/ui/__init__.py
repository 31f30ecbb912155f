"""The console pages of accounts."""

from djplatform.features.accounts.ui.account import PAGE as ACCOUNT
from djplatform.features.accounts.ui.profile import PAGE as PROFILE
from djplatform.features.accounts.ui.team import PAGE as TEAM

PAGES = [PROFILE, ACCOUNT, TEAM]
