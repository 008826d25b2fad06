"""What queries return: frozen rows whose fields name the columns they come from."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Column, Table


def columns_of(table: Table, row: type) -> list[Column[Any]]:
    """The columns of `table` that `row` has fields for, in their order; the field `details` is the column `metadata` where there is one."""
    names = ("metadata" if field.name == "details" and "metadata" in table.c else field.name for field in fields(row))
    return [table.c[name] for name in names if name in table.c]
