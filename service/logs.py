"""The log of the service on standard error: a JSON object a line for programs, words for people."""

import json
import logging
import re
import sys
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

from .live import Live
from .observing import Answered

__all__ = ["ConsoleFormatter", "JsonFormatter", "LogFormat", "access_log", "start_log"]

LogFormat = Literal["auto", "console", "json"]
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by programs: told only at level debug."""
MAX_PATH = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

_access = logging.getLogger("passerelle.access")
_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Of the request that this task has just answered: a failure is told with its traceback only after it."""


def start_log(chosen: LogFormat, level: str) -> None:
    """Send everything that is logged in this process to standard error; `auto` is console on a terminal and json elsewhere.

    level: from which on Passerelle's own lines are told (debug, info, warning, error); others' are from warning on.
    """
    is_console = sys.stderr.isatty() if chosen == "auto" else chosen == "console"
    handler = logging.StreamHandler()
    handler.setFormatter(ConsoleFormatter() if is_console else JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("passerelle").setLevel(level.upper())


def access_log(live: Live) -> Callable[[Answered], None]:
    """Tells each request in one line, with the snapshot in use when it was answered."""

    def tell(answered: Answered) -> None:
        _request_id.set(answered.request_id)
        is_failure = answered.status >= 500
        level = logging.ERROR if is_failure else logging.DEBUG if answered.path in PROBES else logging.INFO
        if not _access.isEnabledFor(level):
            return
        facts = {
            "method": answered.method,
            "path": answered.path[:MAX_PATH],
            "status": answered.status,
            "ms": round(answered.seconds * 1e3, 1),
            "snapshot": live.snapshot,
        }
        _access.log(level, "answered", extra={"event": "request", "facts": facts})

    return tell


class JsonFormatter(logging.Formatter):
    """time (UTC, ISO 8601), level, event, what belongs to the event, and for a failure its traceback; request_id where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", "log"),
            "message": record.getMessage().strip(),
            **getattr(record, "facts", {}),
        }
        if line["event"] == "log":
            line["logger"] = record.name
        if request_id := _request_id.get():
            line["request_id"] = request_id
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace").decode()


class ConsoleFormatter(logging.Formatter):
    """Time, level where it is not info, message and facts; a traceback below. What visitors sent cannot steer the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and those of the traceback."""
        facts = {**getattr(record, "facts", {}), "request_id": _request_id.get()}
        said = " ".join(f"{name}={value}" for name, value in facts.items() if value is not None)
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        line = _CONTROL.sub("�", f"{time} {level}{record.getMessage().strip()} {said}".rstrip())
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
