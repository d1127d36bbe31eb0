import pytest

from sms.core.sentences import listed


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], ""),
        (["Arif"], "Arif"),
        (["Arif", "Nila"], "Arif and Nila"),
        (["Arif", "Nila", "Tanvir"], "Arif, Nila and Tanvir"),
        (["Arif", "Nila", "Tanvir", "Rahim"], "Arif, Nila, Tanvir and 1 more"),
        (range(2003), "0, 1, 2 and 2000 more"),
    ],
)
def test_names_and_how_many_more(names: list, sentence: str) -> None:
    assert listed(names) == sentence
