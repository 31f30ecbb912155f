"""The description: it says exactly what is there, and what is answered is what it says."""

import json
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from djplatform.core.db import Scope, unit
from djplatform.core.operation import OPERATIONS
from djplatform.features.events import service as events
from djplatform.features.events.dto import StartTonight

URN = "urn:api"


@pytest.fixture
async def described(program) -> dict[str, Any]:
    """As anybody gets it: what is there is no secret."""
    answer = await program().get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def operations(described: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        operation["operationId"]: (method, path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }


def references(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(references, node))
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own.union(*map(references, node.values()))


@pytest.mark.feature("361/described")
async def test_it_is_openapi_3_1_whose_schemas_are_json_schemas(described) -> None:
    assert described["openapi"].startswith("3.1")
    OpenAPI.model_validate(described)
    schemas = described["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    assert references(described) <= {f"#/components/schemas/{name}" for name in schemas}
    assert described["servers"] == [{"url": "/api/v1"}]


@pytest.mark.feature("361/described")
async def test_it_lists_every_operation_once_and_nothing_else(described) -> None:
    found = operations(described)
    ours = {name for name in OPERATIONS if not name.startswith("tests.")}
    assert set(found) == ours
    for name, (method, path, operation) in found.items():
        assert path == f"/{name.replace('.', '/')}"
        assert method == ("get" if OPERATIONS[name].reads else "post")
        assert operation["security"] == [{"token": []}]
        assert operation["summary"]
        assert "Raises" not in json.dumps(operation)
        for status in ("401", "403", "404", "409", "422", "429"):
            assert set(operation["responses"][status]["content"]) == {"application/problem+json"}
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


@pytest.mark.feature("361/described")
async def test_every_route_answers_to_a_token_only(program, described, world) -> None:
    for method, path, _ in operations(described).values():
        answer = await program().request(method, path)
        assert answer.status_code == 401, path


@pytest.fixture
async def night(world, db):
    """A night with a paid tip."""
    async with unit(Scope.of(world.owner)) as tx:
        event = (await events.start_tonight(tx, world.owner, StartTonight(title="Club"))).event
    db.rows(
        "insert into tips (organization_id, id, event_id, device_id, amount_minor, currency,"
        " guest_name, message, status, paid_minor, net_minor, created_at, updated_at, paid_at)"
        " values (%s, gen_random_uuid(), %s, gen_random_uuid(), 500, 'GBP', 'Priya', 'Play it',"
        " 'paid', 500, 452, now(), now(), now())",
        world.a,
        event.id,
    )
    return str(event.id)


@pytest.mark.feature("361/described")
async def test_what_is_answered_is_what_it_says(program, issue, world, night, described) -> None:
    client = program((await issue(world.owner, role="admin")).secret)
    registry = Registry().with_resource(
        URN, Resource.from_contents(described, default_specification=DRAFT202012)
    )
    asked = {"event_id": night, "amount": "5.00"}
    for method, path, operation in operations(described).values():
        if method != "get":
            continue
        names = {one["name"] for one in operation.get("parameters", [])}
        answer = await client.get(path, params={k: v for k, v in asked.items() if k in names})
        assert answer.status_code == 200, answer.text
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        rooted = json.loads(json.dumps(schema).replace('"#/', f'"{URN}#/'))
        Draft202012Validator(rooted, registry=registry).validate(answer.json())
    [tip] = (await client.get("/crowd/list_tips", params={"event_id": night})).json()
    assert (tip["guest_name"], tip["net"]["text"]) == ("Priya", "£4.52")
