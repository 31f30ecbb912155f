"""Notifications: the mail outbox."""

from alembic import op

from rls import identity_table

revision = "20261121_1430"
down_revision = "20261121_1420"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table mails (
          id uuid not null,
          kind text not null,
          sender text not null,
          recipient text not null,
          subject text not null,
          text text not null,
          html text not null,
          status text not null,
          external_id text,
          failure text not null,
          created_at timestamptz not null,
          sent_at timestamptz,
          constraint pk_mails primary key (id),
          constraint ck_mails_status check (status in ('queued', 'sent', 'failed'))
        )"""
    )
    identity_table("mails", commands="select, insert, update")


def downgrade() -> None:
    op.execute("drop table mails")
