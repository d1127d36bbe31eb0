from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password

from sms.accounts.hashers import Argon2idHasher


def test_the_size_is_what_owasp_recommends_at_least() -> None:
    encoded = Argon2idHasher().encode("mentorship", "s" * 22)

    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


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
