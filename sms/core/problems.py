"""What an action says when it cannot do what was asked."""


class Refused(Exception):
    """A rule of the domain forbids the act; the message is one plain sentence for the person.

    Views show it beside the form (status 422); commands print it and end with a non-zero exit.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)
