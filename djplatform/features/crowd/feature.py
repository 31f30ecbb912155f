"""The crowd: tips, and the page where they are given."""

from djplatform.core.feature import Feature

FEATURE = Feature(
    name="crowd",
    models=("djplatform.features.crowd.models",),
    web=("djplatform.features.crowd.api", "djplatform.features.crowd.ui"),
    streams=("djplatform.features.crowd.streams",),
    sells=("djplatform.features.crowd.service.selling:TIP",),
)
