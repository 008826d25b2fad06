"""Sets of numbers hold all rollups, and a tenant can keep its own. Sets from before keep what they have: totals, periods and links."""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import CLUSTERED, ID, NEVER_REUSED, TIME, counts, required

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

COUNTS = (
    "sent delivered opened human_opened clicked human_clicked bounced complained unsubscribed rejected opens human_opens clicks "
    "human_clicks unique_clicks private_opened private_human_opened"
)
EVENTS = "sent delivered opens human_opens clicks human_clicks bounces complaints unsubscribes"
CLICKS = "clicks human_clicks unique_clicks unique_human_clicks"
TRAITS = "opens human_opens clicks human_clicks"
QUARTER = (TIME, "quarter")
#: Rollup → what its key has beside tenant, set and campaign; its counts.
ROLLUPS = {
    "bounce_stats": (((sa.String(16), "bounce_type"), (sa.String(32), "category"), (sa.String(200), "reason")), "bounced"),
    "campaign_stats": ((), COUNTS),
    "cohort_quarters": ((QUARTER,), f"moved {COUNTS}"),
    "delay_stats": (((sa.Integer(), "step"),), "opened human_opened clicked human_clicked"),
    "event_quarters": ((QUARTER,), EVENTS),
    "mailbox_stats": (((sa.String(32), "mailbox"),), COUNTS),
    "message_quarters": ((QUARTER,), "created suppressed"),
    "provider_stats": (((sa.String(32), "provider"),), "opens merged_opens clicks merged_clicks"),
    "trait_stats": (((sa.String(16), "trait"), (sa.String(64), "value")), TRAITS),
    "variant_stats": (((sa.String(64), "variant"),), COUNTS),
}
#: Rows written together.
CHUNK = 2_000


def upgrade() -> None:
    for name, (key, counted) in ROLLUPS.items():
        op.create_table(
            f"kept_{name}",
            *required(ID, "tenant_id set_id campaign_id", autoincrement=False),
            *(column for part in key for column in required(*part)),
            *counts(counted),
            sa.PrimaryKeyConstraint("tenant_id", "set_id", "campaign_id", *(part for _, part in key), name=f"pk_kept_{name}"),
            **CLUSTERED,
        )
    op.create_table(
        "kept_link_stats",
        *required(ID, "tenant_id set_id link_id campaign_id", autoincrement=False),
        *counts(CLICKS),
        sa.PrimaryKeyConstraint("tenant_id", "set_id", "link_id", name="pk_kept_link_stats"),
        **CLUSTERED,
    )
    _take_over()
    op.drop_table("kept_cohorts")
    op.drop_table("kept_campaigns")
    with op.batch_alter_table("kept_sets", table_kwargs=NEVER_REUSED) as table:
        table.add_column(sa.Column("tenant_id", ID, nullable=False, server_default="0"))
        table.add_column(sa.Column("made_by", sa.String(320), nullable=False, server_default=""))
        table.add_column(sa.Column("is_whole", sa.Boolean(), nullable=False, server_default="0"))
        table.drop_constraint("uq_kept_sets_name", type_="unique")
        table.create_unique_constraint("uq_kept_sets_tenant_id_name", ["tenant_id", "name"])
    with op.batch_alter_table("kept_sets", table_kwargs=NEVER_REUSED) as table:
        table.alter_column("is_whole", server_default="1", existing_type=sa.Boolean(), existing_nullable=False)


def downgrade() -> None:
    for name in (*ROLLUPS, "link_stats"):
        op.drop_table(f"kept_{name}")
    op.execute("DELETE FROM kept_sets")
    with op.batch_alter_table("kept_sets", table_kwargs=NEVER_REUSED) as table:
        table.drop_constraint("uq_kept_sets_tenant_id_name", type_="unique")
        table.create_unique_constraint("uq_kept_sets_name", ["name"])
        for name in ("tenant_id", "made_by", "is_whole"):
            table.drop_column(name)
    op.create_table(
        "kept_campaigns",
        *required(ID, "set_id tenant_id campaign_id", autoincrement=False),
        *required(sa.JSON(), "counts links"),
        sa.ForeignKeyConstraint(["set_id"], ["kept_sets.id"], name="fk_kept_campaigns_set_id_kept_sets"),
        sa.PrimaryKeyConstraint("set_id", "tenant_id", "campaign_id", name="pk_kept_campaigns"),
        **CLUSTERED,
    )
    op.create_table(
        "kept_cohorts",
        *required(ID, "set_id tenant_id campaign_id", autoincrement=False),
        *required(TIME, "quarter"),
        *required(sa.JSON(), "counts"),
        sa.ForeignKeyConstraint(["set_id"], ["kept_sets.id"], name="fk_kept_cohorts_set_id_kept_sets"),
        sa.PrimaryKeyConstraint("set_id", "tenant_id", "campaign_id", "quarter", name="pk_kept_cohorts"),
        **CLUSTERED,
    )


def _take_over() -> None:
    """The JSON of before as rows."""
    for row in _rows("kept_campaigns"):
        key = {name: row[name] for name in ("tenant_id", "set_id", "campaign_id")}
        _insert("campaign_stats", [key | _counted(row["counts"], COUNTS)])
        _insert("link_stats", [key | {"link_id": int(link), **_zip(CLICKS, told)} for link, told in _told(row["links"]).items()])
    for row in _rows("kept_cohorts"):
        key = {name: row[name] for name in ("tenant_id", "set_id", "campaign_id", "quarter")}
        _insert("cohort_quarters", [key | _counted(row["counts"], f"moved {COUNTS}")])
        _insert("message_quarters", [key | _counted(row["counts"], "created suppressed")])


def _rows(table: str) -> Iterator[sa.RowMapping]:
    found = op.get_bind().execute(sa.text(f"SELECT * FROM {table}"))
    while some := found.mappings().fetchmany(CHUNK):
        yield from some


def _insert(rollup: str, rows: list[dict[str, int]]) -> None:
    if rows:
        columns = ", ".join(rows[0])
        values = ", ".join(f":{name}" for name in rows[0])
        op.get_bind().execute(sa.text(f"INSERT INTO kept_{rollup} ({columns}) VALUES ({values})"), rows)


def _counted(told: object, names: str) -> dict[str, int]:
    found = _told(told)
    return {name: int(found.get(name, 0)) for name in names.split()}


def _zip(names: str, told: list[int]) -> dict[str, int]:
    return dict(zip(names.split(), told, strict=True))


def _told(value: object) -> dict:  # type: ignore[type-arg]
    """JSON is text on SQLite, and was read already on PostgreSQL."""
    return json.loads(value) if isinstance(value, str) else value  # type: ignore[return-value]
