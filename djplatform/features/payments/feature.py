"""Payments: connected accounts, fee plans, checkout, the webhook inbox, earnings."""

from djplatform.core.feature import Feature

FEATURE = Feature(
    name="payments",
    models=("djplatform.features.payments.models",),
    jobs=("djplatform.features.payments.jobs",),
    web=("djplatform.features.payments.api",),
    streams=("djplatform.features.payments.streams",),
)
