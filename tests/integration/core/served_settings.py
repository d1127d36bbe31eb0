"""The settings of the site that test_serve.py starts: with a slow task more."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.integration.core.slow_tasks"]  # noqa: F405
