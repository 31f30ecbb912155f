"""What comes into the profile feature and what it shows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class UpdateProfile(BaseModel):
    """A DJ changes how he is shown. Limits are checked by the rules, with errors by field."""

    stage_name: str
    bio: str = ""
    home_town: str = ""
    photo: str = "brand"
    published: bool = True


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A profile as everybody may see it."""

    organization_id: UUID
    stage_name: str
    bio: str
    home_town: str
    photo: str
    """Key of a stage picture; "brand" stands for the one of the organization's brand."""
    published: bool
    updated_at: datetime

    def picture(self, brand: str) -> str:
        """The key of the stage picture on a page of this brand."""
        return brand if self.photo == "brand" else self.photo
