"""Write the OpenAPI description of the service: python -m service.describe > docs/openapi.json."""

import json
import sys
from typing import cast

from .app import create_app
from .live import Live

__all__ = ["description"]


def description() -> str:
    """The description as JSON; nothing is opened, as no route is called."""
    return json.dumps(create_app(cast(Live, None)).openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(description())
