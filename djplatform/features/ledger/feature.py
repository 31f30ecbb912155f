"""The double-entry ledger under everything that is paid."""

from djplatform.core.feature import Feature

FEATURE = Feature(name="ledger", models=("djplatform.features.ledger.models",))
