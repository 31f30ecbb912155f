"""API tokens kept: made, found by their secret, rotated, ended, and told of."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

import djplatform.features.notifications.jobs  # noqa: F401 it listens, and writes the mails
from djplatform.core.actor import Actor, Role
from djplatform.core.errors import InvalidInput, NotFound, SignInRequired
from djplatform.core.ids import new_id
from djplatform.features.accounts import service
from djplatform.features.accounts.dto import CreateApiToken, IssuedApiToken
from djplatform.features.accounts.rules.api_tokens import MOST
from djplatform.features.accounts.service.api_tokens import ApiTokenOver, TooManyApiTokens

TOKENS = "select * from api_tokens order by id"
AUDIT = "select * from audit_log where subject_kind = 'api_token' order by at, id"


async def make(actor: Actor, role: str = "admin", days: str = "30", name: str = "Lights"):
    return await service.create_api_token(actor, CreateApiToken(name=name, role=role, days=days))


async def acts_as(issued: IssuedApiToken) -> Actor | None:
    """Whom the secret speaks for right now."""
    found = await service.api_caller(issued.secret)
    return found.actor if found else None


@pytest.fixture
def everything(db):
    """All that making, changing or ending a token may leave behind."""

    def look() -> list:
        return [db.rows(TOKENS), db.rows(AUDIT), db.rows("select id from mails")]

    return look


@pytest.fixture
def mails(db):
    return lambda: db.rows("select recipient, kind, text from mails order by created_at, id")


@pytest.mark.feature("19/api-tokens")
async def test_a_token_is_made_told_of_and_kept_as_a_hash(world, db, mails) -> None:
    issued = await make(world.mate, role="viewer", name="  My   lights ")
    assert issued.secret.startswith("djp_")
    assert issued.secret not in repr(issued)
    [kept] = db.rows(TOKENS)
    assert (kept["user_id"], kept["organization_id"]) == (world.mate.user_id, world.a)
    assert (kept["name"], kept["role"], kept["ending"]) == (
        "My lights",
        "viewer",
        issued.secret[-4:],
    )
    assert (kept["expires_at"] - kept["created_at"]).days == 30
    everywhere = str(kept) + str(db.rows(AUDIT)) + str(mails())
    assert issued.secret not in everywhere
    [row] = db.rows(AUDIT)
    assert row["organization_id"] == world.a
    assert (row["action"], row["actor_user_id"], row["subject_id"]) == (
        "accounts.create_api_token",
        world.mate.user_id,
        str(issued.id),
    )
    [mail] = mails()
    assert (mail["recipient"], mail["kind"]) == ("mate@example.com", "accounts.api_token_created")
    assert "“My lights”" in mail["text"]
    assert "Jay Martell" in mail["text"]
    assert "http://tipjar.localhost:8000/settings/account" in mail["text"]
    waiting = db.rows("select task_name from procrastinate.procrastinate_jobs")
    assert waiting == [{"task_name": "notifications.send_mail"}]


@pytest.mark.feature("19/api-tokens")
@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", " \u202e "),
        ("name", "x" * 61),
        ("role", "owner"),
        ("role", ""),
        ("role", "admin"),
        ("days", "0"),
        ("days", "8"),
        ("days", "-7"),
        ("days", "for ever"),
        ("days", ""),
    ],
)
async def test_bad_input_is_refused_by_field(world, everything, field: str, typed: str) -> None:
    good = CreateApiToken(name="Lights", role="member", days="7")
    with pytest.raises(InvalidInput) as refused:
        await service.create_api_token(world.mate, good.model_copy(update={field: typed}))
    assert set(refused.value.fields) == {field}
    assert everything() == [[], [], []]


async def test_everything_that_is_wrong_is_said_together(world) -> None:
    with pytest.raises(InvalidInput) as refused:
        await service.create_api_token(world.viewer, CreateApiToken(name="", role="x", days="x"))
    assert set(refused.value.fields) == {"name", "role", "days"}


async def test_nobody_and_no_outsider_makes_a_token(world, db, everything) -> None:
    with pytest.raises(SignInRequired):
        await make(Actor())
    with pytest.raises(NotFound):
        await make(replace(world.outsider, organization_id=world.a))
    with pytest.raises(NotFound):
        await make(replace(world.owner, organization_id=None))
    db.rows("update users set suspended_at = now() where id = %s", world.mate.user_id)
    with pytest.raises(SignInRequired):
        await make(world.mate, role="viewer")
    assert everything() == [[], [], []]


@pytest.mark.feature("19/api-tokens")
async def test_a_person_has_at_most_twenty_live_tokens(world, db, moment) -> None:
    made = [await make(world.owner, days="7" if n else "365") for n in range(MOST - 1)]
    both = await asyncio.gather(make(world.owner), make(world.owner), return_exceptions=True)
    assert sorted(type(one).__name__ for one in both) == ["IssuedApiToken", "TooManyApiTokens"]
    assert len(db.rows(TOKENS)) == MOST
    await make(world.mate, role="viewer")
    await service.revoke_api_token(world.owner, made[3].id)
    await make(world.owner, days="7")
    with pytest.raises(TooManyApiTokens):
        await make(world.owner)
    moment.forward(days=7)
    await make(world.owner)


@pytest.mark.feature("19/api-tokens")
async def test_it_acts_for_its_person_and_never_beyond_its_role(world, db) -> None:
    issued = await make(world.owner, role="member")
    assert await acts_as(issued) == Actor(world.owner.user_id, world.a, Role.MEMBER)
    db.rows("update memberships set role = 'viewer' where user_id = %s", world.owner.user_id)
    assert (await acts_as(issued)).role is Role.VIEWER
    db.rows("update memberships set role = 'admin' where user_id = %s", world.owner.user_id)
    assert (await acts_as(issued)).role is Role.MEMBER


@pytest.mark.feature("19/api-tokens")
@pytest.mark.parametrize(
    "end",
    [
        "delete from memberships where user_id = %s",
        "update users set suspended_at = now() where id = %s",
        "update api_tokens set revoked_at = now() where user_id = %s",
        "update api_tokens set expires_at = now() where user_id = %s",
        "delete from users where id = %s",
    ],
)
async def test_whatever_ends_it_ends_it_at_once(world, db, end: str) -> None:
    issued, other = await make(world.mate, role="viewer"), await make(world.owner)
    assert await acts_as(issued) is not None
    db.rows(end, world.mate.user_id)
    assert await acts_as(issued) is None
    assert await acts_as(other) is not None


async def test_other_secrets_speak_for_nobody(world, db) -> None:
    issued = await make(world.owner)
    [kept] = db.rows(TOKENS)
    for text in ("", "djp_", kept["token_hash"], "djp_" + "A" * 43, issued.secret[:-1], "\x00"):
        assert await service.api_caller(text) is None


async def test_its_use_is_noted_at_most_once_a_minute(world, db, moment) -> None:
    issued = await make(world.owner)
    seen = "select seen_at from api_tokens"
    assert db.rows(seen) == [{"seen_at": None}]
    first = moment.at
    await acts_as(issued)
    moment.forward(seconds=59)
    await acts_as(issued)
    assert db.rows(seen) == [{"seen_at": first}]
    moment.forward(seconds=1)
    await acts_as(issued)
    assert db.rows(seen) == [{"seen_at": moment.at}]


@pytest.mark.feature("19/api-tokens")
async def test_a_rotation_gives_a_new_secret_and_a_day_for_the_old(
    world, db, mails, moment
) -> None:
    old = await make(world.owner, days="30")
    moment.forward(days=10)
    new = await service.rotate_api_token(world.owner, old.id, at_once=False)
    assert (new.id, new.name) == (old.id, old.name)
    assert new.secret != old.secret
    assert await acts_as(old) == await acts_as(new) == replace(world.owner, role=Role.ADMIN)
    [row] = await service.api_tokens(world.owner)
    assert row.ending == new.secret[-4:]
    assert (row.expires_at - moment.at).days == 30
    assert (row.previous_until - moment.at).total_seconds() == 24 * 3600
    moment.forward(hours=23, minutes=59)
    assert await acts_as(old) is not None
    moment.forward(minutes=1)
    assert await acts_as(old) is None
    assert await acts_as(new) is not None
    assert (await service.api_tokens(world.owner))[0].previous_until is None
    assert [mail["kind"] for mail in mails()] == [
        "accounts.api_token_created",
        "accounts.api_token_rotated",
    ]
    assert new.secret not in str(mails())
    actions = [row["action"] for row in db.rows(AUDIT)]
    assert actions == ["accounts.create_api_token", "accounts.rotate_api_token"]
    assert {row["organization_id"] for row in db.rows(AUDIT)} == {world.a}


@pytest.mark.feature("19/api-tokens")
async def test_a_rotation_ends_the_old_secret_at_once_when_asked(world, moment) -> None:
    old = await make(world.owner)
    new = await service.rotate_api_token(world.owner, old.id, at_once=True)
    assert await acts_as(old) is None
    assert await acts_as(new) is not None
    newest = await service.rotate_api_token(world.owner, old.id, at_once=False)
    assert await acts_as(new) is not None
    assert await acts_as(newest) is not None
    assert await acts_as(old) is None, "only one secret of before is kept"


async def test_the_old_secret_never_outlives_its_own_end(world, moment) -> None:
    old = await make(world.owner, days="7")
    moment.forward(days=6, hours=23)
    new = await service.rotate_api_token(world.owner, old.id, at_once=False)
    moment.forward(hours=1)
    assert await acts_as(old) is None
    assert await acts_as(new) is not None


@pytest.mark.feature("19/api-tokens")
async def test_an_expired_token_stays_over(world, moment, everything) -> None:
    issued = await make(world.owner, days="7")
    moment.forward(days=6, hours=23, minutes=59)
    assert await acts_as(issued) is not None
    moment.forward(minutes=1)
    assert await acts_as(issued) is None
    before = everything()
    with pytest.raises(ApiTokenOver):
        await service.rotate_api_token(world.owner, issued.id, at_once=True)
    assert everything() == before
    [row] = await service.api_tokens(world.owner)
    assert not row.live


@pytest.mark.feature("19/api-tokens")
async def test_a_revoked_token_is_refused_with_both_its_secrets(world, db) -> None:
    old = await make(world.owner)
    new = await service.rotate_api_token(world.owner, old.id, at_once=False)
    await service.revoke_api_token(world.owner, old.id)
    assert await acts_as(old) is None
    assert await acts_as(new) is None
    assert await service.api_tokens(world.owner) == []
    last = db.rows(AUDIT)[-1]
    assert (last["action"], last["organization_id"]) == ("accounts.revoke_api_token", world.a)
    for change in (service.revoke_api_token, rotate):
        with pytest.raises(NotFound):
            await change(world.owner, old.id)


async def rotate(actor: Actor, token_id: UUID) -> IssuedApiToken:
    return await service.rotate_api_token(actor, token_id, at_once=True)


async def test_two_rotations_at_once_leave_one_secret_that_counts_longest(world, db) -> None:
    old = await make(world.owner)
    both = await asyncio.gather(rotate(world.owner, old.id), rotate(world.owner, old.id))
    alive = [await acts_as(one) is not None for one in both]
    assert sorted(alive) == [False, True]
    assert await acts_as(old) is None


@pytest.mark.feature("19/api-tokens")
async def test_a_strangers_token_is_not_there(world, everything) -> None:
    issued = await make(world.owner)
    before = everything()
    for stranger in (world.outsider, world.mate, world.viewer):
        assert await service.api_tokens(stranger) == []
        for change in (service.revoke_api_token, rotate):
            with pytest.raises(NotFound):
                await change(stranger, issued.id)
            with pytest.raises(NotFound):
                await change(stranger, new_id())
    for call in (service.api_tokens(Actor()), rotate(Actor(), issued.id)):
        with pytest.raises(SignInRequired):
            await call
    assert everything() == before
    assert await acts_as(issued) is not None


async def test_who_has_left_still_ends_his_own_tokens(world, db) -> None:
    issued = await make(world.mate, role="viewer")
    db.rows("delete from memberships where user_id = %s", world.mate.user_id)
    [row] = await service.api_tokens(world.mate)
    assert (row.id, row.organization) == (issued.id, "Jay Martell")
    await service.revoke_api_token(replace(world.mate, organization_id=None, role=None), issued.id)
    assert await service.api_tokens(world.mate) == []


async def test_what_is_over_since_long_is_deleted(world, db, moment) -> None:
    kept = await make(world.owner, days="90")
    await make(world.owner, days="7")
    revoked = await make(world.owner, days="365")
    await service.revoke_api_token(world.owner, revoked.id)
    moment.forward(days=30)
    await service.purge()
    assert len(db.rows(TOKENS)) == 3
    moment.forward(days=7, seconds=1)
    await service.purge()
    assert [row["id"] for row in db.rows(TOKENS)] == [kept.id]
