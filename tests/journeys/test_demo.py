"""The demo: made by the product's own use cases, finished when broken off, then left alone."""

from functools import partial
from typing import Any

import pytest

from djplatform import demo
from djplatform.forms import Visitor
from tests.journeys.house import House

PEOPLE = """
    select u.email, o.slug, m.role from users u
    left join memberships m on m.user_id = u.id
    left join organizations o on o.id = m.organization_id
    order by 1"""
WHOLE = [
    ("ada@example.com", "ada-quist", "owner"),
    ("ben@example.com", "ben-murray", "owner"),
    ("jay@example.com", "jay-martell", "owner"),
    ("maya@example.com", "maya-osei", "owner"),
    ("mina@example.com", "jay-martell", "member"),
    ("nova@example.com", "nova-reyes", "owner"),
    ("vic@example.com", "jay-martell", "viewer"),
]
BOOKS = "select amount_minor, guest_name, status from tips order by created_at"


@pytest.fixture
def seeding(house: House, environment: Any, monkeypatch: pytest.MonkeyPatch) -> House:
    """The demo's browser walks through the house, and its owner is the database's."""
    environment(DATABASE_URL=house.db.url("postgres"))
    monkeypatch.setattr(demo, "Visitor", partial(Visitor, transport=house.network))
    return house


def people(house: House) -> list[tuple[str, str, str]]:
    return [tuple(row.values()) for row in house.db.rows(PEOPLE)]


@pytest.mark.parametrize(
    ("step", "times"), [("_sign_up", 1), ("_dj", 3), ("_colleague", 1), ("_tip", 2), ("_admin", 0)]
)
async def test_a_demo_that_was_broken_off_is_finished_and_nothing_doubled(
    seeding: House, monkeypatch: pytest.MonkeyPatch, step: str, times: int
) -> None:
    real, done = getattr(demo, step), []

    async def break_off(*arguments: Any) -> Any:
        if len(done) == times:
            raise KeyboardInterrupt
        done.append(arguments)
        return await real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(demo, step, break_off)
        with pytest.raises(KeyboardInterrupt):
            await demo.seed()
    assert people(seeding) != WHOLE

    invitation = await demo.seed()
    assert people(seeding) == WHOLE
    assert {one["email"] for one in invitation["log_ins"]} == {email for email, _, _ in WHOLE}
    assert len(seeding.db.rows(BOOKS)) == len(demo.TIPS)
    nights = seeding.db.rows("select title, status from events")
    assert nights == [{"title": "Saturday Social", "status": "live"}] * 2
    accounts = seeding.db.rows("select count(*) as n from connected_accounts where ready")
    assert accounts == [{"n": len(demo.DJS)}]


async def test_a_demo_in_use_is_left_alone(seeding: House) -> None:
    await demo.seed()
    seeding.db.rows("update events set status = 'ended', ended_at = now()")
    before = people(seeding), seeding.db.rows(BOOKS)
    assert (await demo.seed())["log_ins"]
    assert (people(seeding), seeding.db.rows(BOOKS)) == before
    assert seeding.db.rows("select 1 from events where status = 'live'") == []


async def test_a_database_of_other_people_is_left_alone(seeding: House, world: Any) -> None:
    before = people(seeding)
    assert await demo.seed() == {}
    assert people(seeding) == before
