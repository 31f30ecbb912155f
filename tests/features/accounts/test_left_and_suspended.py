"""Who left an organization, was suspended, or waited too long meets a refusal that says so."""

from uuid import UUID

import pytest
from pydantic import SecretStr

from djplatform.core.actor import Actor, Role
from djplatform.core.db import Scope, unit
from djplatform.core.errors import NotFound, PermissionDenied, SignInRequired
from djplatform.core.ids import new_id
from djplatform.features.accounts import jobs, rules, service
from djplatform.features.accounts.api.composition import describe_workplace
from djplatform.features.accounts.dto import AskMail, NewPassword, SignUp
from djplatform.features.accounts.service.links import LinkNotValid
from djplatform.ui.console import Workplace
from tests.features.accounts.conftest import CLIENT, EMAIL, NEW_PASSWORD, PASSWORD

ASK = AskMail(email=EMAIL, site="http://tipjar.localhost:8000", brand="tipjar")


def suspend(db, user_id: UUID) -> None:
    db.rows("update users set suspended_at = now() where id = %s", user_id)


async def test_a_console_is_framed_by_the_organization_else_by_the_own_brand(person) -> None:
    at_work = Workplace("Jay Martell", "Jay Martell", "tipjar", "TipJar", "/tipjar/dashboard")
    assert await describe_workplace(person) == at_work
    alone = Workplace("Jay Martell", "", "tipjar", "TipJar", "/tipjar/dashboard")
    assert await describe_workplace(Actor(person.user_id)) == alone
    elsewhere = Actor(person.user_id, new_id(), Role.OWNER)
    assert await describe_workplace(elsewhere) == alone


async def test_who_is_suspended_sees_and_changes_nothing_of_the_own_account(person, db) -> None:
    suspend(db, person.user_id)
    for refused in (
        service.person(person),
        service.workplace(person),
        service.update_name(person, "Still Here"),
    ):
        with pytest.raises(SignInRequired):
            await refused
    assert db.rows("select display_name from users") == [{"display_name": "Jay Martell"}]


async def test_who_left_finds_no_organization_any_more(world) -> None:
    left = Actor(world.outsider.user_id, world.a, Role.OWNER)
    async with unit(Scope.of(left)) as tx:
        with pytest.raises(NotFound):
            await service.organization(tx, left)


async def test_nobody_works_anywhere() -> None:
    with pytest.raises(SignInRequired):
        _ = Actor().person
    with pytest.raises(PermissionDenied):
        _ = Actor(new_id()).workplace


async def test_one_works_in_an_own_organization_and_in_an_own_session(world, person, db) -> None:
    sessions = "select id, organization_id from sessions"
    [mine] = db.rows(sessions)
    with pytest.raises(NotFound):
        await service.choose_organization(person, mine["id"], world.b)
    with pytest.raises(NotFound):
        await service.choose_organization(world.outsider, mine["id"], world.b)
    with pytest.raises(NotFound):
        await service.choose_organization(person, new_id(), person.organization_id)
    with pytest.raises(SignInRequired):
        await service.choose_organization(Actor(), mine["id"], world.b)
    assert db.rows(sessions) == [mine]
    landing = await service.choose_organization(person, mine["id"], person.organization_id)
    assert landing == "/tipjar/dashboard"


async def test_a_mailbox_is_not_filled_with_links_to_a_new_password(person, letters) -> None:
    for _ in range(rules.MAILS_AN_HOUR + 3):
        await service.request_reset(ASK)
    sent = [letter.kind for letter in letters()]
    # The confirmation counts as well.
    assert sent.count("accounts.reset") == rules.MAILS_AN_HOUR - 1


async def test_a_link_to_a_new_password_is_worth_nothing_while_suspended(
    person, letters, db
) -> None:
    await service.request_reset(ASK)
    token = letters()[-1].token
    before = db.rows("select * from credentials")
    suspend(db, person.user_id)
    new = NewPassword(token=token, password=SecretStr(NEW_PASSWORD))
    with pytest.raises(LinkNotValid):
        await service.peek_reset(token)
    with pytest.raises(LinkNotValid):
        await service.reset(new, CLIENT)
    assert db.rows("select * from credentials") == before
    db.rows("update users set suspended_at = null")
    assert (await service.reset(new, CLIENT)).user_id == person.user_id


async def test_a_sign_up_that_was_left_lying_is_forgotten_and_can_be_made_anew(
    db, letters, moment
) -> None:
    form = SignUp(
        name="Jay Martell",
        email=EMAIL,
        password=SecretStr(PASSWORD),
        site=ASK.site,
        brand="tipjar",
        product="tipjar",
    )
    await service.sign_up(form)
    moment.forward(days=8)
    await jobs.purge_what_is_over()
    assert db.rows("select * from tokens") == []
    await service.resend_confirmation(ASK)
    assert len(letters()) == 1, "nothing is left that a link could confirm"
    await service.sign_up(form)
    opened = await service.confirm(letters()[-1].token, CLIENT)
    assert opened.landing == "/tipjar/dashboard"
