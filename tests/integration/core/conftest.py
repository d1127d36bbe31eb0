from collections.abc import Iterator

import pytest

from tests.integration.core.served_site import ServedSite


@pytest.fixture
def site() -> Iterator[ServedSite]:
    served = ServedSite()
    try:
        served.start()
        yield served
    finally:
        served.clean_up()
