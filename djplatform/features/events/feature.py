"""Events: one record for every night."""

from djplatform.core.feature import Feature

FEATURE = Feature(name="events", models=("djplatform.features.events.models",))
