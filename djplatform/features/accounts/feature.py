"""People, their sessions, their organizations, and the brands that they meet."""

from djplatform.core.feature import Feature

FEATURE = Feature(
    name="accounts",
    models=("djplatform.features.accounts.models",),
    jobs=("djplatform.features.accounts.jobs",),
    web=("djplatform.features.accounts.api", "djplatform.features.accounts.ui"),
)
