"""What the account page knows of API tokens, and what it can do with them."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from djplatform.core.actor import Permission, Role
from djplatform.core.errors import AppError, InvalidInput
from djplatform.core.ids import parse_id
from djplatform.features.accounts import service
from djplatform.features.accounts.dto import ApiTokenRow, CreateApiToken, IssuedApiToken
from djplatform.ui import t
from djplatform.ui.guard import action, current_actor
from djplatform.ui.reflex_seam import forget


@dataclass
class TokenRow:
    """An API token, ready to show; moments are ISO 8601 or empty."""

    id: str
    name: str
    ending: str
    organization: str
    role: str
    live: bool
    expires: str
    seen: str
    previous: str
    """Until when the secret of before still counts."""


class ApiTokens(rx.State):
    """One's own tokens and the form for another; whose they are comes from the session alone."""

    tokens: rx.Field[list[TokenRow]] = rx.field(default_factory=list)
    secret: str = ""
    """Shown once: it travels in one answer, and is forgotten here before the next."""
    secret_of: str = ""
    name_error: str = ""
    role_error: str = ""
    days_error: str = ""
    problem: str = ""
    done: str = ""
    form_key: int = 0

    @action(Permission.ACCOUNT_SELF)
    async def open_tokens(self) -> None:
        """Show the tokens as they are kept."""
        self._say()
        await self._read_tokens()

    @action(Permission.ACCOUNT_SELF)
    async def create_token(self, form_data: dict[str, Any]) -> Any:
        """Make a token for the organization of the session; its secret is told this once."""
        command = CreateApiToken(
            name=str(form_data.get("name", "")),
            role=str(form_data.get("role", "")),
            days=str(form_data.get("days", "")),
        )
        try:
            issued = await service.create_api_token(current_actor(self), command)
        except InvalidInput as error:
            self._say(errors=error.fields)
            return
        except AppError as error:
            self._say(problem=error.message)
            return
        self._say()
        # A new key makes empty fields: what was typed is a token now.
        self.form_key += 1
        await self._read_tokens()
        self._tell(issued)
        yield
        forget(self, secret="")

    @action(Permission.ACCOUNT_SELF)
    async def rotate_token(self, api_token_id: str, at_once: bool) -> Any:
        """Give a token another secret; the one before goes on for a day, or ends at once."""
        found = parse_id(api_token_id)
        if found is None:
            return
        try:
            issued = await service.rotate_api_token(
                current_actor(self), found, at_once=bool(at_once)
            )
        except AppError as error:
            self._say(problem=error.message)
            return
        self._say()
        await self._read_tokens()
        self._tell(issued)
        yield
        forget(self, secret="")

    @action(Permission.ACCOUNT_SELF)
    async def revoke_token(self, api_token_id: str) -> None:
        """End a token."""
        found = parse_id(api_token_id)
        if found is None:
            return
        try:
            await service.revoke_api_token(current_actor(self), found)
        except AppError as error:
            self._say(problem=error.message)
            return
        self._say(done=t("The token was revoked. Whatever used it is refused from now on."))
        await self._read_tokens()

    @action(Permission.ACCOUNT_SELF)
    async def put_secret_away(self) -> None:
        """Take the secret off the page, too."""
        self._say()

    def _tell(self, issued: IssuedApiToken) -> None:
        self.secret, self.secret_of = issued.secret, issued.name

    def _say(
        self, *, done: str = "", problem: str = "", errors: dict[str, str] | None = None
    ) -> None:
        """What is right or wrong; a secret that is still shown goes with it."""
        found = errors or {}
        self.name_error = found.get("name", "")
        self.role_error = found.get("role", "")
        self.days_error = found.get("days", "")
        self.problem, self.done = problem, done
        self.secret = self.secret_of = ""

    async def _read_tokens(self) -> None:
        self.tokens = [_row(one) for one in await service.api_tokens(current_actor(self))]


def _row(token: ApiTokenRow) -> TokenRow:
    return TokenRow(
        id=str(token.id),
        name=token.name,
        ending=token.ending,
        organization=token.organization,
        role={
            Role.VIEWER: t("Viewer"),
            Role.MEMBER: t("Member"),
            Role.ADMIN: t("Admin"),
        }[token.role],
        live=token.live,
        expires=token.expires_at.isoformat(),
        seen=token.seen_at.isoformat() if token.seen_at else "",
        previous=token.previous_until.isoformat() if token.previous_until else "",
    )
