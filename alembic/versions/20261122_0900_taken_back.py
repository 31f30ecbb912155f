"""What is taken back of a payment: refunds, disputes, and what they cost."""

from alembic import op

from rls import GUEST, MEMBER, grant

revision = "20261122_0900"
down_revision = "20261121_1430"
branch_labels = None
depends_on = None

_COUNTED = (
    "refunded_minor", "disputed_minor", "fee_refunded_minor", "reversed_minor",
    "dispute_cost_minor",
)  # fmt: skip
# The transfer and the price of a dispute are between the platform and the processor.
_SHOWN = ["refunded_minor", "disputed_minor", "fee_refunded_minor"]
_KINDS = "kind in ('stripe', 'payable', 'fees', 'processor_cost'{more})"


def upgrade() -> None:
    for column in _COUNTED:
        op.execute(f"alter table payments add column {column} bigint not null default 0")
    op.execute("alter table payments add column corrections integer not null default 0")
    op.execute("alter table payments add column charge_read_at timestamptz")
    for role in (MEMBER, GUEST):
        grant("payments", role, "select", _SHOWN)
    _account_kinds(", 'dispute_cost'")


def _account_kinds(more: str) -> None:
    op.execute("alter table ledger_accounts drop constraint ck_ledger_accounts_kind")
    op.execute(
        "alter table ledger_accounts add constraint ck_ledger_accounts_kind "
        f"check ({_KINDS.format(more=more)})"
    )


def downgrade() -> None:
    _account_kinds("")
    for column in (*_COUNTED, "corrections", "charge_read_at"):
        op.execute(f"alter table payments drop column {column}")
