"""Both stores fulfil one protocol; and what only PostgreSQL can show: real concurrency."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace

import httpx
import pytest

from djplatform.sandbox.app import make_app
from djplatform.sandbox.faults import take_fault
from djplatform.sandbox.store import Rows, Store
from djplatform.sandbox.store_postgres import PostgresStore
from djplatform.sandbox.stripe import idempotency
from djplatform.sandbox.stripe.errors import ApiError
from tests.conftest import Cluster, TestDatabase
from tests.sandbox.conftest import PUBLIC, Bench, Guarded
from tests.sandbox.memory_store import MemoryStore
from tests.sandbox.test_tip_path import AT_ONCE, LATER

KEY = idempotency.Key("tipjar", "k", "p")


@pytest.fixture
def sandbox_url(cluster: Cluster) -> Iterator[str]:
    """A fresh database, as the sandbox's own login."""
    database = TestDatabase(cluster.clone(), cluster)
    yield database.url("djp_sandbox")
    cluster.drop(database.name)


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncGenerator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    kept = PostgresStore(request.getfixturevalue("sandbox_url"))
    await kept.open()
    await kept.open()  # a second start finds everything made
    yield kept
    await kept.close()


async def test_objects_are_kept_in_order_and_by_owner(store: Store) -> None:
    async with store.transaction() as rows:
        for number in range(5):
            await rows.put("thing", f"t{number}", {"n": number}, owner="ab"[number % 2])
        await rows.put("thing", "t0", {"n": 0, "again": True}, owner="a")
        assert not await rows.add("thing", "t0", {"n": 99})
    async with store.transaction() as rows:
        assert [one["n"] for one in await rows.find("thing")] == [4, 3, 2, 1, 0]
        assert [one["n"] for one in await rows.find("thing", owner="b")] == [3, 1]
        assert [one["n"] for one in await rows.find("thing", after="t3", limit=2)] == [2, 1]
        assert await rows.find("thing", after="nobody") == []
        assert await rows.find("thing", where={"n": 2}) == [{"n": 2}]
        assert await rows.get("thing", "t0") == {"n": 0, "again": True}
        await rows.remove("thing", "t0")
        await rows.remove("thing", "t0")
        assert await rows.get("thing", "t0") is None


async def test_what_is_due(store: Store) -> None:
    async with store.transaction() as rows:
        await rows.put("job", "late", {"id": "late"}, due_at=20.0)
        await rows.put("job", "soon", {"id": "soon"}, due_at=10.0)
        await rows.put("job", "done", {"id": "done"})
        assert [one["id"] for one in await rows.due("job", 15.0)] == ["soon"]
        assert [one["id"] for one in await rows.due("job", 30.0)] == ["soon", "late"]
        assert await rows.next_due(("job",)) == 10.0
        assert await rows.next_due(("nothing",)) is None


async def test_an_exception_undoes_everything(store: Store) -> None:
    with pytest.raises(LookupError):
        async with store.transaction() as rows:
            await rows.put("thing", "x", {"n": 1})
            raise LookupError
    async with store.transaction() as rows:
        assert await rows.get("thing", "x") is None


async def test_a_changed_copy_changes_nothing(store: Store) -> None:
    async with store.transaction() as rows:
        await rows.put("thing", "x", {"deep": {"n": 1}})
        found = await rows.get("thing", "x")
        assert found
        found["deep"]["n"] = 2
        assert await rows.get("thing", "x") == {"deep": {"n": 1}}


@pytest.fixture
async def postgres(bench: Bench, sandbox_url: str) -> AsyncGenerator[Bench]:
    """The same bench on PostgreSQL."""
    store = PostgresStore(sandbox_url)
    await store.open()
    sandbox = replace(bench.sandbox, store=store)
    guard = Guarded(make_app(sandbox, by_itself=False), bench.guard.contracts)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(guard), base_url=PUBLIC, follow_redirects=False
    ) as browser:
        yield Bench(sandbox, guard, bench.receiver, browser)
    bench.guard.problems += guard.problems
    await store.close()


async def test_ten_clicks_at_once_pay_once(postgres: Bench) -> None:
    session = await postgres.checkout()
    answers = await asyncio.gather(*(postgres.pay(session) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {303}
    await postgres.drain()
    assert postgres.receiver.types() == AT_ONCE + LATER


async def test_thirty_fans_at_once(postgres: Bench) -> None:
    payee = await postgres.payee()

    async def tip(number: int) -> None:
        session = await postgres.checkout(f"tip-{number}", destination=payee)
        assert (await postgres.pay(session)).status_code == 303

    await asyncio.gather(*(tip(number) for number in range(30)))
    await postgres.drain()
    assert sorted(postgres.receiver.types()) == sorted((AT_ONCE + LATER) * 30)
    told: dict[str, list[str]] = {}
    for hook in postgres.receiver.got:
        subject = hook.event.get("data", {}).get("object", {})
        if intent := subject.get("payment_intent"):
            told.setdefault(intent, []).append(hook.type)
    assert all(
        kinds == ["charge.succeeded", "checkout.session.completed", "charge.updated"]
        for kinds in told.values()
    )
    assert len(told) == 30
    balance = (await postgres.api("GET", "/v1/balance")).json()
    assert balance["available"][0]["amount"] == 30 * (48 - 45)


async def test_two_requests_under_one_key_at_once_conflict(postgres: Bench) -> None:
    started, go = asyncio.Event(), asyncio.Event()

    async def slow(rows: object) -> dict[str, int]:
        started.set()
        await go.wait()
        return {"made": 1}

    first = asyncio.create_task(idempotency.once(postgres.sandbox, KEY, slow))
    await started.wait()
    with pytest.raises(ApiError) as refused:
        await idempotency.once(postgres.sandbox, KEY, slow)
    assert (refused.value.status, refused.value.code) == (409, "idempotency_key_in_use")
    go.set()
    assert await first == ({"made": 1}, False)
    assert await idempotency.once(postgres.sandbox, KEY, slow) == ({"made": 1}, True)


async def test_a_request_that_fails_frees_its_key(postgres: Bench) -> None:
    async def broken(rows: object) -> dict[str, int]:
        raise ApiError(400, "no")

    async def works(rows: object) -> dict[str, int]:
        return {"made": 1}

    with pytest.raises(ApiError):
        await idempotency.once(postgres.sandbox, KEY, broken)
    other = replace(KEY, fingerprint="q")
    assert await idempotency.once(postgres.sandbox, other, works) == ({"made": 1}, False)


@pytest.mark.parametrize("keeps", [True, False])
async def test_a_request_that_breaks_in_its_midst_is_remembered_by_v1(
    postgres: Bench, keeps: bool
) -> None:
    key = replace(KEY, keeps_failures=keeps)

    async def breaks(rows: Rows) -> dict[str, int]:
        await rows.put("thing", "x", {"made": 1})
        raise ApiError(500, "An unknown error occurred.", kind="api_error")

    async def works(rows: Rows) -> dict[str, int]:
        return {"made": 1}

    with pytest.raises(ApiError, match="unknown error"):
        await idempotency.once(postgres.sandbox, key, breaks)
    async with postgres.sandbox.store.transaction() as rows:
        assert await rows.get("thing", "x") is None
    if not keeps:
        assert await idempotency.once(postgres.sandbox, key, works) == ({"made": 1}, False)
        return
    with pytest.raises(ApiError, match="unknown error"):
        await idempotency.once(postgres.sandbox, key, works)
    with pytest.raises(ApiError, match="same parameters"):
        await idempotency.once(postgres.sandbox, replace(key, fingerprint="q"), works)


async def test_no_more_faults_are_taken_than_were_planned(postgres: Bench) -> None:
    await postgres.control("fail", count=3, status=500)
    taken = await asyncio.gather(*(take_fault(postgres.sandbox, "/x") for _ in range(12)))
    assert len([fault for fault in taken if fault]) == 3
