"""What every table shares: names of constraints, the tenant's key, references within a tenant."""

from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from djplatform.core.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING


class TenantTable(SQLModel):
    """A row that belongs to one organization: its key is (organization_id, id)."""

    organization_id: UUID = Field(primary_key=True, foreign_key="organizations.id")
    id: UUID = Field(default_factory=new_id, primary_key=True)


def tenant_fk(
    table: str, column: str, ondelete: str = "RESTRICT"
) -> tuple[ForeignKeyConstraint, Index]:
    """A reference to another row of the same organization, and its index.

    A simple foreign key would accept another tenant's row, because the database checks it
    without policies; the composite one cannot.
    """
    action = f"SET NULL ({column})" if ondelete.upper() == "SET NULL" else ondelete
    return (
        ForeignKeyConstraint(
            ["organization_id", column],
            [f"{table}.organization_id", f"{table}.id"],
            ondelete=action,
        ),
        Index(None, "organization_id", column),
    )


MOMENT = DateTime(timezone=True)
"""The column type of every point in time: `timestamptz`."""
