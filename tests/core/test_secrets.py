"""Secrets are drawn once, kept for their owner only, and told to nobody who needs them not."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from djplatform.core import secrets
from djplatform.core.db.roles import LOGINS, OWNER
from djplatform.settings import Settings

URLS = {name: f"postgresql://{name}@/djplatform" for name in (x.name for x in LOGINS)} | {
    "owner": "postgresql://djp_owner@/djplatform"
}


def test_they_are_drawn_once_and_only_the_owner_may_read_them(tmp_path: Path) -> None:
    first = secrets.load_or_create(tmp_path)
    assert secrets.load_or_create(tmp_path) == first
    assert stat.S_IMODE((tmp_path / secrets.FILE).stat().st_mode) == 0o600
    assert len(bytes.fromhex(first.scope_key)) == len(bytes.fromhex(first.signing_key)) == 32
    assert set(first.passwords) == {OWNER, *(login.name for login in LOGINS)}
    assert secrets.load_or_create(tmp_path / "other").scope_key != first.scope_key


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: secrets.load_or_create(tmp_path), range(16)))
    assert all(one == found[0] for one in found)


def test_a_login_and_a_brand_that_came_later_are_added(tmp_path: Path) -> None:
    first = secrets.load_or_create(tmp_path)
    path = tmp_path / secrets.FILE
    old = json.loads(path.read_text())
    del old["passwords"]["djp_hub"], old["stripe"]["m10dj"], old["resend_key"]
    path.write_text(json.dumps(old))
    second = secrets.load_or_create(tmp_path)
    assert second.scope_key == first.scope_key
    assert second.passwords["djp_web"] == first.passwords["djp_web"]
    assert second.stripe["tipjar"] == first.stripe["tipjar"]
    assert second.passwords["djp_hub"]
    assert second.stripe["m10dj"]
    assert secrets.load_or_create(tmp_path) == second


@pytest.mark.parametrize("text", ["", "{", '{"scope_key": 5}'])
def test_a_broken_file_is_not_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / secrets.FILE
    path.write_text(text)
    with pytest.raises(secrets.BrokenSecretsError, match=r"Restore it from a backup"):
        secrets.load_or_create(tmp_path)
    assert path.read_text() == text


def test_the_environment_is_what_the_settings_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = secrets.load_or_create(tmp_path)
    serving = secrets.Serving(tmp_path, port=8010, sandbox_port=8020, sandbox=True)
    for name, value in secrets.environment(drawn, URLS, serving, "tools").items():
        monkeypatch.setenv(name, value)
    read = Settings()
    assert read.sandbox
    assert read.port == 8010
    assert read.stripe_base == "http://127.0.0.1:8020/stripe"
    assert read.owner_url.get_secret_value() == URLS["owner"]
    assert read.web_url.get_secret_value() == URLS["djp_web"]
    assert set(read.stripe) == set(secrets.BRANDS)
    tipjar = read.stripe["tipjar"]
    assert tipjar.secret_key.get_secret_value() == drawn.stripe["tipjar"].secret_key
    assert tipjar.thin_secrets[0].get_secret_value() == drawn.stripe["tipjar"].thin_secret
    assert drawn.scope_key not in repr(read)


def test_no_process_is_told_more_than_it_needs(tmp_path: Path) -> None:
    drawn = secrets.load_or_create(tmp_path)
    serving = secrets.Serving(tmp_path, sandbox=True)
    told = {
        role: secrets.environment(drawn, URLS, serving, role)
        for role in ("web", "worker", "sandbox")
    }
    urls = {role: {k for k in env if k.startswith("DATABASE_")} for role, env in told.items()}
    assert urls == {
        "web": {"DATABASE_WEB_URL", "DATABASE_PLATFORM_URL", "DATABASE_HUB_URL"},
        "worker": {"DATABASE_WORKER_URL", "DATABASE_PLATFORM_URL"},
        "sandbox": {"DATABASE_SANDBOX_URL"},
    }


def test_without_the_sandbox_no_vendor_is_pointed_anywhere(tmp_path: Path) -> None:
    drawn = secrets.load_or_create(tmp_path)
    told = secrets.environment(drawn, URLS, secrets.Serving(tmp_path), "web")
    assert not [name for name in told if "STRIPE" in name or "RESEND" in name or "SANDBOX" in name]


def test_on_the_local_network_the_sandbox_pages_are_reached_by_its_address(tmp_path: Path) -> None:
    drawn = secrets.load_or_create(tmp_path)
    serving = secrets.Serving(tmp_path, sandbox=True, lan_host="192.168.1.7")
    told = secrets.environment(drawn, URLS, serving, "web")
    assert told["DJP_BIND_ADDRESS"] == "0.0.0.0"
    assert told["DJP_SANDBOX_PUBLIC_URL"] == "http://192.168.1.7:8001"
    assert told["DJP_STRIPE_BASE"] == "http://127.0.0.1:8001/stripe", "ours stay on the machine"
