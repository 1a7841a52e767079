"""What planning a day needs beyond Passerelle itself: a solver and calendars."""

from importlib import util

from search import PasserelleError

__all__ = ["require_extra"]

NEEDED = ("ortools", "icalendar", "tzdata")


def require_extra() -> None:
    """Raises PasserelleError where the extra is not installed."""
    if missing := [name for name in NEEDED if util.find_spec(name) is None]:
        raise PasserelleError(
            f"planning a day needs {' and '.join(missing)}, which are not installed; pip install 'passerelle[matchday]'"
        )
