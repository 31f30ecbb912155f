"""The database: scopes, units of work, tables."""

from djplatform.core.db.engine import UNAVAILABLE, Database, databases
from djplatform.core.db.scope import Scope, ScopeKind
from djplatform.core.db.uow import Tx, VendorCallInsideUnit, forbid_in_unit, unit

__all__ = [
    "UNAVAILABLE",
    "Database",
    "Scope",
    "ScopeKind",
    "Tx",
    "VendorCallInsideUnit",
    "databases",
    "forbid_in_unit",
    "unit",
]
