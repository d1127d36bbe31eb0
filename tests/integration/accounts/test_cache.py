from datetime import timedelta

from django.core.cache import cache
from django.db import connection


def expire(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cache SET expires = now() - interval '1 second' WHERE cache_key = %s", [cache.make_key(key)]
        )


def test_what_is_set_is_there_until_it_expires(db: None) -> None:
    cache.set("a", [1, 2], 60)
    cache.set("a", [1, 2, 3], 60)
    assert cache.get("a") == [1, 2, 3]

    expire("a")
    assert cache.get("a") is None


def test_only_the_first_adds_until_it_expires_or_is_deleted(db: None) -> None:
    assert [cache.add("lock", 1, 10), cache.add("lock", 2, 10)] == [True, False]
    expire("lock")
    assert cache.add("lock", 3, 10)
    cache.delete("lock")
    assert cache.add("lock", 4, 10)
    assert cache.get("lock") == 4


def test_none_means_forever_and_nothing_means_at_once(db: None) -> None:
    cache.set("forever", 1, None)
    cache.set("never", 1, 0)

    assert (cache.get("forever"), cache.get("never")) == (1, None)


def test_a_call_is_one_statement(db: None, django_assert_num_queries) -> None:
    with django_assert_num_queries(3):
        cache.set("a", 1, timedelta(minutes=1).total_seconds())
        cache.add("b", 1, 60)
        cache.get("a")


def test_only_what_has_expired_is_deleted(db: None) -> None:
    for number in range(400):
        cache.set(str(number), number, 60)
    expire("7")

    assert cache.delete_expired() == 1
    assert cache.get("399") == 399
