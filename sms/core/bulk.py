"""Thousands of rows in a handful of statements: COPY for new ones, one UPDATE or DELETE for others.

`bulk_create` builds an object and a parameter for every value; COPY streams the values. The bulk form of an
action uses these, which know nothing of rules: constraints and triggers of the table hold as ever.
"""

import json
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Field, Model
from django.db.models.expressions import RawSQL
from psycopg import sql

UPDATED_AT_ONCE = 10_000

Row = Sequence[Any]


def among(values: Iterable[Any], kind: str = "bigint") -> RawSQL:
    """For `filter(pk__in=among(keys))`: one array in place of a parameter for each value, of which thousands take
    longer to write down than the statement takes to run. `kind` is the PostgreSQL type.
    """
    return RawSQL(f"SELECT UNNEST(%s::{kind}[])", (list(values),))


def new_keys(model: type[Model], count: int) -> list[int]:
    """Takes `count` primary keys from the table's sequence, in ascending order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, model._meta.pk.column, count],
        )
        return [key for (key,) in cursor.fetchall()]


def insert(model: type[Model], fields: Sequence[str], rows: Iterable[Row]) -> int:
    """Writes rows of these fields (attnames, such as student_id) by COPY. Returns how many.

    `rows` must not ask the database while they are read: the connection is busy with the COPY.
    Fields that are left out get the default of the database, which Django's models seldom have: name them all.
    Raises IntegrityError like any INSERT; there is no ON CONFLICT.
    """
    chosen = [_field(model, name) for name in fields]
    copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(sql.Identifier(field.column) for field in chosen)
    )
    json_places = [place for place, field in enumerate(chosen) if field.get_internal_type() == "JSONField"]
    count = 0
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.cursor.copy(copy) as lines:
        for row in rows:
            lines.write_row(_with_json(row, json_places) if json_places else row)
            count += 1
    return count


def update(model: type[Model], fields: Sequence[str], rows: Iterable[Row]) -> int:
    """Sets these fields (attnames) of existing rows; each row begins with the primary key. Returns how many changed."""
    chosen = [_field(model, name) for name in fields]
    key = model._meta.pk
    names = [key.column, *(field.column for field in chosen)]
    types = [_type(key), *(_type(field) for field in chosen)]
    statement = sql.SQL(
        "UPDATE {table} SET {sets} FROM UNNEST({arrays}) AS new ({names}) WHERE {table}.{key} = new.{key}"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        sets=sql.SQL(", ").join(sql.SQL("{0} = new.{0}").format(sql.Identifier(field.column)) for field in chosen),
        arrays=sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(kind)) for kind in types),
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        key=sql.Identifier(key.column),
    )
    rows, count = iter(rows), 0
    while chunk := list(islice(rows, UPDATED_AT_ONCE)):
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(column) for column in zip(*chunk, strict=True)])
            count += cursor.rowcount
    return count


def delete(model: type[Model], keys: Iterable[int]) -> int:
    """Deletes rows by their primary keys and nothing that refers to them: foreign keys must hold at the commit.

    Returns how many are gone. QuerySet.delete() would look for what refers to each of the rows first.
    """
    statement = sql.SQL("DELETE FROM {} WHERE {} = ANY(%s)").format(
        sql.Identifier(model._meta.db_table), sql.Identifier(model._meta.pk.column)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(keys)])
        return cursor.rowcount


def _field(model: type[Model], attname: str) -> Field:
    return next(field for field in model._meta.concrete_fields if field.attname == attname)


def _type(field: Field) -> str:
    """Without its length: a cast to varchar(40) cuts a text that is too long, where the column refuses it."""
    kind = field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
    return re.sub(r"\(\d+(?:, ?\d+)?\)", "", kind.split(" GENERATED")[0])


def _with_json(row: Row, places: list[int]) -> list[Any]:
    """As text: COPY would look for the way to write an object once for each value."""
    values = list(row)
    for place in places:
        values[place] = _as_json(values[place])
    return values


_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
