"""Who acts, and what they may do. One place maps roles to permissions."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from djplatform.core.errors import PermissionDenied, SignInRequired


class Role(StrEnum):
    """A membership's role in an organization."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class Permission(StrEnum):
    """Everything a person may be allowed to do in an organization."""

    CONSOLE_READ = "console.read"
    ORGANIZATION_UPDATE = "organization.update"
    MEMBERS_MANAGE = "members.manage"
    PAYMENTS_READ = "payments.read"
    PAYMENTS_CONNECT = "payments.connect"
    PROFILE_UPDATE = "profile.update"
    EVENTS_READ = "events.read"
    EVENTS_WRITE = "events.write"
    TIPS_READ = "tips.read"
    TIPS_CONFIGURE = "tips.configure"
    ACCOUNT_SELF = "account.self"
    """One's own account: sessions, password, name. Every signed-in person has it."""


_READ = frozenset(
    {
        Permission.CONSOLE_READ,
        Permission.EVENTS_READ,
        Permission.TIPS_READ,
        Permission.ACCOUNT_SELF,
    }
)
_WORK = _READ | {Permission.EVENTS_WRITE, Permission.PROFILE_UPDATE, Permission.PAYMENTS_READ}
_MANAGE = _WORK | {
    Permission.ORGANIZATION_UPDATE,
    Permission.MEMBERS_MANAGE,
    Permission.TIPS_CONFIGURE,
    Permission.PAYMENTS_CONNECT,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _READ,
    Role.MEMBER: _WORK,
    Role.ADMIN: _MANAGE,
    Role.OWNER: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The first argument of every use case. Made from the session, never from the client."""

    user_id: UUID | None = None
    organization_id: UUID | None = None
    role: Role | None = None
    device_id: UUID | None = None
    personas: frozenset[str] = frozenset()

    @property
    def person(self) -> UUID:
        """Who acts.

        Raises:
            SignInRequired: nobody is signed in.
        """
        if self.user_id is None:
            raise SignInRequired
        return self.user_id

    @property
    def workplace(self) -> UUID:
        """The organization that is worked for.

        Raises:
            PermissionDenied: none is.
        """
        if self.organization_id is None:
            raise PermissionDenied
        return self.organization_id

    def can(self, permission: Permission) -> bool:
        """Whether the actor's role allows it."""
        if self.user_id is not None and permission is Permission.ACCOUNT_SELF:
            return True
        return self.role is not None and permission in ROLE_PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Refuse unless allowed.

        Raises:
            SignInRequired: nobody is signed in.
            PermissionDenied: the role does not allow it.
        """
        if self.user_id is None:
            raise SignInRequired
        if not self.can(permission):
            raise PermissionDenied


ANONYMOUS = Actor()
