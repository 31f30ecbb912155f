"""How a DJ is shown to everybody."""

from djplatform.core.feature import Feature

FEATURE = Feature(name="profiles", models=("djplatform.features.profiles.models",))
