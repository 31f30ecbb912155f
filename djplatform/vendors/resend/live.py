"""The only implementation of the mail port: Resend's HTTP API.

Held to the published contract (`POST /emails`) by tests/contracts. Its SDK keeps the key in a
module's variable, which is one more reason to speak the one request that we need ourselves.
"""

from functools import cache
from typing import Any

import httpx
import structlog

from djplatform.core import http
from djplatform.core.errors import VendorUnavailable
from djplatform.settings import settings
from djplatform.vendors.errors import Refusal, VendorOff
from djplatform.vendors.resend.port import Mail

_log = structlog.get_logger(__name__)
# A wrong key or a domain that is not verified yet is ours to mend: no mail may be lost for that.
_TEMPORARY = frozenset({401, 403, 408, 409, 425, 429})


class ResendLive:
    """Resend over the wire; see `MailPort`."""

    def __init__(
        self,
        key: str,
        *,
        base: str,
        attempts: int = 3,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Make the client; `base` has no trailing slash."""
        self._http = http.client(
            base_url=base,
            attempts=attempts,
            headers={"Authorization": f"Bearer {key}"},
            transport=transport,
        )

    async def send(self, mail: Mail, *, idempotency_key: str) -> str:
        """Hand one message over and return Resend's id of it.

        Raises:
            VendorUnavailable: no answer, a refused key, 429 or 5xx after retries; repeat with the
                same key.
            Refusal: the message will never be taken.
        """
        try:
            response = await self._http.post(
                "/emails",
                json=message_body(mail),
                headers={"Idempotency-Key": idempotency_key},
            )
        except httpx.HTTPError as error:
            raise VendorUnavailable from error
        if response.is_success:
            return str(response.json()["id"])
        raise _failure(response)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def message_body(mail: Mail) -> dict[str, Any]:
    """The JSON body of `POST /emails`."""
    body: dict[str, Any] = {
        "from": mail.sender,
        "to": [mail.to],
        "subject": mail.subject,
        "html": mail.html,
        "text": mail.text,
    }
    if mail.tags:
        body["tags"] = [{"name": name, "value": value} for name, value in mail.tags.items()]
    return body


def _failure(response: httpx.Response) -> Exception:
    _log.warning("resend.failed", status=response.status_code, detail=response.text[:500])
    if response.status_code >= 500 or response.status_code in _TEMPORARY:
        return VendorUnavailable()
    return Refusal("The mail service refused this message.", detail=response.text[:500])


@cache
def client() -> ResendLive:
    """The mail client, made once per process.

    Raises:
        VendorOff: no key is set.
    """
    key = settings().resend_key.get_secret_value()
    if not key:
        raise VendorOff("Resend", "DJP_RESEND_KEY")
    return ResendLive(key, base=settings().resend_base)
