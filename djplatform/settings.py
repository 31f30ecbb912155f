"""One typed Settings object; every value comes from the environment."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from limits import parse
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

ROOT = Path(__file__).resolve().parent.parent
BRANDS = ("tipjar", "djdash", "m10dj", "neutral")
"""Every brand has an account of its own at the payment vendor."""
_KEY_BYTES = 32


def _hex_key(key: SecretStr) -> SecretStr:
    """A key of ours. Unset is allowed here: each command says what it cannot do without."""
    text = key.get_secret_value()
    if text and (len(text) < 2 * _KEY_BYTES or not _is_hex(text)):
        raise ValueError(
            f"must be {_KEY_BYTES} bytes in hex; make one with: "
            'python -c "import secrets; print(secrets.token_hex())"'
        )
    return key


def _is_hex(text: str) -> bool:
    try:
        bytes.fromhex(text)
    except ValueError:
        return False
    return True


def _rate(text: str) -> str:
    try:
        parse(text)
    except ValueError as error:
        raise ValueError('must read like "10 per 15 minutes"') from error
    return text


def _known_brands(accounts: dict[str, "StripeAccount"]) -> dict[str, "StripeAccount"]:
    if unknown := set(accounts) - set(BRANDS):
        raise ValueError(
            f"no such brand: {', '.join(sorted(unknown))}; there are {', '.join(BRANDS)}"
        )
    return accounts


HexKey = Annotated[SecretStr, AfterValidator(_hex_key)]
Rate = Annotated[str, AfterValidator(_rate)]
Port = Annotated[int, Field(ge=1, le=65535)]
Count = Annotated[int, Field(ge=1)]


class StripeAccount(BaseModel):
    """One Stripe account: every brand has its own keys and its own webhook endpoints.

    `snapshot_secrets` and `thin_secrets` are lists because Stripe signs with the old and the
    new secret while an endpoint's secret is being rolled.
    """

    secret_key: SecretStr = SecretStr("")
    snapshot_secrets: list[SecretStr] = []
    thin_secrets: list[SecretStr] = []
    statement_prefix: str = ""
    country: str = "US"
    """Where the brand's own Stripe account is; payees of another region are charged for by name."""


class Settings(BaseSettings):
    """What the processes are told by `DJP_*` variables; `.env.example` lists them all."""

    model_config = SettingsConfigDict(
        env_prefix="DJP_",
        env_nested_delimiter="__",
        env_ignore_empty=True,  # a line of .env that was left empty means "not set"
        extra="ignore",
        populate_by_name=True,
    )

    data_dir: Path = ROOT / ".data"
    sandbox: bool = False
    sandbox_url: str = "http://127.0.0.1:8001"
    """Where our own processes reach the vendor simulators."""
    sandbox_public_url: str = "http://127.0.0.1:8001"
    """Where a person's browser reaches their pages (checkout, onboarding, mail)."""
    bind_address: str = "127.0.0.1"
    port: Port = 8000
    public_port: Port | None = None
    """Port in the links that we send out, when a proxy stands before us; else `port`."""
    public_scheme: Literal["http", "https"] = "http"
    trusted_proxy_hops: Annotated[int, Field(ge=0)] = 0
    """How many proxies before us may be believed about the visitor's address."""
    lan_host: str = ""
    """This machine in the local network (`up --lan`), a host of the neutral brand."""

    owner_url: Annotated[
        SecretStr, Field(validation_alias=AliasChoices("DATABASE_URL", "DJP_DATABASE_URL"))
    ] = SecretStr("")
    web_url: Annotated[SecretStr, Field(validation_alias="DATABASE_WEB_URL")] = SecretStr("")
    worker_url: Annotated[SecretStr, Field(validation_alias="DATABASE_WORKER_URL")] = SecretStr("")
    platform_url: Annotated[SecretStr, Field(validation_alias="DATABASE_PLATFORM_URL")] = SecretStr(
        ""
    )
    hub_url: Annotated[SecretStr, Field(validation_alias="DATABASE_HUB_URL")] = SecretStr("")
    sandbox_db_url: Annotated[SecretStr, Field(validation_alias="DATABASE_SANDBOX_URL")] = (
        SecretStr("")
    )
    pool_size: Count = 10
    """Connections that the web process keeps."""

    scope_key: HexKey = SecretStr("")
    """Hex key that signs database scopes; also in `app.scope_keys`, which only the owner reads."""
    scope_key_id: Count = 1
    signing_key: HexKey = SecretStr("")
    """Hex key for signed device ids and form tokens."""

    stripe: Annotated[dict[str, StripeAccount], AfterValidator(_known_brands)] = {}
    stripe_base: str = ""
    """Base address of Stripe's API; empty means Stripe itself."""
    resend_key: SecretStr = SecretStr("")
    resend_base: str = "https://api.resend.com"
    mail_from_domain: str = "mail.example.com"
    contact_email: str = ""
    """Where people write to us; empty means `help@` at the domain of our mails."""
    limit_login_account: Rate = "10 per 15 minutes"
    """Attempts to log in to one account, from wherever."""
    limit_login_address: Rate = "60 per 15 minutes"
    limit_signup_address: Rate = "30 per hour"
    limit_form_device: Rate = "20 per minute"
    """Tips, requests and other public forms sent by one device."""
    limit_form_address: Rate = "6000 per minute"
    """Wide: a venue of 2,000 guests sits behind one address."""
    limit_api: Rate = "600 per minute"
    """Calls of one person, else of one device, else of one address."""
    limit_rest: Rate = "300 per minute"
    """Calls of the REST API with one token."""
    limit_rest_refused: Rate = "60 per minute"
    """Calls of the REST API from one address with tokens that do not count."""
    limit_upload: Rate = "60 per hour"
    limit_sockets_address: Count = 200
    """Console sockets open at once from one address."""
    limit_handshakes_address: Rate = "240 per minute"

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_json: bool = True

    @property
    def contact_address(self) -> str:
        """The address that pages name for questions."""
        return self.contact_email or f"help@{self.mail_from_domain}"

    @property
    def link_port(self) -> int:
        """The port that stands in links."""
        return self.public_port or self.port


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()


def wrong_settings(error: ValidationError | SettingsError) -> list[str]:
    """Say of each variable what is wrong with it, and never its value, which may be a secret."""
    if isinstance(error, SettingsError):  # it names the field only
        field = re.search(r'field "(\w+)"', str(error))
        name = f"DJP_{field[1].upper()}…" if field else "A variable"
        return [f'{name}: a list must be written as JSON, like ["whsec_…"]']
    return [
        f"{_variable(one['loc'])}: {one['msg'].removeprefix('Value error, ')}"
        for one in error.errors(include_input=False)
    ]


def _variable(location: tuple[int | str, ...]) -> str:
    name = "__".join(str(part) for part in location).upper()
    return name if name.startswith("DATABASE_") else f"DJP_{name}"
