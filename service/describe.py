"""Write the OpenAPI description of the service: python -m service.describe > docs/openapi.json."""

import json
import sys
import tempfile

from .app import create_app
from .live import Live
from .memory import open_memory

__all__ = ["description"]


def description() -> str:
    """The description as JSON, with all there can be; no snapshot is needed for it."""
    with tempfile.TemporaryDirectory() as folder:
        memory = open_memory(f"{folder}/memory.sqlite")
        described = create_app(Live(), memory=memory).openapi()
        memory.close()
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(description())
