"""Stripe's SDK speaking through our own hardened HTTP client."""

import asyncio
from collections.abc import Mapping
from typing import Any, NoReturn

import httpx
import stripe


class GuardedHTTP(stripe.HTTPClient):
    """The SDK's extension point for HTTP clients. Retries stay with the SDK.

    It knows which of Stripe's answers are worth another try (409, `Stripe-Should-Retry`) and
    repeats with the same idempotency key.
    """

    name = "httpx"

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__()
        self._httpx = client

    def sleep_async(self, secs: float) -> Any:
        """Wait between two tries."""
        return asyncio.sleep(secs)

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request and read the whole answer."""
        try:
            response = await self._httpx.request(
                method, url, headers=dict(headers), content=post_data or None
            )
        except httpx.HTTPError as error:
            _unreachable(error)
        return response.content, response.status_code, response.headers

    async def close_async(self) -> None:
        """Close the connections."""
        await self._httpx.aclose()


def _unreachable(error: httpx.HTTPError) -> NoReturn:
    raise stripe.APIConnectionError(
        f"Stripe cannot be reached ({type(error).__name__})", should_retry=True
    ) from error
