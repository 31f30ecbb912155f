"""The secrets that an installation makes for itself, and the environment of its processes.

They lie in `secrets.json` of the data directory, readable by its owner only. Keys of real vendors
are never in it: those come from the environment.
"""

import json
import os
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from djplatform.core.db.roles import LOGINS, OWNER
from djplatform.core.file_lock import exclusive
from djplatform.settings import BRANDS

FILE = "secrets.json"

Role = Literal["web", "worker", "sandbox", "tools"]
"""What a process does; `tools` are commands that a person starts, such as `migrate`."""

URL_VARIABLES: dict[str, tuple[str, tuple[Role, ...]]] = {
    "owner": ("DATABASE_URL", ("tools",)),
    "djp_web": ("DATABASE_WEB_URL", ("web", "tools")),
    "djp_worker": ("DATABASE_WORKER_URL", ("worker", "tools")),
    "djp_platform": ("DATABASE_PLATFORM_URL", ("web", "worker", "tools")),
    "djp_hub": ("DATABASE_HUB_URL", ("web", "tools")),
    "djp_sandbox": ("DATABASE_SANDBOX_URL", ("sandbox", "tools")),
}
"""Which variable carries the URL of a login, and who gets it. Only the owner's tools are owner."""


class StripeSecrets(BaseModel):
    """One brand's account at the sandbox's Stripe."""

    secret_key: str
    snapshot_secret: str
    thin_secret: str


class Secrets(BaseModel):
    """Everything that is drawn at random once for each installation."""

    model_config = ConfigDict(hide_input_in_errors=True)

    passwords: dict[str, str]
    """For each login of the database."""
    scope_key: str
    """Hex of 32 bytes; signs database scopes."""
    signing_key: str
    """Hex of 32 bytes; signs device ids and form tokens."""
    stripe: dict[str, StripeSecrets]
    resend_key: str


class BrokenSecretsError(RuntimeError):
    """The file of secrets cannot be read; the text says what to do."""


@dataclass(frozen=True)
class Serving:
    """How the processes are to be reached, as `up` was asked."""

    data_dir: Path
    port: int = 8000
    sandbox_port: int = 8001
    sandbox: bool = False
    lan_host: str = ""


def load_or_create(data_dir: Path) -> Secrets:
    """Read the secrets and add what is missing; two processes at once get the same.

    Raises BrokenSecretsError when the file is there and cannot be understood.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with exclusive(data_dir / "secrets.lock"):
        known = _read(data_dir / FILE)
        try:
            found = Secrets.model_validate(_merge(_fresh(), known))
        except ValidationError as error:
            raise _broken(data_dir / FILE) from error
        if found.model_dump() != known:
            _write(data_dir / FILE, found.model_dump_json(indent=2))
    return found


def needed_by(role: Role) -> list[str]:
    """The variables without which a process of this kind cannot work."""
    urls = [variable for variable, roles in URL_VARIABLES.values() if role in roles]
    return urls if role == "sandbox" else [*urls, "DJP_SCOPE_KEY", "DJP_SIGNING_KEY"]


def environment(
    secrets: Secrets, urls: Mapping[str, str], serving: Serving, role: Role
) -> dict[str, str]:
    """Build what one kind of process is told by the environment, and no more than it needs.

    `urls` is what `bootstrap` returned: a URL for each login, and the owner's.
    """
    told = {
        variable: urls[login]
        for login, (variable, roles) in URL_VARIABLES.items()
        if role in roles and login in urls
    }
    told |= {
        "DJP_DATA_DIR": str(serving.data_dir),
        "DJP_PORT": str(serving.port),
        "DJP_SCOPE_KEY": secrets.scope_key,
        "DJP_SIGNING_KEY": secrets.signing_key,
    }
    if serving.lan_host:
        told |= {"DJP_LAN_HOST": serving.lan_host, "DJP_BIND_ADDRESS": "0.0.0.0"}  # noqa: S104
    return told | _sandbox(secrets, serving) if serving.sandbox else told


def _sandbox(secrets: Secrets, serving: Serving) -> dict[str, str]:
    """Point every vendor at the simulators, with keys that only they know."""
    own = f"http://127.0.0.1:{serving.sandbox_port}"
    public = f"http://{serving.lan_host or '127.0.0.1'}:{serving.sandbox_port}"
    told = {
        "DJP_SANDBOX": "1",
        "DJP_SANDBOX_URL": own,
        "DJP_SANDBOX_PUBLIC_URL": public,
        "DJP_STRIPE_BASE": f"{own}/stripe",
        "DJP_RESEND_BASE": f"{own}/resend",
        "DJP_RESEND_KEY": secrets.resend_key,
    }
    for brand, keys in secrets.stripe.items():
        prefix = f"DJP_STRIPE__{brand.upper()}__"
        told[f"{prefix}SECRET_KEY"] = keys.secret_key
        told[f"{prefix}SNAPSHOT_SECRETS"] = json.dumps([keys.snapshot_secret])
        told[f"{prefix}THIN_SECRETS"] = json.dumps([keys.thin_secret])
    return told


def _fresh() -> dict[str, object]:
    return {
        "passwords": {
            name: random.token_urlsafe(24) for name in (OWNER, *(x.name for x in LOGINS))
        },
        "scope_key": random.token_hex(32),
        "signing_key": random.token_hex(32),
        "stripe": {brand: _stripe(brand) for brand in BRANDS},
        "resend_key": f"re_sandbox_{random.token_hex(16)}",
    }


def _stripe(brand: str) -> dict[str, str]:
    return {
        "secret_key": f"sk_test_{brand}{random.token_hex(16)}",
        "snapshot_secret": f"whsec_{random.token_hex(24)}",
        "thin_secret": f"whsec_{random.token_hex(24)}",
    }


def _merge(fresh: dict[str, object], known: object) -> dict[str, object]:
    """Keep what is known; an installation made before a login or a brand existed gets it now."""
    if not isinstance(known, dict):
        return fresh
    merged: dict[str, object] = dict(fresh)
    for key, value in known.items():  # pyright: ignore[reportUnknownVariableType]
        base = fresh.get(str(key))
        if isinstance(base, dict) and isinstance(value, dict):
            merged[str(key)] = {**base, **value}
        else:
            merged[str(key)] = value
    return merged


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise _broken(path) from error


def _broken(path: Path) -> BrokenSecretsError:
    return BrokenSecretsError(
        f"{path} cannot be understood. Restore it from a backup: without its keys nobody stays "
        "signed in. To begin with new ones, move the file away; logins get new passwords."
    )


def _write(path: Path, text: str) -> None:
    """Write beside and rename, so that a crash leaves the old file or the new one."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
