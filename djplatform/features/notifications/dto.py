"""What other features say of a mail."""

from pydantic import BaseModel, ConfigDict, Field


class Letter(BaseModel):
    """The words of a mail; the look is ours."""

    model_config = ConfigDict(frozen=True)

    subject: str
    greeting: str
    paragraphs: tuple[str, ...]
    button: str = ""
    """What the one button says; with it goes `link`."""
    link: str = ""
    closing: str = ""
    """Said below the button, smaller: how long the link works, what to do if it was not you."""


class QueueMail(BaseModel):
    """A mail to be sent once the transaction is committed."""

    model_config = ConfigDict(frozen=True)

    kind: str
    to: str = Field(min_length=3, max_length=320)
    brand_name: str
    """Stands as the sender's name."""
    letter: Letter
