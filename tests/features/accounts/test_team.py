"""The team's page: who sees whom, who gives out roles, and what ends with a change."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from djplatform.core.actor import Actor, Permission, Role
from djplatform.core.errors import SignInRequired
from djplatform.core.ids import new_id
from djplatform.features.accounts.ui.team import Team
from djplatform.ui import session
from djplatform.ui.guard import acting, declared_permission

SESSION = """
    insert into sessions (id, user_id, token_hash, organization_id, brand, address, user_agent,
      created_at, rotated_at, seen_at)
    values (%s, %s, %s, %s, 'tipjar', '', '', now(), now(), now())"""


async def opened(actor: Actor) -> Team:
    """The page as this person sees it."""
    page = Team(_reflex_internal_init=True)
    with acting(actor):
        await Team.event_handlers["open_team"].fn(page)
    return page


async def change(page: Team, actor: Actor, member: object, role: object) -> Team:
    with acting(actor):
        async for _ in Team.event_handlers["change_role"].fn(page, member, role):
            pass
    return page


def shown(page: Team) -> list[tuple[str, str, bool]]:
    return [(one.name, one.role, one.me) for one in page.members]


def kept(db) -> list:
    return [
        db.rows(f"select * from {table} order by 1, 2") for table in ("memberships", "audit_log")
    ]


@pytest.fixture
async def dropped() -> AsyncIterator[list[UUID]]:
    """The sessions that were ended in this process."""
    found: list[UUID] = []

    async def note(ids: frozenset[UUID]) -> None:
        found.extend(ids)

    session.configure(session._NoSessions()).on_drop(note)
    yield found
    session.configure(session._NoSessions())


def log_in(db, user: UUID, organization: UUID) -> UUID:
    identifier = new_id()
    db.rows(SESSION, identifier, user, identifier.hex, organization)
    return identifier


@pytest.mark.feature("20/page")
async def test_everybody_sees_the_own_team_and_only_owners_the_buttons(world) -> None:
    team = [("Owner", "owner"), ("Mate", "member"), ("Viewer", "viewer")]
    for actor, name in ((world.owner, "Owner"), (world.mate, "Mate"), (world.viewer, "Viewer")):
        page = await opened(actor)
        assert shown(page) == [(who, role, who == name) for who, role in team]
        assert page.gives_roles == (actor is world.owner)
        # Colleagues' addresses are nobody's business; the policies do not even let them be read.
        assert "@" not in str(page.dict())
    assert shown(await opened(world.outsider)) == [("Outsider", "owner", True)]


@pytest.mark.feature("20/page")
async def test_a_change_counts_at_once_and_ends_what_is_open_with_the_old_role(
    world, db, dropped
) -> None:
    here = log_in(db, world.mate.user_id, world.a)
    log_in(db, world.mate.user_id, world.b)
    log_in(db, world.viewer.user_id, world.a)
    page = await change(
        await opened(world.owner), world.owner, str(world.mate.user_id), Role.ADMIN.value
    )
    assert (page.said_tone, shown(page)[1]) == ("ok", ("Mate", "admin", False))
    assert dropped == [here]
    [noted] = db.rows("select action, new_value from audit_log")
    assert noted == {"action": "accounts.change_role", "new_value": {"role": "admin"}}


@pytest.mark.feature("20/page")
async def test_an_owner_may_step_down_once_there_is_another(world, db, dropped) -> None:
    mine = log_in(db, world.owner.user_id, world.a)
    me, mate = str(world.owner.user_id), str(world.mate.user_id)
    page = await opened(world.owner)
    before = kept(db)
    await change(page, world.owner, me, "admin")
    assert (page.said_tone, page.said) == (
        "bad",
        "An organization needs an owner. Please make somebody else one first.",
    )
    assert (kept(db), dropped) == (before, [])
    await change(page, world.owner, mate, "owner")
    await change(page, world.owner, me, "admin")
    assert (page.said_tone, page.gives_roles) == ("ok", False)
    assert dropped == [mine]


@pytest.mark.feature("20/page")
@pytest.mark.parametrize(
    ("who", "member", "role", "says"),
    [
        ("owner", "outsider", "viewer", "not in your team"),
        ("owner", "no id at all", "viewer", "from the list"),
        ("owner", "mate", "emperor", "from the list"),
        ("owner", "mate", ["owner"], "from the list"),
        ("owner", None, None, "from the list"),
        ("admin", "viewer", "owner", "Only owners give out roles."),
        ("claimed", "viewer", "owner", "Only owners give out roles."),
        ("mate", "mate", "owner", "You may not do that."),
        ("viewer", "viewer", "owner", "You may not do that."),
    ],
)
async def test_other_changes_are_refused_in_words_and_change_nothing(
    world, db, dropped, who, member, role, says
) -> None:
    mate = world.mate.user_id
    if who == "admin":
        db.rows("update memberships set role = 'admin' where user_id = %s", mate)
    actor = {
        "admin": Actor(mate, world.a, Role.ADMIN),
        "claimed": Actor(mate, world.a, Role.OWNER),
    }.get(who) or getattr(world, who)
    found = getattr(world, member or "", None)
    page, before = await opened(actor), kept(db)
    await change(page, actor, str(found.user_id) if found else member, role)
    assert page.said_tone == "bad"
    assert says in page.said
    assert (kept(db), dropped) == (before, [])


async def test_the_guard_asks_for_what_the_roles_allow(world) -> None:
    prefix = Team.get_full_name()
    asked = {name: declared_permission(f"{prefix}.{name}") for name in Team.event_handlers}
    assert asked["change_role"] == Permission.MEMBERS_MANAGE
    assert not any(actor.can(Permission.MEMBERS_MANAGE) for actor in (world.mate, world.viewer))
    assert asked["open_team"] == Permission.CONSOLE_READ
    with pytest.raises(SignInRequired):
        await opened(Actor())
