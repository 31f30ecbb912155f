"""The attack over HTTP on a running temporary product: routes, event handlers, streams."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from djplatform.core.actor import Role
from djplatform.isolation.catalog import Connection, Table
from djplatform.isolation.inventory import Inventory
from djplatform.isolation.leak import Leak
from djplatform.isolation.people import Fan, Person, give_token, hire, tip
from djplatform.isolation.planting import plant_rows, plant_secrets
from djplatform.isolation.route_attacks import attack_routes
from djplatform.isolation.scene import Caller, Scene
from djplatform.isolation.socket_attacks import attack_handlers
from djplatform.isolation.stream_attacks import attack_streams, published_channels
from djplatform.isolation.victim import Victim, ids_of
from djplatform.isolation.watch import Watch, Watched


@dataclass(frozen=True, slots=True)
class Tenants:
    """The two organizations, and how the victim is visited."""

    victim: UUID
    other: UUID
    slug: str
    other_slug: str
    brand: str
    host: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """API tokens: the attackers' own, and what the victim has, had, or gave away in part."""

    outsider: str
    viewer: str
    expired: str
    revoked: str
    looking: str
    """May only look, whatever its owner may."""
    owner: str

    @property
    def of_victim(self) -> tuple[str, ...]:
        """Those that nobody else may ever see."""
        return (self.expired, self.revoked, self.looking, self.owner)


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who takes part."""

    owner: Person
    viewer: Person
    outsider: Person
    fan: Fan
    other_fan: Fan
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Result:
    """How much was tried, and what was found."""

    routes: int
    handlers: int
    streams: int
    leaks: tuple[Leak, ...]

    @property
    def attempts(self) -> int:
        """All attempts together."""
        return self.routes + self.handlers + self.streams


async def gather(connection: Connection, tenants: Tenants, port: int) -> People:
    """Give every part of the play to somebody."""
    site = f"http://{tenants.host}:{port}"
    owner = await hire(connection, "victim", tenants.victim, Role.OWNER, site)
    viewer = await hire(connection, "viewer", tenants.victim, Role.VIEWER, site)
    outsider = await hire(connection, "outsider", tenants.other, Role.OWNER, site)
    return People(
        owner=owner,
        viewer=viewer,
        outsider=outsider,
        tokens=_tokens(connection, tenants, owner, viewer, outsider),
        other_fan=await tip(site, tenants.other_slug, "another fan"),
        # The last one, so that the newest tip and payment are his.
        fan=await tip(site, tenants.slug, "the fan"),
    )


def _tokens(
    connection: Connection, tenants: Tenants, owner: Person, viewer: Person, outsider: Person
) -> Tokens:
    """A token of each kind; the victim's last, because the newest ids are those attacked."""
    here = tenants.victim
    return Tokens(
        outsider=give_token(connection, outsider, tenants.other, Role.ADMIN),
        viewer=give_token(connection, viewer, here, Role.ADMIN),
        expired=give_token(connection, owner, here, Role.ADMIN, over="expires_at"),
        revoked=give_token(connection, owner, here, Role.ADMIN, over="revoked_at"),
        looking=give_token(connection, owner, here, Role.VIEWER),
        owner=give_token(connection, owner, here, Role.ADMIN),
    )


def prepare(
    connection: Connection, tenants: Tenants, people: People
) -> tuple[list[Table], dict[str, str]]:
    """Plant rows and secrets; gives the tenant tables and the secrets with their places."""
    tables = plant_rows(connection, tenants.victim)
    secrets = plant_secrets(connection, tables, tenants.victim)
    kept = {
        people.owner.email: "users.email",
        people.owner.cookie.partition("=")[2]: "the owner's session",
        people.fan.cookie.partition("=")[2]: "the fan's device",
    }
    kept |= dict.fromkeys(people.tokens.of_victim, "the victim's API token")
    for column, table in (("password_hash", "credentials"), ("token_hash", "sessions")):
        query = f"select {column} from {table} where user_id = %s"
        row = connection.execute(query.encode(), (people.owner.user,)).fetchone()
        if row:
            kept[str(row[0])] = f"{table}.{column}"
    return tables, secrets | {text: place for text, place in kept.items() if text}


def stage(
    connection: Connection,
    tenants: Tenants,
    people: People,
    inventory: Inventory,
    tables: list[Table],
    secrets: Mapping[str, str],
    port: int,
) -> Scene:
    """Everything in its place, before the first attempt."""
    victim = Victim(
        tenants.victim,
        ids_of(connection, tables, tenants.victim),
        _known(connection, tenants, people),
    )
    return Scene(
        port=port,
        host=tenants.host,
        inventory=inventory,
        victim=victim,
        secrets=secrets,
        watch=Watch(connection, tables, _watched(connection, tenants, people, victim)),
        callers=[
            Caller("anonymous"),
            Caller("another fan's device", people.other_fan.cookie),
            Caller("outsider", is_guest=False, renew=people.outsider.signed_in),
            Caller("viewer", may_read=True, is_guest=False, renew=people.viewer.signed_in),
        ],
        programs=_programs(people),
        owner=Caller(
            "the owner", token=people.tokens.owner, is_guest=False, renew=people.owner.signed_in
        ),
        fan=Caller("the fan", people.fan.cookie),
        other_organization=str(tenants.other),
    )


def _programs(people: People) -> list[Caller]:
    """Who tries the REST API; what counts as a guest there must be refused everything."""
    tokens = people.tokens
    return [
        Caller("a program without a token"),
        Caller("the victim's own cookie without a token", renew=people.owner.signed_in),
        Caller("the victim's expired token", token=tokens.expired),
        Caller("the victim's revoked token", token=tokens.revoked),
        Caller("the outsider's program", token=tokens.outsider, is_guest=False),
        Caller("the viewer's program", token=tokens.viewer, may_read=True, is_guest=False),
        Caller("the victim's looking program", token=tokens.looking, may_read=True, is_guest=False),
    ]


def _known(connection: Connection, tenants: Tenants, people: People) -> dict[str, tuple[str, ...]]:
    owner = str(people.owner.user)
    session = connection.execute(
        "select id::text from sessions where user_id = %s and ended_at is null", (owner,)
    ).fetchone()
    return {
        "slug": (tenants.slug,),
        "user": (owner,),
        "member": (owner,),
        "email": (people.owner.email,),
        "session": (str(session[0]) if session else "",),
        "device": (_device(connection, tenants.victim),),
        "token": (people.fan.token,),
        "brand": (tenants.brand,),
        "kind": ("snapshot", "thin"),
        "role": ("viewer", "owner"),
    }


def _device(connection: Connection, victim: UUID) -> str:
    """The device of the newest tip, which is the fan's."""
    query = "select device_id::text from tips where organization_id = %s order by id::text desc"
    row = connection.execute(query, (victim,)).fetchone()
    return str(row[0]) if row else ""


def _watched(connection: Connection, tenants: Tenants, people: People, victim: Victim) -> Watched:
    rows = connection.execute(
        "select u.id, u.email from users u join memberships m on m.user_id = u.id"
        " where m.organization_id = %s and u.id <> %s",
        (tenants.victim, people.viewer.user),
    ).fetchall()
    accounts = connection.execute(
        "select external_id from connected_accounts"
        " where organization_id = %s and external_id is not null",
        (tenants.victim,),
    ).fetchall()
    ids = [one for some in victim.ids.values() for one in some]
    return Watched(
        organization=tenants.victim,
        people=[row[0] for row in rows],
        addresses=[str(row[1]) for row in rows],
        device=UUID(victim.known["device"][0]),
        names=[str(tenants.victim), *ids, *(str(row[0]) for row in accounts)],
    )


async def attack_web(connection: Connection, scene: Scene) -> Result:
    """Try everything, and count."""
    await scene.settle()
    names = [str(scene.victim.organization), *(i for s in scene.victim.ids.values() for i in s)]
    await attack_streams(scene, published_channels(connection, names))
    streams = scene.attempts
    await attack_handlers(scene)
    handlers = scene.attempts - streams
    await attack_routes(scene)
    await scene.settle()
    routes = scene.attempts - streams - handlers
    return Result(routes, handlers, streams, tuple(scene.leaks))
