"""What stands in an address besides numbers and slugs."""

from datetime import date


class IsoDateConverter:
    """A calendar day, as 2026-11-22. A day that does not exist is no address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, text: str) -> date:
        return date.fromisoformat(text)

    def to_url(self, day: date) -> str:
        return day.isoformat()
