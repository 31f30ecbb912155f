"""The proof as a whole: whom it picks, what it refuses, what it reports."""

import pytest

from djplatform.isolation.leak import Leak
from djplatform.isolation.people import CouldNotPrepare
from djplatform.isolation.prover import (
    NotTemporary,
    choose_tenants,
    lines,
    prove,
    refuse_strangers,
    report,
)
from djplatform.isolation.web_attacks import Result


def test_real_people_are_never_attacked(db, world, admin):
    refuse_strangers(admin)
    admin.execute("update users set email = 'jay@djs.co.uk' where email = 'owner@example.com'")
    with pytest.raises(NotTemporary, match="1 people"):
        refuse_strangers(admin)


def test_the_tenant_with_the_most_rows_is_the_victim(db, world, admin):
    chosen = choose_tenants(admin)
    assert (chosen.victim, chosen.other) == (world.a, world.b)
    assert (chosen.slug, chosen.brand, chosen.host) == (
        "jay-martell",
        "tipjar",
        "tipjar.localhost",
    )
    admin.execute("delete from memberships where organization_id = %s", (world.b,))
    admin.execute("delete from organizations where id = %s", (world.b,))
    with pytest.raises(CouldNotPrepare):
        choose_tenants(admin)


def test_the_report_counts_and_names():
    web = Result(routes=3, handlers=4, streams=5, leaks=())
    found = report({"tips": 15, "events": 16}, web, [])
    assert (found["tables"], found["attacks"], found["leaks"]) == (2, 43, [])
    assert list(lines(found))[-1] == "Nothing leaked and nothing changed."
    leaky = report({"tips": 15}, web, [Leak("GET /x", "anonymous", "answered 200")])
    assert list(lines(leaky))[-1] == "LEAK GET /x: anonymous: answered 200"


@pytest.mark.heavy
@pytest.mark.feature(9, 10, "B81/command", "147/attacked", "27/attacked")
def test_nothing_leaks_from_the_whole_product():
    found = prove()
    assert found["leaks"] == []
    assert found["tables"] >= 12
    assert min(found["on_each_table"].values()) >= 15
    assert min(found["on_routes"], found["on_handlers"], found["on_streams"]) > 100
