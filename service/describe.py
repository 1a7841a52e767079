"""Write the OpenAPI description of the service: python -m service.describe > docs/openapi.json."""

import json
import sys

from .app import create_app
from .live import Live

__all__ = ["description"]


def description() -> str:
    """The description as JSON; no snapshot is needed for it."""
    return json.dumps(create_app(Live()).openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(description())
