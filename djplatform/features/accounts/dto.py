"""What comes into the accounts feature and what it shows."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field, SecretStr

from djplatform.core.actor import Actor, Role

NEUTRAL = "neutral"
"""The brand of whoever belongs to no product."""


@dataclass(frozen=True, slots=True)
class BrandSeen:
    """A brand and a host that shows it."""

    key: str
    product: str | None
    name: str
    from_name: str
    host: str
    """The brand's canonical host."""
    landing: str
    organization_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """The browser that a session is opened for, as the person will recognise it in the list."""

    brand: str
    product: str | None
    address: str
    user_agent: str


class SignUp(BaseModel):
    """Somebody wants an account."""

    name: str
    email: str
    password: SecretStr = Field(repr=False)
    site: str
    """Address of the visited site without a path; links in the mail lead back to it."""
    brand: str
    product: str | None


class LogIn(BaseModel):
    """Somebody says who they are."""

    email: str
    password: SecretStr = Field(repr=False)


class AskMail(BaseModel):
    """Somebody wants a mail: the confirmation once more, or a link to a new password."""

    email: str
    site: str
    brand: str


class NewPassword(BaseModel):
    """A link from a mail, and the password that shall count from now on."""

    token: str
    password: SecretStr = Field(repr=False)


class ChangePassword(BaseModel):
    """A signed-in person's old and new password."""

    current: SecretStr = Field(repr=False)
    new: SecretStr = Field(repr=False)


class CreateApiToken(BaseModel):
    """A person wants a token for the organization in which he works; all as typed."""

    name: str
    role: str
    """The most that it may be."""
    days: str
    """How long it shall live."""


@dataclass(frozen=True, slots=True)
class SessionView:
    """A live session and what the person may do in the chosen organization."""

    session_id: UUID
    actor: Actor
    rotate: bool


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session that was just opened. The token goes into the cookie and nowhere else."""

    session_id: UUID
    token: str
    user_id: UUID
    landing: str
    ended: tuple[UUID, ...] = ()
    """Sessions that ended with it: after a reset all the others do."""


@dataclass(frozen=True, slots=True)
class PendingLink:
    """What a mail's link is about, before it is used."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session in the person's list."""

    id: UUID
    device: str
    address: str
    brand: str
    created_at: datetime
    seen_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class ApiTokenRow:
    """An API token in its person's list."""

    id: UUID
    name: str
    ending: str
    """The last characters of its secret."""
    organization: str
    role: Role
    live: bool
    expires_at: datetime
    seen_at: datetime | None
    previous_until: datetime | None
    """Until when the secret of before still counts; None when it does not."""


@dataclass(frozen=True, slots=True)
class IssuedApiToken:
    """A token whose secret is shown this once, to the person who asked, and kept nowhere."""

    id: UUID
    name: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiCaller:
    """For whom a program calls, by its token."""

    token_id: UUID
    actor: Actor


@dataclass(frozen=True, slots=True)
class PersonView:
    """One's own account."""

    id: UUID
    email: str
    name: str
    product: str | None


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """An organization as its members see it."""

    id: UUID
    slug: str
    name: str
    product: str | None
    country: str | None
    currency: str | None
    currency_fixed: bool

    @property
    def brand(self) -> str:
        """The key of the brand that it works under."""
        return self.product or NEUTRAL


@dataclass(frozen=True, slots=True)
class Held:
    """An organization that a person belongs to, and as what."""

    organization_id: UUID
    name: str
    product: str | None
    role: Role


@dataclass(frozen=True, slots=True)
class WorkplaceView:
    """Who works where, in the words that stand around every console."""

    person: str
    organization: str
    """Empty before one was chosen."""
    brand: str
    brand_name: str
    landing: str


@dataclass(frozen=True, slots=True)
class MemberView:
    """A colleague."""

    user_id: UUID
    name: str
    role: Role


# --- events: what others may want to know, said in the transaction that made it true ---------


@dataclass(frozen=True, slots=True)
class ConfirmationAsked:
    """Somebody signed up, or asked for the mail again."""

    email: str
    name: str
    brand_name: str
    link: str


@dataclass(frozen=True, slots=True)
class KnownAddressSignedUp:
    """Somebody signed up with the address of an account that exists."""

    email: str
    name: str
    brand_name: str
    account_brand_name: str
    log_in_link: str
    reset_link: str


@dataclass(frozen=True, slots=True)
class ResetAsked:
    """Somebody forgot the password."""

    email: str
    name: str
    brand_name: str
    link: str


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """A password was changed; its owner should hear of it."""

    email: str
    name: str
    brand_name: str
    reset_link: str


@dataclass(frozen=True, slots=True)
class ApiTokenIssued:
    """An API token was made, or got a new secret; its person should hear of it."""

    email: str
    name: str
    brand_name: str
    token_name: str
    organization: str
    account_link: str
    rotated: bool
