"""An address that nobody registered shows no form that it would refuse."""

import re

import pytest

STRANGE = "not-ours.example"


@pytest.mark.feature("3/unknown")
@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/login?next=/earnings",
        "/signup",
        "/signup/dj",
        "/forgot",
        "/verify/resend",
        "/verify?token=abc",
        "/reset?token=abc",
        "/organizations",
    ],
)
async def test_every_form_gives_way_to_the_real_address(site, path: str) -> None:
    answer = await site(STRANGE).get(path)
    assert answer.status_code == 200
    assert "This address is not connected to us" in answer.text
    assert "<form" not in answer.text
    assert '<meta name="robots" content="noindex">' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    [link] = re.findall(r'href="(http://localhost:8000/[^"]+)"', answer.text.split("<main", 1)[1])
    assert link == f"http://localhost:8000{path}"


async def test_what_the_forms_would_have_sent_changes_nothing(site, db, letters) -> None:
    stranger = site(STRANGE)
    fields = {"name": "Eve", "email": "eve@example.com", "password": "four words in a row"}
    for path in ("/signup", "/login", "/forgot"):
        assert (await stranger.post(path, data=fields)).status_code == 421
    assert db.rows("select id from users") == []
    assert letters() == []


async def test_our_own_hosts_keep_their_forms(site) -> None:
    for host in ("localhost", "tipjar.localhost", "127.0.0.1"):
        assert "<form" in (await site(host).get("/login")).text
