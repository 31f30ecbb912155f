"""Notifications: one outbox of durable mails."""

from djplatform.core.feature import Feature

FEATURE = Feature(
    name="notifications",
    models=("djplatform.features.notifications.models",),
    jobs=("djplatform.features.notifications.jobs",),
)
