"""Sign-ups at the same moment, and links that are over, against the running product."""

import asyncio
import re

import httpx
import pytest

from djplatform.forms import Visitor, forms_of
from tests.journeys.running import Running, until

PASSWORD = "correct horse battery"


async def sign_up(running: Running, browser: Visitor, email: str) -> None:
    form = await browser.get(running.page("/signup"))
    typed = {"name": "Twin Decks", "email": email, "password": PASSWORD}
    assert (await browser.send(form, typed)).status_code == 200


async def mailed_link(running: Running, email: str) -> str:
    """The link of the mail that reached the outbox of the sandbox."""

    def sent() -> list[dict]:
        return running.rows(
            "select text from mails where recipient = %s and sent_at is not null"
            " order by created_at desc",
            email,
        )

    await until(lambda: bool(sent()), f"a mail to {email}")
    async with httpx.AsyncClient() as client:
        outbox = await client.get(f"{running.product.sandbox_url}/mail.json", params={"to": email})
    link = re.search(r"https?://\S+", outbox.json()["data"][0]["text"])
    assert link
    return link[0]


@pytest.mark.feature("17/sign-up", "5/at-once")
async def test_equal_names_at_the_same_moment_get_an_address_each(running: Running) -> None:
    emails = [f"twin{number}@example.com" for number in range(4)]
    browsers = [running.visitor() for _ in emails]
    await asyncio.gather(
        *(sign_up(running, b, email) for b, email in zip(browsers, emails, strict=True))
    )
    links = await asyncio.gather(*(mailed_link(running, email) for email in emails))
    pages = [await b.get(link) for b, link in zip(browsers, links, strict=True)]
    landed = await asyncio.gather(
        *(b.send(page, {}, follow=False) for b, page in zip(browsers, pages, strict=True))
    )
    assert [answer.headers["location"] for answer in landed] == ["/tipjar/dashboard"] * 4
    found = running.rows(
        "select o.slug, count(*) as members from organizations o"
        " join memberships m on m.organization_id = o.id join users u on u.id = m.user_id"
        " where u.email like 'twin%%' group by o.id"
    )
    assert len({row["slug"] for row in found}) == 4
    assert {row["members"] for row in found} == {1}
    assert min(len(row["slug"]) for row in found) == len("twin-decks")


@pytest.mark.feature("17/links")
async def test_an_old_link_offers_a_new_one_which_works(running: Running) -> None:
    browser, email = running.visitor(), "late@example.com"
    await sign_up(running, browser, email)
    old = await mailed_link(running, email)
    running.rows(
        "update tokens set expires_at = now() - interval '1 minute' where user_id ="
        " (select id from users where email = %s)",
        email,
    )
    over = await browser.get(old)
    assert over.status_code in (404, 410)
    assert "does not work any more" in over.text
    assert forms_of(over.text)[0].action == "/verify/resend"
    await browser.send(over, {"email": email})
    await until(lambda: mails_to(running, email) == 2, "another mail")
    new = await mailed_link(running, email)
    landed = await browser.send(await browser.get(new), {}, follow=False)
    assert landed.headers["location"] == "/tipjar/dashboard"
    used = await browser.get(new)
    assert "does not work any more" in used.text


def mails_to(running: Running, email: str) -> int:
    return running.value(
        "select count(*) from mails where recipient = %s and sent_at is not null", email
    )
