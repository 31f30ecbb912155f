"""Profiles on the real database: defaults, changes, and what everybody may read."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from djplatform.core.actor import Actor, Role
from djplatform.core.db import Scope, unit
from djplatform.core.errors import InvalidInput, NotFound, PermissionDenied
from djplatform.features.profiles import service
from djplatform.features.profiles.dto import UpdateProfile

CHANGE = UpdateProfile(
    stage_name="Jay M", bio="House.\nSince 2009.", home_town="Leeds", photo="m10dj"
)


async def shown(organization):
    async with unit(Scope.public()) as tx:
        return await service.public_profile(tx, organization)


async def update(actor, cmd=CHANGE):
    async with unit(Scope.of(actor)) as tx:
        return await service.update_profile(tx, actor, cmd)


async def test_an_organization_has_a_profile_from_its_first_moment(world) -> None:
    found = await shown(world.a)
    assert (found.stage_name, found.photo, found.published) == ("Jay Martell", "brand", True)
    assert found.picture("tipjar") == "tipjar"


async def test_a_member_changes_it_and_everybody_sees_it(world, db) -> None:
    await update(world.mate)
    found = await shown(world.a)
    assert (found.stage_name, found.bio, found.home_town) == (
        "Jay M",
        "House.\nSince 2009.",
        "Leeds",
    )
    assert found.picture("tipjar") == "m10dj"
    assert db.rows("select action from audit_log") == [{"action": "profiles.update_profile"}]


async def test_unpublished_it_is_hidden_from_the_public_only(world) -> None:
    await update(world.owner, CHANGE.model_copy(update={"published": False}))
    assert await shown(world.a) is None
    async with unit(Scope.of(world.viewer)) as tx:
        assert (await service.profile(tx, world.viewer)).published is False
    async with unit(Scope.public()) as tx:
        assert [p.organization_id for p in await service.published_profiles(tx)] == [world.b]


async def test_a_viewer_may_not_and_nothing_changes(world) -> None:
    with pytest.raises(PermissionDenied):
        await update(world.viewer)
    # Whose role was taken away a moment ago is stopped by the database.
    with pytest.raises(PermissionDenied):
        await update(Actor(world.viewer.user_id, world.a, Role.MEMBER))
    assert (await shown(world.a)).stage_name == "Jay Martell"


async def test_who_left_finds_no_profile_to_change(world) -> None:
    with pytest.raises(NotFound):
        await update(Actor(world.outsider.user_id, world.a, Role.OWNER))
    assert (await shown(world.a)).stage_name == "Jay Martell"


async def test_an_outsider_changes_only_the_own_one(world) -> None:
    await update(world.outsider)
    assert (await shown(world.a)).stage_name == "Jay Martell"
    assert (await shown(world.b)).stage_name == "Jay M"


async def test_bad_input_names_its_field(world) -> None:
    with pytest.raises(InvalidInput) as refused:
        await update(world.owner, CHANGE.model_copy(update={"stage_name": "x" * 10_000}))
    assert list(refused.value.fields) == ["stage_name"]
    assert (await shown(world.a)).stage_name == "Jay Martell"


@pytest.mark.feature("28/profile", "33/profile")
async def test_the_public_reads_granted_columns_only_and_writes_nothing(world) -> None:
    for statement in (
        "select created_at from dj_profiles",
        "select id from dj_profiles",
        "update dj_profiles set bio = 'x'",
        "delete from dj_profiles",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with unit(Scope.public()) as tx:
                await tx.session.execute(text(statement))
