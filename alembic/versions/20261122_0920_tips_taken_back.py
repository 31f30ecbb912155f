"""A tip that went back, in full or in part."""

from alembic import op

from rls import MEMBER, grant

revision = "20261122_0920"
down_revision = "20261122_0910"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table tips add column refunded_minor bigint not null default 0")
    grant("tips", MEMBER, "select", ["refunded_minor"])
    # Refunded without our fee on it, a tip leaves the DJ with less than nothing.
    _sums("paid_minor >= net_minor")


def _sums(rule: str) -> None:
    op.execute("alter table tips drop constraint ck_tips_paid_minor")
    op.execute(f"alter table tips add constraint ck_tips_paid_minor check ({rule})")


def downgrade() -> None:
    _sums("paid_minor >= net_minor and net_minor >= 0")
    op.execute("alter table tips drop column refunded_minor")
