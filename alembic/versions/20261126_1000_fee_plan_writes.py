"""The platform's own jobs may draft fee plans, and activate each once."""

from alembic import op

from rls import SYSTEM, grant, policy

revision = "20261126_1000"
down_revision = "20261125_1100"
branch_labels = None
depends_on = None

_PLATFORM = "(select app.system_organization()) = '00000000-0000-7000-8000-000000000001'::uuid"
_DRAFT = [
    "id", "name", "product", "tenant_plan", "organization_id", "source_type", "referrer",
    "currency", "percent_bp", "fixed_minor", "min_minor", "max_minor", "payer", "valid_from",
]  # fmt: skip
_ACTIVATION = ["activated_at", "override_reason"]


def upgrade() -> None:
    policy("fee_plans", "system_all", "select", SYSTEM, using=_PLATFORM)
    policy(
        "fee_plans", "system_draft", "insert", SYSTEM, check=f"{_PLATFORM} and activated_at is null"
    )
    # What was activated may be on payments, and stays as it is.
    policy(
        "fee_plans",
        "system_activate",
        "update",
        SYSTEM,
        using=f"{_PLATFORM} and activated_at is null",
        check=_PLATFORM,
    )
    grant("fee_plans", SYSTEM, "insert", _DRAFT)
    grant("fee_plans", SYSTEM, "update", _ACTIVATION)


def downgrade() -> None:
    op.execute(f"revoke insert ({', '.join(_DRAFT)}) on fee_plans from {SYSTEM}")
    op.execute(f"revoke update ({', '.join(_ACTIVATION)}) on fee_plans from {SYSTEM}")
    for name in ("system_all", "system_draft", "system_activate"):
        op.execute(f"drop policy {name} on fee_plans")
