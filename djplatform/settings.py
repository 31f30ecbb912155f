"""One typed Settings object; every value comes from the environment."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


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
        env_prefix="DJP_", env_nested_delimiter="__", extra="ignore", populate_by_name=True
    )

    data_dir: Path = ROOT / ".data"
    sandbox: bool = False
    sandbox_url: str = "http://127.0.0.1:8001"
    """Where our own processes reach the vendor simulators."""
    sandbox_public_url: str = "http://127.0.0.1:8001"
    """Where a person's browser reaches their pages (checkout, onboarding, mail)."""
    bind_address: str = "127.0.0.1"
    port: int = 8000
    public_port: int | None = None
    """Port in the links that we send out, when a proxy stands before us; else `port`."""
    public_scheme: str = "http"
    trusted_proxy_hops: int = 0
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
    pool_size: int = 10

    scope_key: SecretStr = SecretStr("")
    """Hex key that signs database scopes; also in `app.scope_keys`, which only the owner reads."""
    scope_key_id: int = 1
    signing_key: SecretStr = SecretStr("")
    """Key for signed device ids and form tokens."""

    stripe: dict[str, StripeAccount] = {}
    stripe_base: str = ""
    """Base address of Stripe's API; empty means Stripe itself."""
    resend_key: SecretStr = SecretStr("")
    resend_base: str = "https://api.resend.com"
    mail_from_domain: str = "mail.example.com"
    limit_login_account: str = "10 per 15 minutes"
    """Attempts to log in to one account, from wherever."""
    limit_login_address: str = "60 per 15 minutes"
    limit_signup_address: str = "30 per hour"
    limit_form_device: str = "20 per minute"
    """Tips, requests and other public forms sent by one device."""
    limit_form_address: str = "6000 per minute"
    """Wide: a venue of 2,000 guests sits behind one address."""
    limit_api: str = "600 per minute"
    """Calls of one person, else of one device, else of one address."""
    limit_rest: str = "300 per minute"
    """Calls of the REST API with one token."""
    limit_rest_refused: str = "60 per minute"
    """Calls of the REST API from one address with tokens that do not count."""
    limit_upload: str = "60 per hour"
    limit_sockets_address: int = 200
    """Console sockets open at once from one address."""
    limit_handshakes_address: str = "240 per minute"

    log_level: str = "INFO"
    log_json: bool = True

    @property
    def link_port(self) -> int:
        """The port that stands in links."""
        return self.public_port or self.port


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
