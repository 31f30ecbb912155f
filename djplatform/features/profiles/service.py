"""Profiles: how a DJ is shown to everybody.

The database makes one with defaults for every organization (see the revision), so no page ever
meets a DJ without one; a profile that the public scope cannot see is one that is not published.
"""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from djplatform.core import clock
from djplatform.core.actor import Actor, Permission
from djplatform.core.db import Tx
from djplatform.core.errors import NotFound, PermissionDenied
from djplatform.core.operation import operation
from djplatform.features.profiles import repo, rules
from djplatform.features.profiles.dto import ProfileView, UpdateProfile

_SITEMAP_MOST = 50_000
"""A sitemap may hold no more addresses: https://www.sitemaps.org/protocol.html"""


async def public_profile(tx: Tx, organization_id: UUID) -> ProfileView | None:
    """The profile that the transaction's scope may see; for the public, a published one."""
    return await repo.of_organization(tx, organization_id)


async def published_profiles(tx: Tx, limit: int = _SITEMAP_MOST) -> Sequence[ProfileView]:
    """Published profiles over all organizations, for the sitemap. Runs in a public scope."""
    return await repo.published(tx, limit)


@operation(Permission.CONSOLE_READ)
async def profile(tx: Tx, actor: Actor) -> ProfileView:
    """Show the organization's own profile, published or not."""
    return await _own(tx, actor)


@operation(Permission.PROFILE_UPDATE, audited=True)
async def update_profile(tx: Tx, actor: Actor, cmd: UpdateProfile) -> ProfileView:
    """Change the stage name, the words, the picture, and whether the profile is published.

    Raises:
        InvalidInput: by field.
    """
    before = await _own(tx, actor)
    text = rules.check(cmd.stage_name, cmd.bio, cmd.home_town, cmd.photo)
    values = asdict(text) | {"published": cmd.published, "updated_at": clock.now()}
    # The database asks for the role as it is now; a member who became a viewer changes nothing.
    if not await repo.change(tx, before.organization_id, values):
        raise PermissionDenied
    return await _own(tx, actor)


async def _own(tx: Tx, actor: Actor) -> ProfileView:
    found = await repo.of_organization(tx, actor.workplace)
    if found is None:
        raise NotFound
    return found
