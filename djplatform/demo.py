"""Demo data: a DJ under each brand, made by the product's own use cases and the sandbox.

Nothing is written past the services except what has no use case yet (colleagues, the platform's
admin). Tips are paid on the sandbox's checkout; their webhooks arrive once the web process runs.
"""

import re
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from pydantic import SecretStr

from djplatform.core import clock
from djplatform.core.actor import Actor, Role
from djplatform.core.db import Scope, databases, unit
from djplatform.core.ids import new_id
from djplatform.features.accounts import service as accounts
from djplatform.features.accounts.dto import Client, SignUp
from djplatform.features.crowd import service as crowd
from djplatform.features.crowd.dto import CheckoutLinks, GiveTip
from djplatform.features.events import service as events
from djplatform.features.events.dto import StartTonight
from djplatform.features.payments import service as payments
from djplatform.features.payments.dto import Look, StartOnboarding
from djplatform.features.profiles import service as profiles
from djplatform.features.profiles.dto import UpdateProfile
from djplatform.forms import Visitor
from djplatform.settings import settings
from djplatform.worker import load_jobs

Connection = psycopg.Connection[tuple[Any, ...]]

PASSWORD = "spin-the-night-2026"  # the demo's, printed for everybody
_TOKEN = re.compile(r"token=([\w-]+)")
_MAIL = "select text from mails where recipient = %s order by created_at desc limit 1"


@dataclass(frozen=True, slots=True)
class Dj:
    """One demo tenant."""

    name: str
    email: str
    brand: str
    country: str
    town: str
    bio: str

    @property
    def product(self) -> str | None:
        """The product context; the neutral brand has none."""
        return None if self.brand == "neutral" else self.brand


DJS = (
    Dj(
        "Jay Martell",
        "jay@example.com",
        "tipjar",
        "GB",
        "Leeds",
        "House, garage, and one guilty pleasure a night",
    ),
    Dj("Maya Osei", "maya@example.com", "djdash", "US", "Atlanta", "Weddings that dance till two"),
    Dj("Ben Murray", "ben@example.com", "m10dj", "US", "Memphis", "Soul, disco and first dances"),
    Dj("Nova Reyes", "nova@example.com", "neutral", "ES", "Valencia", "Techno on the beach"),
)
MATE, VIEWER, ADMIN = "mina@example.com", "vic@example.com", "ada@example.com"
TIPS = (
    ("jay-martell", "20.00", "Ash Verma", "Best set of the year"),
    ("jay-martell", "5.00", "", ""),
    ("jay-martell", "50.00", "Marcus L.", "From the groomsmen"),
    ("jay-martell", "10.00", "Priya", "It’s her 30th at midnight"),
    ("maya-osei", "25.00", "Elena", "For the last song"),
)


async def seed() -> dict[str, Any]:
    """Fill an empty database, and say who can log in; an installation in use is left alone.

    A demo that was broken off is finished. The platform's admin comes last: with her it is whole.
    """
    here = settings()
    load_jobs()
    databases.configure(
        web=here.web_url.get_secret_value(), worker=here.worker_url.get_secret_value()
    )
    try:
        ours = _person_of(DJS[0].email) is not None
        if ours or not _people():
            if _person_of(ADMIN) is None:
                await _fill()
            return _invitation()
        return {}
    finally:
        await databases.close()


async def _fill() -> None:
    """Make what is missing; each step leaves alone what an earlier run has made."""
    owners = [await _dj(dj) for dj in DJS]
    jay = owners[0]
    await _colleague(jay, "Mina Park", MATE, Role.MEMBER)
    await _colleague(jay, "Vic Lund", VIEWER, Role.VIEWER)
    for owner, venue in zip(owners[:2], ("The Lantern Room", "The Orangery"), strict=True):
        async with unit(Scope.of(owner)) as tx:
            night = StartTonight(title="Saturday Social", venue=venue)
            await events.start_tonight(tx, owner, night)
    for tip in TIPS[_tips() :]:
        await _tip(*tip)
    await _admin()


async def _dj(dj: Dj) -> Actor:
    """Sign up, confirm, say the country, finish onboarding: what a person would do."""
    actor = await _person(dj.name, dj.email, dj.brand, dj.product)
    async with unit(Scope.of(actor)) as tx:
        await accounts.choose_country(tx, actor, dj.country)
    async with unit(Scope.of(actor)) as tx:
        found = UpdateProfile(stage_name=dj.name, bio=dj.bio, home_town=dj.town)
        await profiles.update_profile(tx, actor, found)
    back = accounts.address("127.0.0.1", "/payments/connect/return")
    link = await payments.start_onboarding(
        actor, StartOnboarding(return_url=back, refresh_url=back)
    )
    visitor = Visitor()
    try:
        await visitor.send(await visitor.get(link), {"choice": "test"}, follow=False)
    finally:
        await visitor.close()
    assert actor.organization_id is not None
    await payments.refresh_account(actor.organization_id, dj.brand)
    return actor


async def _person(name: str, email: str, brand: str, product: str | None) -> Actor:
    user_id = _person_of(email) or await _sign_up(name, email, brand, product)
    [held] = await accounts.organizations_of(user_id)
    return Actor(user_id, held.organization_id, held.role)


async def _sign_up(name: str, email: str, brand: str, product: str | None) -> UUID:
    site = accounts.address("127.0.0.1", "")
    password = SecretStr(PASSWORD)
    await accounts.sign_up(
        SignUp(name=name, email=email, password=password, site=site, brand=brand, product=product)
    )
    client = Client(brand, product, address="127.0.0.1", user_agent="demo")
    return (await accounts.confirm(_token_mailed_to(email), client)).user_id


async def _colleague(owner: Actor, name: str, email: str, role: Role) -> None:
    person = await _person(name, email, "tipjar", "tipjar")
    if person.organization_id == owner.organization_id:
        return
    with _owner() as connection:
        # The colleague works for Jay alone: an organization of one's own would be in the way.
        connection.execute("delete from sessions where user_id = %s", (person.user_id,))
        connection.execute(
            "delete from memberships where organization_id = %s", (person.organization_id,)
        )
        _hide(connection, person)
        connection.execute(
            "insert into memberships values (%s, %s, %s, %s)",
            (owner.organization_id, person.user_id, role.value, clock.now()),
        )


async def _admin() -> None:
    person = await _person("Ada Quist", ADMIN, "neutral", None)
    with _owner() as connection:
        connection.execute(
            "insert into platform_roles values (%s, 'platform_admin', %s, 'demo')",
            (person.user_id, clock.now()),
        )
        _hide(connection, person)


def _hide(connection: Connection, person: Actor) -> None:
    """Not everybody is on stage: no public page."""
    connection.execute(
        "update dj_profiles set published = false where organization_id = %s",
        (person.organization_id,),
    )


async def _tip(slug: str, amount: str, name: str, message: str) -> None:
    """A fan pays on the hosted checkout, with a test card."""
    page = accounts.address("127.0.0.1", f"/t/{slug}")
    links = CheckoutLinks(
        return_url=page + "/tips/{payment}", cancel_url=page, look=Look(brand_name="TipJar")
    )
    typed = GiveTip(amount=amount, guest_name=name, message=message)
    token = crowd.new_token()
    tip_id = crowd.tip_of(token) or new_id()
    checkout = await crowd.give_tip(slug, new_id(), tip_id, typed, links)
    visitor = Visitor()
    try:
        await visitor.send(await visitor.get(checkout), {}, follow=False)
    finally:
        await visitor.close()


def _invitation() -> dict[str, Any]:
    product = {"tipjar": "TipJar", "djdash": "DJ Dash", "m10dj": "M10 DJ", "neutral": "neutral"}
    people = [(f"{dj.name}, {product[dj.brand]}", dj.email) for dj in DJS]
    people += [
        ("Mina Park, works with Jay", MATE),
        ("Vic Lund, only looks", VIEWER),
        ("Ada Quist, platform admin", ADMIN),
    ]
    return {
        "log_ins": [{"who": who, "email": email, "password": PASSWORD} for who, email in people],
        "try": [
            "Tip Jay as a fan: {address}/t/jay-martell (the test card is filled in).",
            "Log in as Jay at {address}/login, open the booth, and tip from another window.",
            "Watch a night that plays itself: uv run djplatform play-night --url {address}",
            f"Read the mails that were sent: {settings().sandbox_public_url}/mail",
            f"See TipJar's own host: http://tipjar.localhost:{settings().link_port}",
        ],
    }


def _people() -> int:
    return _number("select count(*) from users")


def _tips() -> int:
    return _number("select count(*) from tips")


def _number(query: LiteralString) -> int:
    with _owner() as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _person_of(email: str) -> UUID | None:
    """Who has confirmed this address."""
    query = "select id from users where email = %s and email_verified_at is not null"
    with _owner() as connection:
        row = connection.execute(query, (email,)).fetchone()
    return row[0] if row else None


def _token_mailed_to(email: str) -> str:
    with _owner() as connection:
        row = connection.execute(_MAIL, (email,)).fetchone()
    found = _TOKEN.search(str(row[0]) if row else "")
    if found is None:
        raise RuntimeError(f"no confirmation was mailed to {email}")
    return found[1]


def _owner() -> Connection:
    """The owner's connection; what is done on it is done together."""
    return psycopg.connect(settings().owner_url.get_secret_value())
