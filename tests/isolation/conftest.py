"""The people of an attack through SQL, and the superuser who looks at what became of it."""

import psycopg
import pytest

from djplatform.isolation.sql_attacks import Cast
from tests.conftest import SCOPE_KEY


@pytest.fixture
def admin(db):
    with psycopg.connect(db.url("postgres"), autocommit=True) as connection:
        yield connection


@pytest.fixture
def cast(world) -> Cast:
    return Cast(
        victim=world.a,
        other=world.b,
        owner=world.owner.user_id,
        viewer=world.viewer.user_id,
        outsider=world.outsider.user_id,
        key=bytes.fromhex(SCOPE_KEY),
    )
