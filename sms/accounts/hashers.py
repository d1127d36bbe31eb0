"""How passwords are kept: Argon2id in the size that OWASP recommends first.

A batch of 2,000 students signs in within the same minute, so what one sign-in costs is what the site
can take; the figures are in docs/adr/0008-argon2id.md. Django's own size takes five times the memory.
"""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    memory_cost = 19_456  # KiB
    time_cost = 2
    parallelism = 1
