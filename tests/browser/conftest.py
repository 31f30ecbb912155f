"""One whole product for all browser tests, people with phones and desks, and its books."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.async_api import Browser, expect
from psycopg.rows import dict_row

from djplatform.browser import ARGUMENTS, chromium_path
from djplatform.core.db import embedded
from djplatform.core.db.roles import DATABASE
from djplatform.temporary import Product, temporary_product
from tests.browser.person import PATIENCE_MS, Person, arrive

expect.set_options(timeout=PATIENCE_MS)
TEST_SECONDS, CLOSE_SECONDS = 360, 30
"""Playwright reads a page without a limit: it waits for one that never comes to rest."""

Books = Callable[..., list[dict[str, Any]]]
Somebody = Callable[..., Awaitable[Person]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, and give it an end."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if inspect.iscoroutinefunction(item.obj):
                item.obj = limited(item.obj)


def limited(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The same test, which fails where it hangs."""

    @wraps(test)
    async def run(*given: Any, **named: Any) -> None:
        async with asyncio.timeout(TEST_SECONDS):
            await test(*given, **named)

    return run


@pytest.fixture(scope="package")
def product() -> Iterator[Product]:
    """`djplatform up` with its demo people, in a folder of its own."""
    with temporary_product() as running:
        yield running


@pytest.fixture(scope="package")
def books(product: Product) -> Iterator[Books]:
    """Asks the product's database as its superuser, who sees past every policy."""
    server = embedded.start(product.data_dir)
    url = psycopg.conninfo.make_conninfo(server.superuser_url, dbname=DATABASE)

    def ask(query: str, *values: object) -> list[dict[str, Any]]:
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    yield ask
    server.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The machine's Chromium; told to look at nothing but the pages it is sent to."""
    return {"executable_path": chromium_path(), "args": list(ARGUMENTS)}


@pytest.fixture
async def somebody(browser: Browser, product: Product) -> AsyncIterator[Somebody]:
    """`await somebody(size="phone", brand="tipjar", email=…)`.

    At the end all were quiet, and no frame of any test carried a cookie.
    """
    people: list[Person] = []

    async def come(*, email: str = "", **how: Any) -> Person:
        person = await arrive(browser, product, **how)
        people.append(person)
        if email:
            await person.log_in(email)
        return person

    yield come
    async with asyncio.timeout(CLOSE_SECONDS):
        for person in people:
            await person.remember_secrets()
            await person.context.close()
    for person in people:
        person.watch.assert_quiet()
