"""The forms around a log-in, as a browser without JavaScript uses them."""

import asyncio

import pytest

from djplatform.core.db import databases
from djplatform.ui import session
from tests.features.accounts.conftest import (
    EMAIL,
    NEW_PASSWORD,
    PASSWORD,
    log_in,
    signed_in,
)

FORM = {"name": "Jay Martell", "email": EMAIL, "password": PASSWORD}
COUNTS = """
select (select count(*) from users) as users,
       (select count(*) from organizations where kind = 'tenant') as organizations,
       (select count(*) from memberships) as memberships,
       (select count(*) from sessions where ended_at is null) as sessions
"""


@pytest.mark.feature("350/signup", "350/login")
@pytest.mark.parametrize(
    "path", ["/login", "/signup", "/signup/dj", "/forgot", "/verify/resend", "/refused"]
)
async def test_every_page_is_a_document_that_works_without_a_script(browser, path) -> None:
    page = await browser.get(path)
    assert page.status_code == (403 if path == "/refused" else 200)
    assert "TipJar" in page.text
    assert "<script src" not in page.text
    if path != "/refused":
        assert f'action="{path}"' in page.text
        assert 'method="post"' in page.text


@pytest.mark.feature(4, 5, "17", "6/tipjar", "350/signup")
@pytest.mark.parametrize("path", ["/signup", "/signup/dj"])
async def test_from_the_form_to_the_dashboard(site, db, letters, path) -> None:
    phone, laptop = site(), site()
    sent = await phone.post(path, data=FORM)
    assert sent.status_code == 200
    assert EMAIL in sent.text
    assert db.rows("select count(*) as n from sessions")[0]["n"] == 0
    [mail] = letters()
    assert (mail.to, mail.kind) == (EMAIL, "accounts.confirm")
    assert mail.sender.startswith("TipJar <")
    assert "http://tipjar.localhost:8000/verify?token=" in mail.text

    page = await laptop.get(mail.link)
    assert page.status_code == 200
    assert page.text.count("<button") == 1
    assert page.headers["cache-control"] == "no-store"
    again = await laptop.get(mail.link)
    assert again.status_code == 200, "a mail program that opens the link uses nothing up"

    done = await laptop.post("/verify", data={"token": mail.token})
    assert (done.status_code, done.headers["location"]) == (303, "/tipjar/dashboard")
    assert await signed_in(laptop)
    assert not await signed_in(phone)
    assert db.rows(COUNTS) == [{"users": 1, "organizations": 1, "memberships": 1, "sessions": 1}]
    [row] = db.rows(
        "select u.product_context as of_user, o.product_context as of_org, o.slug, o.name, m.role"
        " from memberships m join users u on u.id = m.user_id"
        " join organizations o on o.id = m.organization_id"
    )
    assert row == {
        "of_user": "tipjar",
        "of_org": "tipjar",
        "slug": "jay-martell",
        "name": "Jay Martell",
        "role": "owner",
    }


@pytest.mark.feature(5)
async def test_two_clicks_at_once_found_one_organization(site, db, letters) -> None:
    a, b = site(), site()
    await a.post("/signup", data=FORM)
    token = letters()[0].token
    answers = await asyncio.gather(*(c.post("/verify", data={"token": token}) for c in (a, b)))
    assert sorted(r.status_code for r in answers) == [303, 404]
    assert db.rows(COUNTS)[0]["organizations"] == 1
    repeated = await a.post("/verify", data={"token": token})
    assert repeated.status_code == 404
    assert db.rows(COUNTS) == [{"users": 1, "organizations": 1, "memberships": 1, "sessions": 1}]


@pytest.mark.feature(6)
@pytest.mark.parametrize(
    ("host", "product", "landing"),
    [
        ("tipjar.localhost", "tipjar", "/tipjar/dashboard"),
        ("djdash.localhost", "djdash", "/djdash/dashboard"),
        ("m10dj.localhost", "m10dj", "/admin/dashboard"),
        ("127.0.0.1", None, "/dashboard"),
        ("localhost", None, "/dashboard"),
    ],
)
async def test_each_product_lands_on_its_own_dashboard(
    site, db, sign_up, host, product, landing
) -> None:
    browser = site(host)
    assert (await sign_up(browser)).headers["location"] == landing
    assert db.rows("select product_context as p from users") == [{"p": product}]
    await browser.post("/logout")
    assert (await log_in(browser)).headers["location"] == landing
    assert (await log_in(site("tipjar.localhost"))).headers["location"] == landing


async def test_equal_names_get_different_addresses(site, db, sign_up) -> None:
    for n in range(3):
        await sign_up(site(), email=f"jay{n}@example.com")
    slugs = db.rows("select slug from organizations where kind = 'tenant' order by created_at")
    assert [row["slug"] for row in slugs] == ["jay-martell", "jay-martell-2", "jay-martell-3"]


@pytest.mark.feature("17/fields")
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " ", "Please type your name"),
        ("name", "x" * 10_000, "at most 80"),
        ("email", "jay", "does not look like"),
        ("email", "", "Please type your e-mail"),
        ("password", "short", "at least 10"),
        ("password", "password1234", "first that are guessed"),
    ],
)
async def test_errors_keep_what_was_typed_but_never_the_password(
    browser, db, letters, field, value, words
) -> None:
    answer = await browser.post("/signup", data={**FORM, field: value})
    assert answer.status_code == 422
    assert words in answer.text
    kept = {k: v for k, v in {**FORM, field: value}.items() if k != "password" and v.strip()}
    assert all(f'value="{v}"' in answer.text for v in kept.values())
    assert {**FORM, field: value}["password"] not in answer.text
    assert db.rows(COUNTS)[0]["users"] == 0
    assert letters() == []


async def test_html_in_a_name_stays_text(browser, letters) -> None:
    await browser.post("/signup", data={**FORM, "name": "<script>alert(1)</script>"})
    page = await browser.get(letters()[0].link)
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.feature("17/enumeration")
@pytest.mark.parametrize("path", ["/signup", "/forgot", "/verify/resend"])
async def test_known_and_unknown_addresses_are_answered_alike(site, sign_up, path) -> None:
    await sign_up(site())
    stranger = site()
    form = {"name": "Somebody", "password": NEW_PASSWORD}
    known = await stranger.post(path, data={**form, "email": EMAIL})
    unknown = await stranger.post(path, data={**form, "email": "new@example.com"})
    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text.replace("new@example.com", EMAIL)
    assert set(known.headers) == set(unknown.headers)


@pytest.mark.feature("17/enumeration")
async def test_a_failed_log_in_reads_alike(site, sign_up, letters) -> None:
    await sign_up(site())
    await site().post("/signup", data={**FORM, "email": "pending@example.com"})
    stranger = site()
    wrong = await log_in(stranger, "not the password")
    unknown = await log_in(stranger, "not the password", "new@example.com")
    pending = await log_in(stranger, PASSWORD, "pending@example.com")
    assert wrong.status_code == unknown.status_code == pending.status_code == 422
    assert wrong.text == unknown.text.replace("new@example.com", EMAIL)
    assert wrong.text == pending.text.replace("pending@example.com", EMAIL)


async def test_signing_up_again_with_a_known_address_makes_nothing(
    site, db, sign_up, letters
) -> None:
    await sign_up(site())
    before = db.rows(COUNTS), db.rows("select * from credentials")
    await site("djdash.localhost").post(
        "/signup", data={"name": "Thief", "email": "Jay@Example.com", "password": NEW_PASSWORD}
    )
    assert (db.rows(COUNTS), db.rows("select * from credentials")) == before
    mail = letters()[-1]
    assert (mail.to, mail.kind) == (EMAIL, "accounts.known_address")
    assert mail.sender.startswith("DJ Dash <")
    assert "at TipJar" in mail.text
    assert "http://tipjar.localhost:8000/login" in mail.text
    assert "token=" not in mail.text


async def test_a_strangers_earlier_sign_up_does_not_own_the_account(site, letters) -> None:
    await site().post("/signup", data={**FORM, "password": "the password of a thief"})
    owner = site()
    await owner.post("/signup", data=FORM)
    await owner.post("/verify", data={"token": letters()[1].token})
    thief = site()
    assert (await log_in(thief, "the password of a thief")).status_code == 422
    assert (await thief.post("/verify", data={"token": letters()[0].token})).status_code == 404
    assert (await log_in(site())).status_code == 303


@pytest.mark.feature("17/resend")
async def test_the_confirmation_is_sent_again(browser, letters) -> None:
    await browser.post("/signup", data=FORM)
    await browser.post("/verify/resend", data={"email": EMAIL})
    first, second = letters()
    assert first.token != second.token
    done = await browser.post("/verify", data={"token": second.token})
    assert done.status_code == 303
    assert (await browser.post("/verify", data={"token": first.token})).status_code == 404
    assert (await log_in(browser)).status_code == 303


async def test_nobody_can_fill_a_strangers_mailbox(site, letters, moment) -> None:
    for _ in range(8):
        await site().post("/signup", data=FORM)
        await site().post("/verify/resend", data={"email": EMAIL})
    assert len(letters()) == 5
    moment.forward(hours=1, seconds=1)
    await site().post("/verify/resend", data={"email": EMAIL})
    assert len(letters()) == 6


@pytest.mark.feature("17/links")
async def test_links_are_too_old_in_the_end(browser, letters, moment, sign_up) -> None:
    await browser.post("/signup", data=FORM)
    moment.forward(hours=47)
    assert (await browser.get(letters()[0].link)).status_code == 200
    moment.forward(hours=1)
    late = await browser.get(letters()[0].link)
    assert late.status_code == 404
    assert 'action="/verify/resend"' in late.text
    assert (await browser.post("/verify", data={"token": letters()[0].token})).status_code == 404
    await browser.post("/verify/resend", data={"email": EMAIL})
    assert (await browser.post("/verify", data={"token": letters()[1].token})).status_code == 303
    await browser.post("/forgot", data={"email": EMAIL})
    moment.forward(hours=1)
    assert (await browser.get(letters()[2].link)).status_code == 404
    over = await browser.post(
        "/reset", data={"token": letters()[2].token, "password": NEW_PASSWORD}
    )
    assert over.status_code == 404


@pytest.mark.feature(17)
async def test_register_confirm_log_in_log_out_and_reset(site, db, letters, sign_up) -> None:
    browser = site()
    await sign_up(browser)
    assert (await browser.post("/logout")).headers["location"] == "/"
    assert not await signed_in(browser)
    assert (await log_in(browser)).status_code == 303
    assert await signed_in(browser)

    forgetful = site()
    await forgetful.post("/forgot", data={"email": EMAIL})
    mail = letters()[-1]
    assert mail.kind == "accounts.reset"
    weak = await forgetful.post("/reset", data={"token": mail.token, "password": "qwertyuiop12"})
    assert weak.status_code == 422
    done = await forgetful.post("/reset", data={"token": mail.token, "password": NEW_PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/tipjar/dashboard")
    assert await signed_in(forgetful)
    assert not await signed_in(browser), "a reset ends every other session at once"
    assert letters()[-1].kind == "accounts.password_changed"
    used = await site().post("/reset", data={"token": mail.token, "password": PASSWORD})
    assert used.status_code == 404
    assert (await log_in(site())).status_code == 422
    assert (await log_in(site(), NEW_PASSWORD)).status_code == 303
    [kept] = db.rows("select password_hash from credentials")
    assert kept["password_hash"].startswith("$argon2id$")


@pytest.mark.feature(19)
async def test_a_log_in_never_takes_over_a_token(site, db, sign_up) -> None:
    browser = site()
    await sign_up(browser)
    first = browser.cookies["sid"]
    await log_in(browser)
    second = browser.cookies["sid"]
    assert first != second
    assert db.rows(COUNTS)[0]["sessions"] == 1, "the session of before ended"
    planted = site()
    planted.cookies.set("sid", "chosen-by-a-thief")
    await log_in(planted)
    kept = {row["token_hash"] for row in db.rows("select token_hash from sessions")}
    assert not kept & {first, second, "chosen-by-a-thief"}


@pytest.mark.feature(19)
async def test_a_token_is_renewed_each_day(site, moment, sign_up) -> None:
    browser, slow = site(), site()
    await sign_up(browser)
    old = browser.cookies["sid"]
    slow.cookies.set("sid", old)
    moment.forward(hours=23)
    await browser.get("/dashboard")
    assert browser.cookies["sid"] == old
    moment.forward(hours=2)
    session.sessions().forget()
    await browser.get("/dashboard")
    assert browser.cookies["sid"] != old
    assert await signed_in(slow), "an answer may be lost: the old token works for a while"
    session.sessions().forget()
    assert await signed_in(browser)
    moment.forward(minutes=2)
    session.sessions().forget()
    assert not await signed_in(slow), "and no longer once the new one was seen"
    assert await signed_in(browser)


@pytest.mark.feature(19)
async def test_an_idle_session_ends(browser, moment, sign_up) -> None:
    await sign_up(browser)
    for _ in range(5):
        moment.forward(days=29)
        session.sessions().forget()
        await browser.get("/dashboard")
        assert await signed_in(browser)
    moment.forward(days=30)
    session.sessions().forget()
    assert not await signed_in(browser)


@pytest.mark.feature("40/login")
async def test_too_many_log_ins_wait_for_the_account_from_anywhere(
    site, db, sign_up, environment
) -> None:
    environment(
        DJP_LIMIT_LOGIN_ACCOUNT="1000 per minute", DJP_LIMIT_LOGIN_ADDRESS="1000 per minute"
    )
    await sign_up(site())
    for n in range(10):
        answer = await log_in(site(address=f"198.51.100.{n}"), "not the password")
        assert answer.status_code == 422
    blocked = await log_in(site(address="198.51.100.99"))
    assert blocked.status_code == 429
    assert 0 < int(blocked.headers["retry-after"]) <= 900
    assert f'value="{EMAIL}"' in blocked.text
    assert "sid" not in blocked.cookies
    db.rows("update login_attempts set since = since - interval '15 minutes'")
    assert (await log_in(site())).status_code == 303
    assert db.rows("select * from login_attempts") == []


@pytest.mark.feature("40/login")
async def test_too_many_log_ins_wait_for_the_address(site, environment) -> None:
    environment(DJP_LIMIT_LOGIN_ADDRESS="3 per minute")
    for n in range(3):
        assert (await log_in(site(), email=f"a{n}@example.com")).status_code == 422
    blocked = await log_in(site(), email="b@example.com")
    assert blocked.status_code == 429
    assert int(blocked.headers["retry-after"]) > 0
    other = await log_in(site(address="192.0.2.7"), email="b@example.com")
    assert other.status_code == 422


@pytest.mark.feature("40/signup")
@pytest.mark.parametrize("path", ["/signup", "/forgot", "/verify/resend"])
async def test_too_many_sign_ups_wait_for_the_address(site, letters, environment, path) -> None:
    environment(DJP_LIMIT_SIGNUP_ADDRESS="2 per hour")
    for _ in range(2):
        await site().post(path, data=FORM)
    before = len(letters())
    blocked = await site().post(path, data=FORM)
    assert blocked.status_code == 429
    assert int(blocked.headers["retry-after"]) > 0
    assert len(letters()) == before


async def test_the_way_on_is_kept_and_stays_on_the_site(browser, sign_up) -> None:
    await sign_up(browser)
    await browser.post("/logout")
    page = await browser.get("/login", params={"next": "/booth/1?tab=2"})
    assert 'value="/booth/1?tab=2"' in page.text
    wrong = await log_in(browser, "not the password", next="/booth/1?tab=2")
    assert 'value="/booth/1?tab=2"' in wrong.text
    assert (await log_in(browser, next="/booth/1?tab=2")).headers["location"] == "/booth/1?tab=2"
    assert (await browser.get("/login?next=/booth/1")).headers["location"] == "/booth/1"
    for evil in ("//evil.example", "/\\evil.example", "https://evil.example"):
        answer = await log_in(browser, next=evil)
        assert answer.headers["location"] == "/tipjar/dashboard"


@pytest.mark.feature("19/cookie")
async def test_the_cookie_cannot_be_read_or_sent_elsewhere(site, sign_up, environment) -> None:
    cookie = (await sign_up(site())).headers["set-cookie"]
    assert cookie.startswith("sid=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    environment(DJP_PUBLIC_SCHEME="https")
    secure = (await log_in(site())).headers["set-cookie"]
    assert secure.startswith("__Host-sid=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(secure.split("; "))
    assert "domain" not in secure.lower()


async def test_behind_https_the_plain_cookie_counts_for_nothing(site, sign_up, environment) -> None:
    browser = site()
    await sign_up(browser)
    environment(DJP_PUBLIC_SCHEME="https")
    assert not await signed_in(browser)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://djdash.localhost:8000"])
async def test_a_form_of_another_site_is_refused(browser, sign_up, origin) -> None:
    await sign_up(browser)
    answer = await browser.post("/logout", headers={"origin": origin})
    assert answer.status_code == 403
    assert await signed_in(browser)


async def test_an_unknown_host_changes_nothing(site, db, letters) -> None:
    stranger = site("somebody.example")
    assert (await stranger.get("/signup")).status_code == 200
    assert (await stranger.post("/signup", data=FORM)).status_code == 421
    assert db.rows(COUNTS)[0]["users"] == 0
    assert letters() == []


@pytest.mark.feature("7/choice")
async def test_a_person_of_two_organizations_chooses(site, db, world, sign_up) -> None:
    browser = site()
    await sign_up(browser)
    [user] = db.rows("select id from users where email = %s", EMAIL)
    db.rows("insert into memberships values (%s, %s, 'member', now())", world.a, user["id"])
    await browser.post("/logout")
    assert (await log_in(browser)).headers["location"] == "/organizations"
    page = await browser.get("/organizations")
    assert "Jay Martell" in page.text
    assert "Northlight" not in page.text
    denied = await browser.post("/organizations", data={"organization": str(world.b)})
    assert denied.status_code == 404
    chosen = "select organization_id as id from sessions where ended_at is null"
    assert db.rows(chosen) == [{"id": None}]
    done = await browser.post("/organizations", data={"organization": str(world.a)})
    assert done.headers["location"] == "/tipjar/dashboard"
    assert db.rows(chosen) == [{"id": world.a}]
    bad = await browser.post("/organizations", data={"organization": "5"})
    assert bad.status_code == 422
    anonymous = await site().post("/organizations", data={"organization": str(world.a)})
    assert anonymous.headers["location"].startswith("/login")


async def test_a_suspended_person_is_out_at_once(site, db, sign_up) -> None:
    browser = site()
    await sign_up(browser)
    db.rows("update users set suspended_at = now()")
    session.sessions().forget()
    assert not await signed_in(browser)
    assert (await log_in(browser)).status_code == 422


async def test_without_a_database_nobody_is_let_in(browser, sign_up) -> None:
    await sign_up(browser)
    session.sessions().forget()
    await databases.close()
    answer = await browser.get("/organizations")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
