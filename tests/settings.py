"""The site's own settings, with what a test run has no environment for. No other difference but the password hasher."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0" * 40)
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("TLS", "0")

from sms.config.settings import *  # noqa: F403

# The real hasher is slow on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# collectstatic makes it; without it whitenoise warns, and warnings are errors here.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405

# What tests hand in stays apart from what people did.
MEDIA_ROOT = DATA_DIR / "test-media"  # noqa: F405
