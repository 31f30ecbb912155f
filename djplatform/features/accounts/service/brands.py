"""Brands and the hosts that show them."""

from djplatform.core import clock
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.ids import PLATFORM_ORGANIZATION
from djplatform.features.accounts.dto import NEUTRAL, BrandSeen, OrganizationView
from djplatform.features.accounts.repo import organizations as repo
from djplatform.settings import settings


async def brand_for_host(host: str) -> BrandSeen | None:
    """The brand that a host (lower case, no port) shows; None when nobody registered it."""
    async with unit(Scope.public()) as tx:
        return await repo.brand_of_host(tx, host)


async def brand(tx: Tx, key: str) -> BrandSeen:
    """A brand by its key."""
    return await repo.brand(tx, key)


async def main_brand() -> BrandSeen:
    """The platform's own brand, whose host is the way in from an address that is not ours."""
    async with unit(Scope.public()) as tx:
        return await repo.brand(tx, NEUTRAL)


async def organization_by_slug(tx: Tx, slug: str) -> OrganizationView | None:
    """A tenant by the address of its public pages. Runs in a public or guest scope."""
    return await repo.by_slug(tx, slug)


async def register_host(host: str, brand_key: str) -> None:
    """Let a host show a brand: `up --lan`, or a new brand's domain. Needs the worker's login."""
    async with unit(Scope.system(PLATFORM_ORGANIZATION)) as tx:
        await repo.register_host(tx, host, brand_key, clock.now())


def address(host: str, path: str) -> str:
    """Absolute address of a path on a host, for links in mails."""
    here = settings()
    default = 443 if here.public_scheme == "https" else 80
    port = "" if here.link_port == default else f":{here.link_port}"
    return f"{here.public_scheme}://{host}{port}{path}"
