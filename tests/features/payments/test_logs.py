"""What the money path writes into logs, errors and the inbox: no card, no key, no client secret."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from djplatform.core.errors import AppError
from djplatform.core.logging import configure

CARDS = ("4242424242424242", "4000000000000002", "4000000000000259")


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Everything that the process would have written, by its own configuration."""
    root, written = logging.getLogger(), io.StringIO()
    before = root.handlers, root.level
    configure("worker")
    root.setLevel(logging.DEBUG)
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(written)
    yield written
    root.handlers, level = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.feature(34, "43/logs")
async def test_nothing_secret_is_written_on_the_way_of_a_payment(stage, logs):
    account = await stage.connect()
    payment = await stage.start()
    link = await stage.open(payment)
    for number in CARDS[1::-1]:
        await stage.press_pay(link, number=number)
    await stage.settle()
    await stage.control("fail", count=1, status=500, path="checkout/sessions")
    await stage.control(f"accounts/{account}", status="restricted")
    told: list[str] = []
    for _ in range(2):
        try:
            await stage.open(await stage.start())
        except AppError as error:
            told.append(f"{error!r} {error.__cause__!r}")
    await stage.settle()

    async with stage.sandbox.store.transaction() as rows:
        intents = await rows.find("payment_intent")
    secrets = [intent["client_secret"] for intent in intents]
    secrets += ["sk_test_tipjar_0123456789", "whsec_tipjar_snapshot", "whsec_tipjar_thin", *CARDS]
    written = logs.getvalue()
    assert "stripe.failed" in written
    assert len(told) == 2
    inbox = json.dumps([event["body"] for event in stage.events()])
    for place in (written, *told, inbox):
        assert [secret for secret in secrets if secret in place] == []
