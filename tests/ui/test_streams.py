"""The way of a stream's request past the routes."""

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from djplatform.core.realtime.endpoint import PREFIX
from djplatform.ui.streams import StreamsFirst


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("GET", "/api/stream/tips:jay", 200, "tips:jay"),
        ("POST", "/api/stream/tips:jay", 405, "Method Not Allowed"),
        ("HEAD", "/api/stream/tips:jay", 405, ""),
        ("GET", "/api/stream/", 200, "the app"),
        ("GET", "/t/jay", 200, "the app"),
    ],
)
async def test_only_get_opens_a_stream(method, path, status, text):
    """An answer to HEAD ends at once, its listener stays: one connection could open them all."""
    opened = []

    async def stream(request):
        opened.append(request.method)
        return PlainTextResponse(request.path_params["channels"])

    async def app(scope, receive, send):
        await PlainTextResponse("the app")(scope, receive, send)

    route = Route(f"{PREFIX}{{channels}}", stream, methods=["GET"])
    transport = httpx.ASGITransport(app=StreamsFirst(app, route))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.request(method, path)
    assert (answer.status_code, answer.text) == (status, text)
    assert opened == (["GET"] if text == "tips:jay" else [])
