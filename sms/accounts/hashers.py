"""How passwords are kept: Argon2id in the size that OWASP recommends, written as Django's own Argon2 hasher writes it.

A batch of 2,000 students signs in within the same minute, so what one sign-in costs is what the site can take. The
numbers are in docs/adr/0101-argon2id.md. cryptography, which allauth needs anyway, derives the hash; Django's hasher
would need argon2-cffi for the same result.
"""

import base64
from typing import Any

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from django.contrib.auth.hashers import Argon2PasswordHasher, must_update_salt


class Argon2idHasher(Argon2PasswordHasher):
    memory_cost = 19_456  # KiB
    time_cost = 2
    parallelism = 1
    hash_length = 32  # bytes

    def encode(self, password: str, salt: str) -> str:
        derivation = Argon2id(
            salt=salt.encode(),
            length=self.hash_length,
            iterations=self.time_cost,
            lanes=self.parallelism,
            memory_cost=self.memory_cost,
        )
        return self.algorithm + derivation.derive_phc_encoded(password.encode())

    def verify(self, password: str, encoded: str) -> bool:
        try:
            Argon2id.verify_phc_encoded(password.encode(), encoded.removeprefix(self.algorithm))
        except InvalidKey:
            return False
        return True

    def decode(self, encoded: str) -> dict[str, Any]:
        """The parts of `argon2$argon2id$v=19$m=19456,t=2,p=1$salt$hash`."""
        algorithm, variety, version, costs, salt, derived = encoded.split("$", 5)
        cost = {name: int(number) for name, number in (part.split("=") for part in costs.split(","))}
        return {
            "algorithm": algorithm,
            "variety": variety,
            "version": int(version.removeprefix("v=")),
            "memory_cost": cost["m"],
            "time_cost": cost["t"],
            "parallelism": cost["p"],
            "salt": base64.b64decode(salt + "=" * (-len(salt) % 4)).decode("latin1"),
            "hash": derived,
        }

    def must_update(self, encoded: str) -> bool:
        kept = self.decode(encoded)
        outgrown = any(kept[name] != getattr(self, name) for name in ("memory_cost", "time_cost", "parallelism"))
        return outgrown or must_update_salt(kept["salt"], self.salt_entropy)
