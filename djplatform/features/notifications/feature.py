"""Notifications: one outbox of durable mails."""

from djplatform.core.feature import Feature

FEATURE = Feature(
    name="notifications",
    models=("djplatform.features.notifications.models",),
    jobs=("djplatform.features.notifications.jobs",),
    # Its subscribers run where the events are said, which is mostly the web process.
    web=("djplatform.features.notifications.jobs",),
)
