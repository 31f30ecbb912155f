"""The design system and the two kinds of page. Knows no feature."""

from djplatform.ui.each import each, pick, when
from djplatform.ui.icons import icon
from djplatform.ui.text import t, tn

__all__ = ["each", "icon", "pick", "t", "tn", "when"]
