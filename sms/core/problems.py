"""What an action says when it cannot do what was asked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _


class Refused(Exception):
    """A rule of the domain forbids the act; the message is one plain sentence for the person.

    Views show it beside the form (status 422); commands print it and end with a non-zero exit.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


@contextmanager
def broken_constraints_refused(sentences: Mapping[str, Promise | str]) -> Iterator[None]:
    """For bulk writes: the database says no to all of them, and the sentence of the constraint's name says why.

    What was written within is undone; the transaction around it goes on. Other constraints raise as ever.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        sentence = sentences.get(error.__cause__.diag.constraint_name)
        if sentence is None:
            raise
        raise Refused(_("%(sentence)s Nothing was changed.") % {"sentence": sentence}) from error
