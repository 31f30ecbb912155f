"""What shows many features at once: the brands' front doors, dashboards, the booth."""

from djplatform.core.feature import Feature

FEATURE = Feature(name="screens", web=("djplatform.features.screens.ui",))
