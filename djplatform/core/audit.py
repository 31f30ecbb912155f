"""The audit trail: append-only rows, written in the transaction of the change."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text

from djplatform.core.db.uow import Tx

_WRITE = text(
    "select app.audit(:action, :subject_kind, :subject_id, cast(:old as jsonb), "
    "cast(:new as jsonb))"
)


async def audit(
    tx: Tx,
    action: str,
    *,
    subject_kind: str,
    subject_id: UUID | str,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
) -> None:
    """Record who did what to what. Who and for which organization comes from the signed scope."""
    await tx.session.execute(
        _WRITE,
        {
            "action": action,
            "subject_kind": subject_kind,
            "subject_id": str(subject_id),
            "old": json.dumps(old, default=str) if old is not None else None,
            "new": json.dumps(new, default=str) if new is not None else None,
        },
    )
