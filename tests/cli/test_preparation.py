"""A database of our own or of somebody else, made ready; and what is refused."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from djplatform.cli import checks_database, preparation
from djplatform.cli.app import run
from djplatform.cli.output import say
from djplatform.core.db import embedded
from djplatform.core.db.login_check import ways_past_policies
from djplatform.core.db.roles import DATABASE, LOGINS, statements
from djplatform.core.secrets import Serving


@dataclass(frozen=True)
class Theirs:
    """A PostgreSQL that is not ours: it has an owner who may or may not create roles."""

    server: embedded.Embedded

    def owner(self, *, may_create_roles: bool) -> str:
        name = "boss" if may_create_roles else "clerk"
        extra = "createrole" if may_create_roles else "nocreaterole"
        with psycopg.connect(self.server.superuser_url, autocommit=True) as connection:
            connection.execute(f"create role {name} login {extra} password 'theirs'")
            connection.execute(f"create database {name} owner {name}")
        return self.server.login_url(name, "theirs", name)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*preparation.VARIABLES, "DJP_SANDBOX", "DJP_SCOPE_KEY", preparation.PREPARED):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    embedded.remove(tmp_path / "data")


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[Theirs]:
    data = tmp_path / "theirs"
    server = embedded.start(data, test=True)
    yield Theirs(server)
    server.stop()
    embedded.remove(data)


def test_the_embedded_database_is_made_ready_again_and_again(place: Path) -> None:
    for _ in range(2):
        prepared = preparation.prepare(Serving(place), say)
        assert prepared.serving.sandbox, "without keys the vendors are simulated"
        with psycopg.connect(prepared.urls["djp_web"]) as connection:
            assert connection.info.user == "djp_web"
        assert ways_past_policies(prepared.urls["djp_web"], forbidden=("djp_system",)) == []
        prepared.close()
    assert not embedded.running(place)


def test_children_get_the_persons_environment_but_not_the_owners_url(
    theirs: Theirs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", theirs.owner(may_create_roles=True))
    monkeypatch.setenv("DJP_STRIPE__TIPJAR__SECRET_KEY", "sk_live_theirs")
    prepared = preparation.prepare(Serving(tmp_path / "ours"), say)
    web = prepared.environment("web")
    assert prepared.server is None
    assert "DATABASE_URL" not in web
    assert "DATABASE_WORKER_URL" not in web
    assert "DJP_SANDBOX" not in web, "the sandbox is chosen, never fallen into"
    assert web["DJP_STRIPE__TIPJAR__SECRET_KEY"] == "sk_live_theirs"
    assert prepared.environment("tools")["DATABASE_URL"] == prepared.urls["owner"]


@pytest.mark.parametrize(
    ("said", "kept_in"),
    [
        ({"PYTHONDONTWRITEBYTECODE": "1"}, "{place}/bytecode"),
        ({}, "None"),
        ({"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/theirs"}, "/theirs"),
    ],
)
def test_a_child_compiles_once_also_where_nothing_may_stand_beside_the_sources(
    place: Path, said: dict[str, str], kept_in: str
) -> None:
    environment = preparation.compiled_once(said, place)
    (place / "module.py").parent.mkdir(parents=True)
    (place / "module.py").write_text("")
    look = "import module, sys; print(sys.pycache_prefix, module.__cached__)"
    child = subprocess.run(
        [sys.executable, "-c", look], cwd=place, env=environment, capture_output=True, check=True
    )
    prefix, compiled = child.stdout.decode().split()
    assert prefix == kept_in.format(place=place)
    assert Path(compiled).exists() == (said.get("PYTHONPYCACHEPREFIX") is None)


@pytest.mark.parametrize("who", ["owner", "superuser", "worker"])
def test_a_web_login_that_could_bypass_policies_is_refused(
    theirs: Theirs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    owner = theirs.owner(may_create_roles=True)
    monkeypatch.setenv("DATABASE_URL", owner)
    first = preparation.prepare(Serving(tmp_path / "ours"), say)
    urls = {
        "owner": owner,
        "superuser": theirs.server.login_url("postgres", "", "boss"),
        "worker": first.urls["djp_worker"],
    }
    monkeypatch.setenv("DATABASE_WEB_URL", urls[who])
    with pytest.raises(preparation.CannotStartError, match="would not be held by the row policies"):
        preparation.prepare(Serving(tmp_path / "ours"), say)


def test_an_owner_who_may_create_no_roles_is_told_the_sql(
    theirs: Theirs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", theirs.owner(may_create_roles=False))
    with pytest.raises(
        preparation.CannotStartError, match=r"(?s)create role djp_web.*DATABASE_WEB"
    ):
        preparation.prepare(Serving(tmp_path / "ours"), say)


@pytest.mark.parametrize("may_create_roles", [True, False])
def test_a_scope_key_that_is_being_changed_keeps_its_number(
    theirs: Theirs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may_create_roles: bool
) -> None:
    owner = theirs.owner(may_create_roles=may_create_roles)
    monkeypatch.setenv("DATABASE_URL", owner)
    if not may_create_roles:
        with psycopg.connect(theirs.server.superuser_url, autocommit=True) as connection:
            for statement in statements({login.name: "theirs" for login in LOGINS}):
                connection.execute(statement)
        for login, variable in preparation.LOGIN_VARIABLES.items():
            monkeypatch.setenv(variable, theirs.server.login_url(login, "theirs", "clerk"))
    preparation.prepare(Serving(tmp_path / "ours"), say)
    monkeypatch.setenv("DJP_SCOPE_KEY", "ab" * 32)
    monkeypatch.setenv("DJP_SCOPE_KEY_ID", "2")
    prepared = preparation.prepare(Serving(tmp_path / "ours"), say)
    with psycopg.connect(owner) as connection:
        found = connection.execute("select id, encode(key, 'hex') from app.scope_keys order by id")
        rows = found.fetchall()
    assert rows == [(1, prepared.secrets.scope_key), (2, "ab" * 32)]
    assert prepared.environment("web")["DJP_SCOPE_KEY_ID"] == "2"


def test_an_address_of_a_database_that_is_none_is_said_and_not_repeated(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "hunter2-without-a-scheme")
    assert run(["migrate", "--data-dir", str(place)]) == 1
    assert run(["doctor", "--json", "--data-dir", str(place)]) == 1
    told = capsys.readouterr()
    assert "DATABASE_URL is no address of a PostgreSQL" in told.err
    assert "postgresql://owner:password@host" in told.out
    assert "hunter2" not in told.out + told.err


def test_doctor_says_what_is_wrong_in_the_settings(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DJP_TRUSTED_PROXY_HOPS", "-1")
    assert run(["doctor", "--data-dir", str(place)]) == 1
    assert "PROBLEM  settings" in (said := capsys.readouterr().out)
    assert "DJP_TRUSTED_PROXY_HOPS" in said


def test_doctor_tells_a_live_vendor_from_one_that_is_half_set_up_or_off(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("DJP_RESEND_KEY", "re_x")
    monkeypatch.setenv("DJP_STRIPE__TIPJAR__SECRET_KEY", "sk_live_x")
    monkeypatch.setenv("DJP_STRIPE__M10DJ__SECRET_KEY", "sk_live_x")
    for kind in ("SNAPSHOT", "THIN"):
        monkeypatch.setenv(f"DJP_STRIPE__M10DJ__{kind}_SECRETS", '["whsec_x"]')
    run(["doctor", "--json", "--data-dir", str(place)])
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    said = {one["name"]: one for one in found["checks"]}
    assert said["stripe of m10dj"]["detail"] == said["mail"]["detail"] == "live"
    assert said["stripe of djdash"]["state"] == "off"
    assert said["stripe of tipjar"]["state"] == "problem"
    assert "DJP_STRIPE__TIPJAR__THIN_SECRETS" in said["stripe of tipjar"]["mend"]


def test_doctor_before_and_after_the_first_start(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["doctor", "--json", "--data-dir", str(place)]
    assert run(words) == 0
    before = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {one["name"]: one["state"] for one in before["checks"]}["database"] == "off"
    preparation.prepare(Serving(place), say).close()
    assert run(words) == 0
    after = json.loads(capsys.readouterr().out.splitlines()[-1])
    states = {one["name"]: one["state"] for one in after["checks"]}
    for name in ("database", "migrations", "roles", "policies", "inbox", "web login"):
        assert states[name] == "ok", name
    assert {"organizations", "memberships"} <= {row["table"] for row in after["policies"]}
    assert not embedded.running(place), "doctor leaves nothing running"


def test_doctor_finds_what_is_wrong(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepared = preparation.prepare(Serving(place), say)
    assert prepared.server
    admin = prepared.server.login_url("postgres", "", DATABASE)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("alter role djp_web bypassrls inherit")
        connection.execute("create table forgotten (id int)")
        connection.execute("update alembic_version set version_num = 'older'")
        connection.execute(
            "insert into inbox (id, provider, account, external_id, type, body, received_at) "
            "values (gen_random_uuid(), 'stripe', 'tipjar', 'evt_1', 'x', '{}', "
            "now() - interval '6 minutes')"
        )
    assert run(["doctor", "--data-dir", str(place), "--json"]) == 1
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    said = {one["name"]: one for one in found["checks"] if one["state"] == "problem"}
    assert set(said) == {"migrations", "roles", "policies", "inbox", "web login"}
    assert "forgotten" in said["policies"]["detail"]
    assert all(one["mend"] for one in said.values())
    prepared.close()


def test_doctor_says_when_the_database_is_not_there() -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    found = list(checks_database.database(url, url))
    assert [(one.name, one.state) for one in found] == [("database", "problem")]


def test_grant_admin_wants_somebody_who_has_signed_up(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared = preparation.prepare(Serving(place), say)
    assert prepared.server
    words = ["grant-admin", "Ada@Example.com", "--data-dir", str(place)]
    assert run(words) == 1
    assert "Sign up first" in capsys.readouterr().err
    admin = prepared.server.login_url("postgres", "", DATABASE)
    with psycopg.connect(admin, autocommit=True, row_factory=dict_row) as connection:
        connection.execute(
            "insert into users (id, email, display_name, created_at) "
            "values (gen_random_uuid(), 'ada@example.com', 'Ada', now())"
        )
        assert run(words) == run(words) == 0
        rows = connection.execute("select role, granted_by from platform_roles").fetchall()
    assert rows == [{"role": "platform_admin", "granted_by": "grant-admin"}]
    prepared.close()
