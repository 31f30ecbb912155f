"""The vendors' published contracts, used as validators of real requests, answers and events.

Found through `DJP_CONTRACTS`, else `../shared/contracts` beside the checkout. Without them a test
skips with a loud notice, except where `CI` is set: there it fails.
"""

import json
import os
import re
import warnings
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Json = dict[str, Any]
_ROOT = Path(__file__).resolve().parents[2]
_URN = "urn:contract"
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


class ContractsMissing(UserWarning):
    """The published contracts are not there, so nothing was held to them."""


def folder() -> Path:
    """Where the contracts are; skips the running test, or fails it in CI, when nowhere."""
    place = Path(os.environ.get("DJP_CONTRACTS") or _ROOT.parent / "shared" / "contracts")
    if place.is_dir():
        return place
    notice = f"NO CONTRACTS at {place}: set DJP_CONTRACTS; nothing is held to them"
    if os.environ.get("CI"):
        pytest.fail(notice)
    with warnings.catch_warnings():
        warnings.simplefilter("default", ContractsMissing)
        warnings.warn(notice, ContractsMissing, stacklevel=2)
    pytest.skip(notice)


def _normalised(node: Any) -> Any:
    """OpenAPI 3.0 into JSON Schema: `nullable` becomes a second alternative."""
    if isinstance(node, list):
        return [_normalised(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _normalised(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable") is True:
        return {"anyOf": [found, {"type": "null"}]}
    return found


def _closed(node: Any) -> Any:
    """Objects that name their fields have no others: catches a misspelt field of our answers."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _closed(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict) and node.get("type") == "object":
        found.setdefault("additionalProperties", False)
    return found


class Contract:
    """One vendor's OpenAPI file."""

    def __init__(self, spec: Json, *, openapi30: bool) -> None:
        self.spec = _normalised(spec) if openapi30 else spec
        strict = dict(self.spec)
        strict["components"] = dict(self.spec["components"])
        strict["components"]["schemas"] = _closed(self.spec["components"]["schemas"])
        self._open = _registry(self.spec)
        self._strict = _registry(strict)
        self._paths = [(_pattern(path), path) for path in self.spec["paths"]]
        # What is written out comes before what is a parameter.
        self._paths.sort(key=lambda pair: pair[1].count("{"))

    def operation(self, method: str, path: str) -> tuple[str, Json] | None:
        """The path template and the operation of a request."""
        for pattern, template in self._paths:
            if pattern.fullmatch(path) and method.lower() in self.spec["paths"][template]:
                return template, self.spec["paths"][template][method.lower()]
        return None

    def request_errors(
        self, method: str, path: str, query: str, content_type: str, body: bytes
    ) -> list[str]:
        """What is wrong with a request."""
        found = self.operation(method, path)
        if found is None:
            return [f"{method} {path} is not in the contract"]
        template, operation = found
        errors = self._query_errors(operation, query)
        content = operation.get("requestBody", {}).get("content", {})
        kind = content_type.partition(";")[0].strip()
        if not body or not content:
            return errors
        if kind not in content:
            return [*errors, f"{kind} is not one of {sorted(content)}"]
        schema = content[kind]["schema"]
        value = coerce(tree(body.decode()), schema) if kind == _FORM else json.loads(body)
        return errors + self._errors(schema, value, self._open, f"{method} {template}")

    def _query_errors(self, operation: Json, query: str) -> list[str]:
        known = {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
        given = tree(query)
        return [f"unknown query parameter {name}" for name in given if name not in known]

    def response_errors(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """What is wrong with an answer."""
        found = self.operation(method, path)
        if found is None:
            return []
        template, operation = found
        responses = operation["responses"]
        response = responses.get(str(status)) or responses.get("default")
        if response is None:
            return []
        schema = response["content"][_JSON]["schema"]
        if "oneOf" in schema:
            schema = {"anyOf": schema["oneOf"]}
        where = f"{method} {template} -> {status}"
        registry = self._strict if status < 300 else self._open
        return self._errors(schema, json.loads(body), registry, where)

    def object_errors(self, name: str, value: Any) -> list[str]:
        """What is wrong with an object of a named schema."""
        schema = {"$ref": f"#/components/schemas/{name}"}
        return self._errors(schema, value, self._strict, name)

    def event_errors(self, event: Json) -> list[str]:
        """What is wrong with a webhook's body, and with the object that it carries."""
        if event.get("object") == "v2.core.event":
            return self.object_errors("v2.core.event", event)
        subject = event["data"]["object"]
        return self.object_errors("event", event) + self.object_errors(subject["object"], subject)

    def _errors(self, schema: Json, value: Any, registry: Registry, where: str) -> list[str]:
        validator = Draft202012Validator(_absolute(schema), registry=registry)
        return [
            f"{where}: /{'/'.join(map(str, error.absolute_path))}: {_short(error)}"
            for error in validator.iter_errors(value)
        ]


def _short(error: Any) -> str:
    deepest = error
    while deepest.context:
        deepest = max(deepest.context, key=lambda inner: len(inner.absolute_path))
    return f"{error.message[:300]} ({deepest.message[:300]})"


def _absolute(node: Any) -> Any:
    if isinstance(node, list):
        return [_absolute(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: f"{_URN}{value}" if key == "$ref" and value.startswith("#") else _absolute(value)
        for key, value in node.items()
    }


def _registry(spec: Json) -> Registry:
    resource = Resource(contents=spec, specification=DRAFT202012)
    return Registry().with_resource(_URN, resource)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(path)))


def tree(encoded: str) -> Json:
    """Bracketed form keys as a tree; written apart from the sandbox's, as a second opinion."""
    root: Json = {}
    for key, value in parse_qsl(encoded, keep_blank_values=True):
        steps = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", key)
        node = root
        for step in steps[:-1]:
            node = node.setdefault(step, {})
        node[steps[-1] or str(len(node))] = value
    return {key: _lists(value) for key, value in root.items()}


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    inner = {key: _lists(value) for key, value in node.items()}
    return list(inner.values()) if inner and all(k.isdigit() for k in inner) else inner


def coerce(value: Any, schema: Json) -> Any:
    """Form texts as the types that the schema wants, where they can be read as such."""
    for option in schema.get("anyOf", []):
        changed = coerce(value, option)
        if changed != value:
            return changed
    kind = schema.get("type")
    if isinstance(value, dict):
        inner = schema.get("properties", {})
        return {key: coerce(item, inner.get(key, {})) for key, item in value.items()}
    if isinstance(value, list):
        return [coerce(item, schema.get("items", {})) for item in value]
    if kind == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    return value


@cache
def _load(place: Path, name: str) -> Json:
    """One contract; `fetch.py` gets only Stripe's, and then the others are missing."""
    if not (place / name).is_file():
        pytest.skip(f"NO CONTRACT {name} at {place}: nothing is held to it")
    return json.loads((place / name).read_text())


@cache
def _contract(place: Path, name: str, openapi30: bool) -> Contract:
    return Contract(_load(place, name), openapi30=openapi30)


def stripe_contract() -> Contract:
    """Stripe's own, version 2026-05-27.dahlia."""
    return _contract(folder(), "stripe/spec3.json", True)


def stripe_contract_if_there() -> Contract | None:
    """Stripe's own, for tests that prove something without it too; CI demands it."""
    try:
        return stripe_contract()
    except pytest.skip.Exception:
        return None


RESEND = "resend/resend.json"


def has(name: str) -> bool:
    """Whether a contract is there; without the folder the test skips or fails as ever."""
    return (folder() / name).is_file()


def resend_contract() -> Contract:
    """Resend's own."""
    return _contract(folder(), RESEND, False)


def stripe_fixtures() -> Mapping[str, Json]:
    """Stripe's official sample objects."""
    return _load(folder(), "stripe/fixtures3.json")["resources"]


class Guarded:
    """ASGI middleware: every request under a prefix and every answer is held to its contract.

    A request that breaks the contract is a fault unless the vendor refused it.
    """

    def __init__(self, app: Any, contracts: Mapping[str, Contract]) -> None:
        self.app = app
        self.contracts = contracts
        self.problems: list[str] = []
        self.seen: list[tuple[str, str, int]] = []
        self.bodies: list[tuple[str, str, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        prefix = next((p for p in self.contracts if scope.get("path", "").startswith(p)), None)
        if scope["type"] != "http" or prefix is None:
            await self.app(scope, receive, send)
            return
        body = await _read(receive)
        answer: list[bytes] = []
        status = [0]

        async def again() -> Json:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: Json) -> None:
            status[0] = message.get("status", status[0])
            answer.append(message.get("body", b""))
            await send(message)

        await self.app(scope, again, keep)
        self._judge(self.contracts[prefix], prefix, scope, body, status[0], b"".join(answer))

    def _judge(
        self, contract: Contract, prefix: str, scope: Any, body: bytes, status: int, answer: bytes
    ) -> None:
        method, path = scope["method"], scope["path"].removeprefix(prefix)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = scope["query_string"].decode()
        self.seen.append((method, path, status))
        self.bodies.append((method, path, body))
        if status < 400:
            kind = headers.get("content-type", "")
            self.problems += contract.request_errors(method, path, query, kind, body)
        self.problems += contract.response_errors(method, path, status, answer)


class Overheard(httpx.AsyncBaseTransport):
    """Passes webhooks on; every event that the simulator tells is held to the contract."""

    def __init__(self, to: httpx.AsyncBaseTransport, contract: Contract | None) -> None:
        self.to = to
        self.contract = contract
        self.problems: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.contract:
            self.problems += self.contract.event_errors(json.loads(await request.aread()))
        return await self.to.handle_async_request(request)


async def _read(receive: Any) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def assert_none(problems: Iterable[str]) -> None:
    """Fail with all problems, one a line."""
    listed = list(problems)
    assert not listed, "\n".join(listed)
