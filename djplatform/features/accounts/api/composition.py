"""What the web process has to know of accounts: sessions, API tokens, hosts, workplaces."""

from uuid import UUID

from djplatform.core.actor import Actor
from djplatform.features.accounts import service
from djplatform.features.accounts.dto import BrandSeen, SessionView
from djplatform.rest.gate import Caller
from djplatform.ui import session
from djplatform.ui.console import Workplace
from djplatform.ui.hosts import BrandView
from djplatform.ui.session import SignedIn
from djplatform.ui.site import Site


class KeptSessions:
    """The accounts feature as the place where sessions are kept."""

    async def by_token(self, token: str) -> SignedIn | None:
        """See `session.SessionSource`."""
        return _signed(await service.session_by_token(token))

    async def by_id(self, session_id: UUID) -> SignedIn | None:
        """See `session.SessionSource`."""
        return _signed(await service.session_by_id(session_id))

    async def renew(self, token: str) -> str | None:
        """See `session.SessionSource`."""
        return await service.renew(token)


def _signed(found: SessionView | None) -> SignedIn | None:
    return SignedIn(found.session_id, found.actor, found.rotate) if found else None


async def authenticate(secret: str) -> Caller | None:
    """For whom a program calls that shows this API token, for the REST API."""
    found = await service.api_caller(secret)
    return Caller(found.token_id, found.actor) if found else None


async def resolve_host(host: str) -> BrandView | None:
    """The brand of a host, for the host table of the web process."""
    found = await service.brand_for_host(host)
    return brand_view(found) if found else None


def brand_view(found: BrandSeen) -> BrandView:
    """A brand as pages need it."""
    return BrandView(
        key=found.key,
        name=found.name,
        landing=found.landing,
        host=found.host,
        organization_id=found.organization_id,
        from_name=found.from_name,
    )


async def describe_workplace(actor: Actor) -> Workplace:
    """Who works where, for the frame around every console."""
    found = await service.workplace(actor)
    return Workplace(
        person=found.person,
        organization=found.organization,
        brand=found.brand,
        brand_name=found.brand_name,
        landing=found.landing,
    )


def compose(site: Site) -> None:
    """Say where sessions, API tokens and hosts come from, and who works where."""
    session.configure(KeptSessions())
    site.identify = session.identify
    site.authenticate = authenticate
    site.resolve_host = resolve_host
    site.describe_workplace = describe_workplace
