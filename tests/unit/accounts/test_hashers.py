from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password

from sms.accounts.hashers import Argon2idHasher

# Written by Django's own hasher with argon2-cffi 25.1: time_cost=2, memory_cost=19456, parallelism=1, salt "saltsaltsaltsaltsaltsa".
BY_DJANGO = "argon2$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYQ$"


def test_a_password_is_recognised_and_another_is_not() -> None:
    hasher = Argon2idHasher()
    encoded = hasher.encode("mentorship", hasher.salt())

    assert hasher.verify("mentorship", encoded)
    assert not hasher.verify("Mentorship", encoded)


def test_the_encoding_is_that_of_django() -> None:
    encoded = Argon2idHasher().encode("mentorship", "saltsaltsaltsaltsaltsa")

    assert encoded.startswith(BY_DJANGO)
    assert Argon2idHasher().decode(encoded)["salt"] == "saltsaltsaltsaltsaltsa"


def test_the_size_is_what_owasp_recommends_at_least() -> None:
    kept = Argon2idHasher().decode(Argon2idHasher().encode("mentorship", "s" * 22))

    assert (kept["memory_cost"], kept["time_cost"], kept["parallelism"]) == (19_456, 2, 1)


def test_a_hash_of_another_size_is_renewed() -> None:
    hasher = Argon2idHasher()
    encoded = hasher.encode("mentorship", hasher.salt())

    assert not hasher.must_update(encoded)
    assert hasher.must_update(encoded.replace("t=2", "t=1"))
    assert hasher.must_update(hasher.encode("mentorship", "shortsalt"))


def test_passwords_kept_before_still_work_and_are_renewed(settings) -> None:
    settings.PASSWORD_HASHERS = [
        "sms.accounts.hashers.Argon2idHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    old = PBKDF2PasswordHasher().encode("mentorship", "saltsaltsaltsaltsaltsa", iterations=1)
    renewed = []

    assert check_password("mentorship", old, setter=renewed.append)
    assert renewed == ["mentorship"]
    assert Argon2idHasher().safe_summary(Argon2idHasher().encode("a", "s" * 22))
