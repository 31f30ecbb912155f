"""Opening a session: the same way after a log-in, a confirmation and a reset."""

from djplatform.core import clock
from djplatform.core.crypto import new_secret, secret_hash
from djplatform.core.db import Tx
from djplatform.core.ids import new_id
from djplatform.features.accounts import paths, rules
from djplatform.features.accounts.dto import Client, OpenedSession
from djplatform.features.accounts.models import Session, User
from djplatform.features.accounts.repo import organizations as organization_repo
from djplatform.features.accounts.repo import sessions as session_repo

_USER_AGENT = 400


async def open_session(tx: Tx, user: User, client: Client) -> OpenedSession:
    """Open a session with a token of its own: one from before the log-in is never taken over."""
    held = await organization_repo.held_by(tx, user.id)
    roles = [rules.HeldRole(one.organization_id, one.product) for one in held]
    chosen = rules.chosen_at_log_in(roles, client.product)
    token, at = new_secret(), clock.now()
    session = Session(
        id=new_id(),
        user_id=user.id,
        token_hash=secret_hash(token),
        organization_id=chosen,
        brand=client.brand,
        address=client.address,
        user_agent=client.user_agent[:_USER_AGENT],
        created_at=at,
        rotated_at=at,
        seen_at=at,
    )
    await session_repo.add(tx, session)
    if chosen is None and held:
        landing = paths.ORGANIZATIONS
    else:
        products = {one.organization_id: one.product for one in held}
        landing = paths.landing(products.get(chosen) if chosen else user.product_context)
    return OpenedSession(session.id, token, user.id, landing)
