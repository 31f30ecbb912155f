"""Tables of people, their sessions, their organizations, and of brands."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from djplatform.core.db.tables import MOMENT
from djplatform.core.ids import new_id


def _product() -> CheckConstraint:
    return CheckConstraint("product_context in ('tipjar', 'djdash', 'm10dj')", "product_context")


class User(SQLModel, table=True):
    """A person with an account. E-mail addresses are kept in lower case."""

    __tablename__ = "users"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (CheckConstraint("email = lower(email)", "email_lower"), _product())

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str = Field(sa_type=Text, unique=True)
    display_name: str = Field(sa_type=Text)
    product_context: str | None = Field(default=None, sa_type=Text)
    locale: str = Field(default="en", sa_type=Text, sa_column_kwargs={"server_default": "en"})
    email_verified_at: datetime | None = Field(default=None, sa_type=MOMENT)
    suspended_at: datetime | None = Field(default=None, sa_type=MOMENT)
    created_at: datetime = Field(sa_type=MOMENT)


class PlatformRole(SQLModel, table=True):
    """Who may look over the tenants."""

    __tablename__ = "platform_roles"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (CheckConstraint("role in ('platform_admin')", "role"),)

    user_id: UUID = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE")
    role: str = Field(sa_type=Text, primary_key=True)
    granted_at: datetime = Field(sa_type=MOMENT)
    granted_by: str = Field(sa_type=Text)


class Organization(SQLModel, table=True):
    """A tenant: a DJ, a team, a venue, an agency; and the platform itself."""

    __tablename__ = "organizations"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint("kind in ('tenant', 'platform')", "kind"),
        CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$'", "slug"),
        _product(),
        CheckConstraint("country ~ '^[A-Z]{2}$'", "country"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", "currency"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    kind: str = Field(default="tenant", sa_type=Text, sa_column_kwargs={"server_default": "tenant"})
    product_context: str | None = Field(default=None, sa_type=Text)
    country: str | None = Field(default=None, sa_type=Text)
    currency: str | None = Field(default=None, sa_type=Text)
    currency_fixed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    created_at: datetime = Field(sa_type=MOMENT)


class Membership(SQLModel, table=True):
    """What a person is in an organization."""

    __tablename__ = "memberships"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint("role in ('owner', 'admin', 'member', 'viewer')", "role"),
        Index(None, "user_id"),
    )

    organization_id: UUID = Field(
        primary_key=True, foreign_key="organizations.id", ondelete="CASCADE"
    )
    user_id: UUID = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE")
    role: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=MOMENT)


class Credential(SQLModel, table=True):
    """A person's password, as its hash."""

    __tablename__ = "credentials"  # pyright: ignore[reportAssignmentType]

    user_id: UUID = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE")
    password_hash: str = Field(sa_type=Text)
    changed_at: datetime = Field(sa_type=MOMENT)


class Session(SQLModel, table=True):
    """A person signed in on one browser. Only the hash of the cookie's token is kept."""

    __tablename__ = "sessions"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index(None, "user_id"), Index(None, "organization_id"))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    token_hash: str = Field(sa_type=Text, unique=True)
    previous_hash: str | None = Field(default=None, sa_type=Text, unique=True)
    previous_until: datetime | None = Field(default=None, sa_type=MOMENT)
    organization_id: UUID | None = Field(
        default=None, foreign_key="organizations.id", ondelete="SET NULL"
    )
    brand: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    user_agent: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=MOMENT)
    rotated_at: datetime = Field(sa_type=MOMENT)
    seen_at: datetime = Field(sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)


class Token(SQLModel, table=True):
    """A link in a mail: single use, kept as a hash. A confirmation carries its own sign-up."""

    __tablename__ = "tokens"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint("purpose in ('confirm', 'reset')", "purpose"),
        _product(),
        Index(None, "user_id"),
        Index(None, "expires_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    purpose: str = Field(sa_type=Text)
    token_hash: str = Field(sa_type=Text, unique=True)
    brand: str = Field(sa_type=Text)
    password_hash: str | None = Field(default=None, sa_type=Text)
    display_name: str | None = Field(default=None, sa_type=Text)
    product_context: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)
    used_at: datetime | None = Field(default=None, sa_type=MOMENT)


class ApiToken(SQLModel, table=True):
    """What a program shows in order to work for a person in one organization.

    Only hashes of its secrets are kept, and the last characters, by which it is recognised.
    """

    __tablename__ = "api_tokens"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint("role in ('admin', 'member', 'viewer')", "role"),
        Index(None, "user_id"),
        Index(None, "organization_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    organization_id: UUID = Field(foreign_key="organizations.id", ondelete="CASCADE")
    name: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    """The most that it may be; the person's membership may allow less."""
    ending: str = Field(sa_type=Text)
    token_hash: str = Field(sa_type=Text, unique=True)
    previous_hash: str | None = Field(default=None, sa_type=Text, unique=True)
    previous_until: datetime | None = Field(default=None, sa_type=MOMENT)
    created_at: datetime = Field(sa_type=MOMENT)
    rotated_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)
    seen_at: datetime | None = Field(default=None, sa_type=MOMENT)
    revoked_at: datetime | None = Field(default=None, sa_type=MOMENT)


class LoginAttempt(SQLModel, table=True):
    """Failed attempts to log in, by the hash of what was typed, known or not."""

    __tablename__ = "login_attempts"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index(None, "since"),)

    account: str = Field(sa_type=Text, primary_key=True)
    failures: int
    since: datetime = Field(sa_type=MOMENT)


class Brand(SQLModel, table=True):
    """A name under which the product meets people."""

    __tablename__ = "brands"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (_product(),)

    key: str = Field(sa_type=Text, primary_key=True)
    product_context: str | None = Field(default=None, sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    from_name: str = Field(sa_type=Text)
    host: str = Field(sa_type=Text)
    landing: str = Field(sa_type=Text)


class Domain(SQLModel, table=True):
    """A host name that shows a brand."""

    __tablename__ = "domains"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint("host = lower(host) and host <> ''", "host"),
        Index(None, "brand"),
        Index(None, "organization_id"),
    )

    host: str = Field(sa_type=Text, primary_key=True)
    brand: str = Field(sa_type=Text, foreign_key="brands.key")
    organization_id: UUID | None = Field(
        default=None, foreign_key="organizations.id", ondelete="CASCADE"
    )
    verified_at: datetime = Field(sa_type=MOMENT)
