"""A URL of another login is understood by PostgreSQL's library and by SQLAlchemy alike."""

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import create_engine

from djplatform.core.db.bootstrap import with_login
from djplatform.core.db.engine import sqlalchemy_url

SOCKET = "/tmp/A DJ's + Ünïcode 🎧 100%/socket"


@pytest.mark.parametrize(
    ("admin", "host", "port"),
    [
        (make_conninfo(host=SOCKET, port=5432, user="postgres"), SOCKET, "5432"),
        ("postgresql://postgres@/postgres?host=/run/db", "/run/db", None),
        ("postgresql://boss:old@db.example.com:6432/x", "db.example.com", "6432"),
        ("postgresql://boss@db.example.com/x?sslmode=require", "db.example.com", None),
        ("postgresql://boss@[::1]:5433/x", "::1", "5433"),
        ("postgresql://boss@one:5432,two:5433/x?target_session_attrs=any", "one,two", "5432,5433"),
    ],
)
def test_a_login_keeps_the_server_and_its_options(admin: str, host: str, port: str | None) -> None:
    url = with_login(admin, "djp_web", "p@ss/w:rd +%", "dj/platform")
    by_library = {k: v for k, v in conninfo_to_dict(url).items() if v is not None}
    wanted = {k: v for k, v in conninfo_to_dict(admin).items() if v is not None}
    wanted |= {"user": "djp_web", "password": "p@ss/w:rd +%", "dbname": "dj/platform"}
    assert by_library == wanted
    assert (by_library["host"], by_library.get("port")) == (host, port)
    engine = create_engine(sqlalchemy_url(url))
    _, by_sqlalchemy = engine.dialect.create_connect_args(engine.url)
    assert {k: str(v) for k, v in by_sqlalchemy.items() if k != "context"} == wanted
