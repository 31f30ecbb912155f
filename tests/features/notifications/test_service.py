"""The mail outbox: with the transaction, once, and silent about what it said afterwards."""

import pytest

from djplatform.core.db import Scope, unit
from djplatform.core.errors import VendorRefused, VendorUnavailable
from djplatform.features.notifications import rules, service
from djplatform.features.notifications.dto import Letter, QueueMail

LETTER = Letter(
    subject="Confirm your e-mail",
    greeting="Hello <b>Jay</b>,",
    paragraphs=("one more step.",),
    button="Confirm",
    link="https://tipjar.example.com/verify?token=secret&x=1",
    closing="The link works for a day.",
)
MAIL = QueueMail(kind="accounts.confirm", to="jay@example.com", brand_name="TipJar", letter=LETTER)
ROWS = "select status, text, html, external_id, failure from mails"


class Post:
    """A mail service that remembers what it was given, and may fail."""

    def __init__(self) -> None:
        self.sent = []
        self.failures: list[Exception] = []

    async def send(self, mail, *, idempotency_key: str) -> str:
        self.sent.append((mail, idempotency_key))
        if self.failures:
            raise self.failures.pop(0)
        return "re_1"


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    post = Post()
    monkeypatch.setattr(service, "client", lambda: post)
    return post


async def queue() -> object:
    async with unit(Scope.identity()) as tx:
        return await service.queue_mail(tx, MAIL)


async def test_a_mail_goes_out_once_and_forgets_its_words(db, drain, post) -> None:
    mail_id = await queue()
    await drain()
    [(mail, key)] = post.sent
    assert (mail.to, mail.sender, key) == (
        "jay@example.com",
        "TipJar <hello@mail.example.com>",
        str(mail_id),
    )
    assert "token=secret" in mail.text
    assert db.rows(ROWS) == [
        {"status": "sent", "text": "", "html": "", "external_id": "re_1", "failure": ""}
    ]
    await service.send_mail(mail_id)
    assert len(post.sent) == 1


async def test_a_rolled_back_change_sends_nothing(db, drain, post) -> None:
    with pytest.raises(RuntimeError, match="crash"):
        async with unit(Scope.identity()) as tx:
            await service.queue_mail(tx, MAIL)
            raise RuntimeError("crash")
    await drain()
    assert post.sent == []


@pytest.mark.feature("89/mail")
async def test_the_same_key_is_used_after_a_failure(db, post) -> None:
    mail_id = await queue()
    post.failures = [VendorUnavailable()]
    with pytest.raises(VendorUnavailable):
        await service.send_mail(mail_id)
    await service.send_mail(mail_id)
    assert [key for _, key in post.sent] == [str(mail_id)] * 2


async def test_a_refused_mail_is_not_tried_again(db, drain, post) -> None:
    await queue()
    post.failures = [VendorRefused("no such domain")]
    await drain()
    assert db.rows(ROWS)[0]["failure"] == "no such domain"
    assert db.rows(ROWS)[0]["html"] == ""


async def test_members_cannot_read_the_outbox(world, db) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import ProgrammingError

    async with unit(Scope.of(world.owner)) as tx:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await tx.session.execute(text("select * from mails"))


def test_html_escapes_every_word() -> None:
    html = rules.as_html(LETTER, "Tip<Jar>")
    assert "<b>" not in html
    assert "&lt;b&gt;Jay" in html
    assert "token=secret&amp;x=1" in html
    assert "Tip<Jar>" not in html


@pytest.mark.parametrize("name", ['TipJar" <x@evil.com>', "A\r\nBcc: b@evil.com", "Tip, Jar"])
def test_a_name_cannot_add_an_address(name: str) -> None:
    sender = rules.sender(name, "mail.example.com")
    assert sender.count("@") == 1
    assert sender.endswith(" <hello@mail.example.com>")
    assert "\n" not in sender
