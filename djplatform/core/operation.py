"""Operations: use cases that check their own permission and are known to one registry."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from djplatform.core.actor import Actor, Permission
from djplatform.core.audit import audit
from djplatform.core.db.uow import Tx
from djplatform.core.errors import PermissionDenied

P = ParamSpec("P")
R = TypeVar("R")
UseCase = Callable[Concatenate[Tx, Actor, P], Awaitable[R]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One registered use case."""

    name: str
    permission: Permission
    description: str
    audited: bool
    call: Callable[..., Awaitable[Any]]

    @property
    def feature(self) -> str:
        """The feature that it belongs to."""
        return self.name.partition(".")[0]

    @property
    def reads(self) -> bool:
        """Whether it only reads, as its permission says: `tips.read`."""
        return self.permission.value.endswith(".read")


OPERATIONS: dict[str, Operation] = {}


def operation(
    permission: Permission, *, audited: bool = False
) -> Callable[[UseCase[P, R]], UseCase[P, R]]:
    """Guard a use case `(tx, actor, …) -> view` and register it by `feature.function`.

    The permission is checked here, so that page, REST, SMS and agents cannot differ. With
    `audited` an audit row is written in the same transaction.
    """

    def decorate(use_case: UseCase[P, R]) -> UseCase[P, R]:
        feature = use_case.__module__.removeprefix("djplatform.features.").split(".", 1)[0]
        name = f"{feature}.{use_case.__name__}"

        @wraps(use_case)
        async def guarded(tx: Tx, actor: Actor, *args: P.args, **kwargs: P.kwargs) -> R:
            actor.require(permission)
            if tx.scope.organization_id != actor.organization_id:
                raise PermissionDenied("The transaction belongs to another organization.")
            result = await use_case(tx, actor, *args, **kwargs)
            if audited:
                await audit(
                    tx,
                    name,
                    subject_kind="organization",
                    subject_id=str(actor.organization_id),
                )
            return result

        OPERATIONS[name] = Operation(
            name, permission, (use_case.__doc__ or "").strip(), audited, guarded
        )
        return guarded

    return decorate
