"""Django's cache in a PostgreSQL table, with one statement for each call.

Every sign-in counts its attempts here sixteen times (allauth's rate limits). Django's own backend takes three to five
statements for each of them, one of which counts the whole table, and throws out entries that still count once there
are 300. Here what has expired is deleted by a task (tasks.delete_expired) and nothing else is.
"""

import base64
import pickle
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


class UpsertCache(DatabaseCache):
    def set(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._upsert(key, value, timeout, version, only_over_expired=False)

    def add(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._upsert(key, value, timeout, version, only_over_expired=True)

    def delete_expired(self) -> int:
        """How many entries were left over and are gone."""
        with self._connection().cursor() as cursor:
            cursor.execute(f"DELETE FROM {self._quoted_table()} WHERE expires < now()")  # noqa: S608, our own table
            return cursor.rowcount

    def _upsert(
        self, key: str, value: Any, timeout: float | None, version: int | None, *, only_over_expired: bool
    ) -> bool:
        key = self.make_and_validate_key(key, version=version)
        moment = self.get_backend_timeout(timeout)
        expires = FOREVER if moment is None else datetime.fromtimestamp(moment, UTC)
        pickled = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("ascii")
        table = self._quoted_table()
        condition = f"WHERE {table}.expires < now()" if only_over_expired else ""
        with self._connection().cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (cache_key, value, expires) VALUES (%s, %s, %s)"  # noqa: S608, our own table
                f" ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires {condition}",
                (key, pickled, expires),
            )
            return cursor.rowcount == 1

    def _connection(self) -> Any:
        return connections[router.db_for_write(self.cache_model_class)]

    def _quoted_table(self) -> str:
        return self._connection().ops.quote_name(self._table)
