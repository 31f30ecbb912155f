"""The signed scope of a transaction, made in this one place.

A transaction tells PostgreSQL who it is for by one value that carries a MAC. The policies ask
definer functions, and these check the MAC against a key that only the owner may read: with a
plain setting, a statement smuggled into the web process could name any user and organization.
"""

import hashlib
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID

from djplatform.core.actor import Actor
from djplatform.core.errors import SignInRequired
from djplatform.settings import settings

LIFETIME_SECONDS = 120
"""A unit of work is short; a scope that leaks into a log is soon worth nothing."""


class ScopeKind(StrEnum):
    """For whom a transaction runs; each kind has a database role of its own."""

    MEMBER = "member"
    GUEST = "guest"
    PUBLIC = "public"
    IDENTITY = "identity"
    SYSTEM = "system"
    PLATFORM = "platform"


ROLES: dict[ScopeKind, str] = {
    ScopeKind.MEMBER: "djp_member",
    ScopeKind.GUEST: "djp_guest",
    ScopeKind.PUBLIC: "djp_public",
    ScopeKind.IDENTITY: "djp_identity",
    ScopeKind.SYSTEM: "djp_system",
    ScopeKind.PLATFORM: "djp_platform_reader",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Who a transaction is for. Use the constructors; they say what each kind needs."""

    kind: ScopeKind
    user_id: UUID | None = None
    organization_id: UUID | None = None
    device_id: UUID | None = None
    reason: str = ""

    @classmethod
    def member(cls, user_id: UUID, organization_id: UUID) -> Self:
        """A person at work in one organization; role and membership are read by the database."""
        return cls(ScopeKind.MEMBER, user_id, organization_id)

    @classmethod
    def of(cls, actor: Actor) -> Self:
        """The member scope of an actor.

        Raises:
            SignInRequired: the actor has no account or no organization.
        """
        if actor.user_id is None or actor.organization_id is None:
            raise SignInRequired
        return cls.member(actor.user_id, actor.organization_id)

    @classmethod
    def guest(cls, organization_id: UUID, device_id: UUID) -> Self:
        """A person without an account, on one device, towards one organization."""
        return cls(ScopeKind.GUEST, organization_id=organization_id, device_id=device_id)

    @classmethod
    def public(cls, user_id: UUID | None = None, device_id: UUID | None = None) -> Self:
        """Anonymous or personal reading: published rows and rows about the caller."""
        return cls(ScopeKind.PUBLIC, user_id, device_id=device_id)

    @classmethod
    def identity(cls, user_id: UUID | None = None, organization_id: UUID | None = None) -> Self:
        """Sign-up, log-in and sessions: before anybody is a member of anything.

        The organization, where there is one, only says whose audit trail tells of it.
        """
        return cls(ScopeKind.IDENTITY, user_id, organization_id)

    @classmethod
    def system(cls, organization_id: UUID) -> Self:
        """A job for one organization; only the worker's login may take this role."""
        return cls(ScopeKind.SYSTEM, organization_id=organization_id)

    @classmethod
    def platform(cls, user_id: UUID, reason: str) -> Self:
        """A platform admin who reads over tenants; every transaction is audited with `reason`."""
        return cls(ScopeKind.PLATFORM, user_id, reason=reason)

    @property
    def role(self) -> str:
        """The database role that the transaction takes."""
        return ROLES[self.kind]

    def signed(self, key: bytes, key_id: int) -> str:
        """The value of `app.scope`: body, tilde, MAC. `app.scope()` reads it back."""
        ids = (self.user_id, self.organization_id, self.device_id)
        expires = int(time.time()) + LIFETIME_SECONDS
        body = ".".join([self.kind.value, *(str(i or "") for i in ids), str(key_id), str(expires)])
        return f"{body}~{mac(key, body)}"


def mac(key: bytes, body: str) -> str:
    """Keyed hash of a scope's body, hex.

    Nested SHA-256 because PostgreSQL offers plain `sha256` only (no pgcrypto); the nesting
    keeps the outer hash safe from length extension.
    """
    inner = hashlib.sha256(key + body.encode()).digest()
    return hashlib.sha256(key + inner).hexdigest()


def sign(scope: Scope) -> str:
    """The signed value of a scope, with this process's key."""
    here = settings()
    return scope.signed(bytes.fromhex(here.scope_key.get_secret_value()), here.scope_key_id)
