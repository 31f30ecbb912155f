"""Engines that live in other rooms, found by name, so that `--help` imports none of them."""

import asyncio
import inspect
from collections.abc import Coroutine, Mapping
from importlib import import_module
from typing import Any, cast

WEB = "djplatform.ui.serve:main"
WORKER = "djplatform.worker:run"
SANDBOX = "djplatform.sandbox.serve:serve"
FRONTEND = "djplatform.ui.frontend:ensure_built"
DEMO = "djplatform.demo:seed"
ISOLATION = "djplatform.isolation:prove"
ISOLATION_LINES = "djplatform.isolation:lines"
NIGHT = "djplatform.play_night:play"
EVENTS = "djplatform.operating:events"
RESEND = "djplatform.operating:resend"
FEE_PLANS = "djplatform.operating:fee_plans"
DRAFT_FEE_PLAN = "djplatform.operating:draft_fee_plan"
ACTIVATE_FEE_PLAN = "djplatform.operating:activate_fee_plan"
BENCHMARK = "djplatform.benchmarks:run"
BENCHMARKS = "djplatform.benchmarks:names"


def call(engine: str, **arguments: object) -> Any:
    """Import an engine, call it, and await it when it is asynchronous."""
    module, _, name = engine.partition(":")
    result = getattr(import_module(module), name)(**arguments)
    if inspect.iscoroutine(result):
        return asyncio.run(cast("Coroutine[Any, Any, Any]", result))
    return result


def report(engine: str, **arguments: object) -> dict[str, object]:
    """Call an engine whose result is an object, as a mapping or a pydantic model."""
    result = call(engine, **arguments)
    if hasattr(result, "model_dump"):
        return dict(result.model_dump(mode="json", by_alias=True))
    return dict(cast("Mapping[str, object]", result or {}))
