import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.core.served_site import ServedSite


@pytest.fixture(scope="session")
def site_data() -> Iterator[Path]:
    """Shared, because the first start makes the database. Not pytest's own directory, which it keeps closed to others."""
    directory = Path(tempfile.mkdtemp(prefix="sms-served-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def site(site_data: Path) -> Iterator[ServedSite]:
    served = ServedSite(site_data)
    try:
        served.start()
        yield served
    finally:
        served.clean_up()
