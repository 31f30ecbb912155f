"""Use cases of accounts that have no form: sessions, names, roles, country, brands."""

import asyncio

import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from djplatform.core import clock, crypto
from djplatform.core.actor import Actor, Role
from djplatform.core.crypto import hash_password, password_matches
from djplatform.core.db import Scope, VendorCallInsideUnit, unit
from djplatform.core.errors import InvalidInput, NotFound, PermissionDenied, SignInRequired
from djplatform.core.events import emit, subscriber
from djplatform.core.ids import new_id
from djplatform.features.accounts import service
from djplatform.features.accounts.dto import ChangePassword, LogIn, OpenedSession
from djplatform.features.accounts.service.organizations import CurrencyFixed, LastOwner
from tests.features.accounts.conftest import CLIENT, EMAIL, NEW_PASSWORD, PASSWORD


async def enter(email: str = EMAIL) -> OpenedSession:
    return await service.log_in(LogIn(email=email, password=SecretStr(PASSWORD)), CLIENT)


@pytest.mark.feature(19)
async def test_a_person_sees_and_ends_own_sessions_only(world, person) -> None:
    here, there = await enter(), await enter()
    listed = await service.sessions(person, here.session_id)
    assert len(listed) == 3
    assert [row.id for row in listed if row.current] == [here.session_id]
    assert listed[0].device == "Firefox on Windows"
    assert await service.end_session(world.outsider, there.session_id) == []
    assert await service.session_by_token(there.token) is not None
    assert await service.end_session(person, there.session_id) == [there.session_id]
    assert await service.session_by_token(there.token) is None
    assert await service.session_by_id(there.session_id) is None
    assert len(await service.end_other_sessions(person, here.session_id)) == 1
    assert await service.session_by_token(here.token) is not None


@pytest.mark.feature(19)
async def test_only_hashes_of_tokens_are_kept(person, db, letters) -> None:
    opened = await enter()
    dump = str(db.rows("select * from sessions")) + str(db.rows("select * from tokens"))
    assert opened.token not in dump
    assert letters()[0].token not in dump


async def test_a_session_carries_role_and_organization_as_they_are_now(person, db) -> None:
    opened = await enter()
    found = await service.session_by_token(opened.token)
    assert found is not None
    assert (found.actor.organization_id, found.actor.role) == (person.organization_id, Role.OWNER)
    db.rows("update memberships set role = 'viewer'")
    found = await service.session_by_token(opened.token)
    assert found is not None
    assert found.actor.role is Role.VIEWER
    db.rows("delete from memberships")
    found = await service.session_by_token(opened.token)
    assert found is not None
    assert (found.actor.organization_id, found.actor.role) == (None, None)


async def test_a_platform_admin_is_known_by_a_persona(person, db) -> None:
    db.rows(
        "insert into platform_roles values (%s, 'platform_admin', now(), 'test')", person.user_id
    )
    found = await service.session_by_token((await enter()).token)
    assert found is not None
    assert found.actor.personas == {"platform_admin"}


@pytest.mark.feature("24/profile")
async def test_the_name_is_changed_and_shown(person) -> None:
    await service.update_name(person, "  Jay   Marvel ")
    assert (await service.person(person)).name == "Jay Marvel"
    with pytest.raises(InvalidInput) as refused:
        await service.update_name(person, "x" * 81)
    assert set(refused.value.fields) == {"name"}
    with pytest.raises(SignInRequired):
        await service.update_name(Actor(), "Nobody")
    assert (await service.person(person)).name == "Jay Marvel"


@pytest.mark.feature("24/account")
async def test_a_new_password_ends_the_other_sessions(person, letters) -> None:
    here, there = await enter(), await enter()
    wrong = ChangePassword(current=SecretStr("guess"), new=SecretStr(NEW_PASSWORD))
    with pytest.raises(InvalidInput) as refused:
        await service.change_password(person, wrong, keep=here.session_id, brand="tipjar")
    assert set(refused.value.fields) == {"current"}
    weak = ChangePassword(current=SecretStr(PASSWORD), new=SecretStr("short"))
    with pytest.raises(InvalidInput) as refused:
        await service.change_password(person, weak, keep=here.session_id, brand="tipjar")
    assert set(refused.value.fields) == {"new"}
    assert await service.session_by_token(there.token) is not None
    before = len(letters())

    good = ChangePassword(current=SecretStr(PASSWORD), new=SecretStr(NEW_PASSWORD))
    ended = await service.change_password(person, good, keep=here.session_id, brand="tipjar")
    assert there.session_id in ended
    assert here.session_id not in ended
    assert await service.session_by_token(there.token) is None
    assert await service.session_by_token(here.token) is not None
    assert [m.kind for m in letters()[before:]] == ["accounts.password_changed"]
    with pytest.raises(InvalidInput):
        await enter()


@pytest.mark.feature("20/change")
async def test_owners_give_out_roles_and_the_change_is_recorded(world, db) -> None:
    async with unit(Scope.of(world.owner)) as tx:
        await service.change_role(tx, world.owner, world.mate.user_id, Role.ADMIN)
    [row] = db.rows(
        "select actor_user_id, subject_id, old_value, new_value, organization_id from audit_log"
        " where action = 'accounts.change_role'"
    )
    assert row == {
        "actor_user_id": world.owner.user_id,
        "subject_id": str(world.mate.user_id),
        "old_value": {"role": "member"},
        "new_value": {"role": "admin"},
        "organization_id": world.a,
    }
    async with unit(Scope.of(world.owner)) as tx:
        people = {m.user_id: m.role for m in await service.members(tx, world.owner)}
    assert people[world.mate.user_id] is Role.ADMIN
    assert world.outsider.user_id not in people


@pytest.mark.feature("20/change")
@pytest.mark.parametrize("who", ["mate", "viewer", "outsider", "claimed_owner", "claimed_admin"])
async def test_nobody_else_gives_out_roles(world, db, who) -> None:
    before = db.rows("select * from memberships"), db.rows("select * from audit_log")
    mate = world.mate
    actor = {
        "claimed_owner": Actor(mate.user_id, world.a, Role.OWNER),
        "claimed_admin": Actor(mate.user_id, world.a, Role.ADMIN),
    }.get(who) or getattr(world, who)
    expected = NotFound if who == "outsider" else PermissionDenied
    with pytest.raises(expected):
        async with unit(Scope.of(actor)) as tx:
            await service.change_role(tx, actor, world.viewer.user_id, Role.OWNER)
    assert (db.rows("select * from memberships"), db.rows("select * from audit_log")) == before


@pytest.mark.feature("20/change")
async def test_one_owner_always_stays(world, db) -> None:
    with pytest.raises(LastOwner):
        async with unit(Scope.of(world.owner)) as tx:
            await service.change_role(tx, world.owner, world.owner.user_id, Role.ADMIN)
    async with unit(Scope.of(world.owner)) as tx:
        await service.change_role(tx, world.owner, world.mate.user_id, Role.OWNER)
    mate = Actor(world.mate.user_id, world.a, Role.OWNER)

    async def step_down(actor: Actor) -> str:
        try:
            async with unit(Scope.of(actor)) as tx:
                await service.change_role(tx, actor, actor.user_id, Role.MEMBER)
        except LastOwner:
            return "last"
        return "done"

    outcomes = await asyncio.gather(step_down(world.owner), step_down(mate))
    assert sorted(outcomes) == ["done", "last"]
    assert db.rows(
        "select count(*) as n from memberships where role = 'owner' and organization_id = %s",
        world.a,
    ) == [{"n": 1}]


async def test_the_sessions_of_a_member_are_known_for_dropping(person) -> None:
    opened = await enter()
    found = await service.sessions_of_member(person.organization_id, person.user_id)
    assert opened.session_id in found
    assert await service.sessions_of_member(new_id(), person.user_id) == []


async def test_the_country_sets_the_currency_until_the_first_payment(world, db) -> None:
    async with unit(Scope.of(world.owner)) as tx:
        seen = await service.choose_country(tx, world.owner, "de")
    assert (seen.country, seen.currency, seen.currency_fixed) == ("DE", "EUR", False)
    async with unit(Scope.system(world.a)) as tx:
        await service.fix_currency(tx)
    async with unit(Scope.of(world.owner)) as tx:
        moved = await service.choose_country(tx, world.owner, "FR")
    assert (moved.country, moved.currency, moved.currency_fixed) == ("FR", "EUR", True)
    with pytest.raises(CurrencyFixed):
        async with unit(Scope.of(world.owner)) as tx:
            await service.choose_country(tx, world.owner, "GB")
    with pytest.raises(InvalidInput) as refused:
        async with unit(Scope.of(world.owner)) as tx:
            await service.choose_country(tx, world.owner, "XX")
    assert set(refused.value.fields) == {"country"}
    assert db.rows("select country, currency from organizations where id = %s", world.a) == [
        {"country": "FR", "currency": "EUR"}
    ]


@pytest.mark.parametrize("who", ["mate", "viewer", "claimed"])
async def test_only_managers_choose_the_country(world, db, who) -> None:
    actor = Actor(world.mate.user_id, world.a, Role.ADMIN) if who == "claimed" else None
    actor = actor or getattr(world, who)
    with pytest.raises(PermissionDenied):
        async with unit(Scope.of(actor)) as tx:
            await service.choose_country(tx, actor, "DE")
    assert db.rows("select country from organizations where id = %s", world.a) == [
        {"country": "GB"}
    ]


@pytest.mark.feature("3/hosts")
async def test_hosts_show_brands_and_new_ones_are_registered_by_the_platform(world) -> None:
    tipjar = await service.brand_for_host("tipjar.localhost")
    assert tipjar is not None
    assert (tipjar.key, tipjar.product, tipjar.landing) == (
        "tipjar",
        "tipjar",
        "/tipjar/dashboard",
    )
    assert await service.brand_for_host("192.168.1.7") is None
    await service.register_host("192.168.1.7", "neutral")
    found = await service.brand_for_host("192.168.1.7")
    assert found is not None
    assert (found.key, found.product) == ("neutral", None)
    with pytest.raises(DBAPIError, match="only the platform"):
        async with unit(Scope.system(world.a)) as tx:
            await tx.session.execute(
                text("select app.register_host('evil.example', 'tipjar', now())")
            )


async def test_the_public_finds_a_tenant_by_its_address(world) -> None:
    async with unit(Scope.public()) as tx:
        found = await service.organization_by_slug(tx, "jay-martell")
        assert await service.organization_by_slug(tx, "platform") is None
    assert found is not None
    assert (found.id, found.product, found.currency) == (world.a, "tipjar", "GBP")


@pytest.mark.feature("2")
@pytest.mark.parametrize("table", ["users", "organizations"])
async def test_the_database_knows_three_products(world, db, table) -> None:
    for product in ("tipjar", "djdash", "m10dj", None):
        db.rows(f"update {table} set product_context = %s", product)
    with pytest.raises(Exception, match="product_context"):
        db.rows(f"update {table} set product_context = 'myspace'")


@pytest.mark.feature("10/identity")
@pytest.mark.parametrize(
    "table", ["credentials", "sessions", "tokens", "login_attempts", "api_tokens"]
)
@pytest.mark.parametrize("kind", ["member", "public", "guest", "system"])
async def test_identity_tables_are_closed_to_every_other_role(world, table, kind) -> None:
    scope = {
        "member": Scope.of(world.owner),
        "public": Scope.public(),
        "guest": Scope.guest(world.a, world.device),
        "system": Scope.system(world.a),
    }[kind]
    async with unit(scope) as tx:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await tx.session.execute(text(f"select * from {table}"))


@pytest.mark.feature("5/definer")
async def test_an_organization_is_founded_for_oneself_only(world, db) -> None:
    found = text(
        "select app.found_organization(:owner, gen_random_uuid(), 'tipjar', 'X', 'x', now())"
    )
    before = db.rows("select * from organizations")
    for scope in (Scope.identity(world.outsider.user_id), Scope.identity()):
        async with unit(scope) as tx:
            with pytest.raises(DBAPIError, match="signs up"):
                await tx.session.execute(found, {"owner": world.mate.user_id})
    async with unit(Scope.of(world.mate)) as tx:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await tx.session.execute(found, {"owner": world.mate.user_id})
    async with unit(Scope.identity(world.owner.user_id)) as tx:
        again = (await tx.session.execute(found, {"owner": world.owner.user_id})).scalar_one()
    assert again == world.a
    assert db.rows("select * from organizations") == before


async def test_what_is_over_is_deleted(person, db, moment) -> None:
    opened = await enter()
    await service.purge()
    assert await service.session_by_token(opened.token) is not None
    moment.forward(days=31)
    await service.purge()
    assert db.rows("select * from sessions") == []
    assert db.rows("select * from tokens") == []


@pytest.mark.feature("17/slow")
async def test_real_hashes_are_slow_ones_outside_of_transactions(db, monkeypatch) -> None:
    monkeypatch.setattr(crypto, "_hasher", PasswordHasher())
    known = await hash_password(PASSWORD)
    assert known.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await password_matches(PASSWORD, known)
    assert not await password_matches("x", known)
    assert not await password_matches(PASSWORD, None)
    assert not await password_matches(PASSWORD, "not a hash")
    async with unit(Scope.identity()):
        with pytest.raises(VendorCallInsideUnit):
            await hash_password(PASSWORD)


async def test_events_are_told_in_the_transaction(db) -> None:
    class Happened:
        pass

    told = []

    @subscriber(Happened)
    async def hear(tx, event) -> None:
        told.append((tx.scope.kind.value, type(event)))

    async with unit(Scope.identity()) as tx:
        await emit(tx, Happened())
        await emit(tx, object())
    assert told == [("identity", Happened)]
    assert clock.now().tzinfo is not None
