"""What a profile may say. Pure."""

from dataclasses import dataclass

from djplatform.core.errors import InvalidInput
from djplatform.core.i18n import t
from djplatform.core.text import one_line, several_lines

STAGE_NAME_MOST = 80
BIO_MOST = 600
HOME_TOWN_MOST = 80

BRAND_PHOTO = "brand"
"""The stage of the brand that the organization belongs to."""
PHOTOS = (BRAND_PHOTO, "tipjar", "djdash", "m10dj", "neutral")


@dataclass(frozen=True, slots=True)
class ProfileText:
    """A profile's words, cleaned and within their limits."""

    stage_name: str
    bio: str
    home_town: str
    photo: str


def check(stage_name: str, bio: str, home_town: str, photo: str) -> ProfileText:
    """The profile as it can be kept.

    Raises:
        InvalidInput: by field: an empty or long name, a long text, an unknown photo.
    """
    text = ProfileText(one_line(stage_name), several_lines(bio), one_line(home_town), photo)
    errors: dict[str, str] = {}
    if not text.stage_name:
        errors["stage_name"] = t("Please give the name that fans know you by.")
    for field, limit in (
        ("stage_name", STAGE_NAME_MOST),
        ("bio", BIO_MOST),
        ("home_town", HOME_TOWN_MOST),
    ):
        length = len(getattr(text, field))
        if length > limit:
            errors[field] = t(
                "Please use at most {limit} characters. This has {length}.",
                limit=limit,
                length=length,
            )
    if photo not in PHOTOS:
        errors["photo"] = t("Please choose one of the pictures.")
    if errors:
        raise InvalidInput(**errors)
    return text
