"""How often something may be tried."""

import pytest
import time_machine

from djplatform.core.actor import ANONYMOUS, Actor
from djplatform.core.errors import TooManyAttempts
from djplatform.core.ids import new_id
from djplatform.core.limits import Limits

START = "2026-11-21T20:00:00Z"


@pytest.fixture(autouse=True)
def settings_of_one_test(environment):
    environment(
        DJP_LIMIT_LOGIN_ACCOUNT="3 per 15 minutes",
        DJP_LIMIT_LOGIN_ADDRESS="5 per 15 minutes",
        DJP_LIMIT_SIGNUP_ADDRESS="2 per hour",
        DJP_LIMIT_API="4 per minute",
        DJP_LIMIT_UPLOAD="1 per hour",
    )


async def refused(call, *arguments, times: int) -> TooManyAttempts:
    """The refusal after so many that pass."""
    for _ in range(times):
        await call(*arguments)
    with pytest.raises(TooManyAttempts) as caught:
        await call(*arguments)
    return caught.value


@pytest.mark.feature("40/separate")
async def test_log_in_is_limited_by_account_and_by_address():
    limits = Limits()
    for number in range(3):
        await limits.log_in("Jay@Example.com", f"10.0.0.{number}")
    with pytest.raises(TooManyAttempts):
        await limits.log_in(" jay@example.COM", "10.0.0.9")
    for number in range(4):
        await limits.log_in(f"other{number}@example.com", "10.0.0.9")
    with pytest.raises(TooManyAttempts):
        await limits.log_in("fresh@example.com", "10.0.0.9")


async def test_the_owner_who_gets_in_starts_anew():
    limits = Limits()
    for _ in range(3):
        await limits.log_in("jay@example.com", "10.0.0.1")
    await limits.logged_in("JAY@example.com")
    await limits.log_in("jay@example.com", "10.0.0.1")


@pytest.mark.feature("40/separate")
async def test_three_limits_are_separate_and_say_when_to_try_again(environment):
    limits = Limits()
    person = Actor(user_id=new_id())
    with time_machine.travel(START, tick=False):
        api = await refused(limits.api, person, "10.0.0.1", times=4)
        upload = await refused(limits.upload, person, "10.0.0.1", times=1)
        signup = await refused(limits.sign_up, "10.0.0.1", times=2)
        await limits.api(Actor(user_id=new_id()), "10.0.0.1")
    assert api.status == upload.status == signup.status == 429
    assert 0 < api.retry_after <= 60
    assert 0 < upload.retry_after <= 3600
    assert 0 < signup.retry_after <= 3600


async def test_a_limit_ends():
    limits = Limits()
    with time_machine.travel(START, tick=False) as clock:
        error = await refused(limits.api, ANONYMOUS, "10.0.0.1", times=4)
        clock.shift(2 * error.retry_after + 60)
        await limits.api(ANONYMOUS, "10.0.0.1")


@pytest.mark.feature("40/venue")
async def test_a_full_venue_behind_one_address_passes(environment):
    environment(DJP_LIMIT_FORM_DEVICE="20 per minute", DJP_LIMIT_FORM_ADDRESS="6000 per minute")
    limits = Limits()
    with time_machine.travel(START, tick=False):
        for _ in range(2000):
            await limits.public_form(new_id(), "203.0.113.1")


async def test_one_device_that_floods_is_stopped_alone(environment):
    environment(DJP_LIMIT_FORM_DEVICE="5 per minute")
    limits = Limits()
    device = new_id()
    await refused(limits.public_form, device, "203.0.113.1", times=5)
    await limits.public_form(new_id(), "203.0.113.1")
    await limits.public_form(None, "203.0.113.1")


async def test_reset_forgets():
    limits = Limits()
    await refused(limits.upload, ANONYMOUS, "10.0.0.1", times=1)
    await limits.reset()
    await limits.upload(ANONYMOUS, "10.0.0.1")
