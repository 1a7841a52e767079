"""Take the README's picture: serve a store, open the page in headless Chromium.

usage: python -m tests.benchmarks.screenshot [STORE]       (needs Chromium; an index of data/demo/members.jsonl)
"""

import subprocess
import sys
import tempfile
from pathlib import Path

TOPIC = "/?q=acc%C3%A9l%C3%A9rom%C3%A8tres+pour+ponts+et+barrages&ui=fr"
PICTURE = Path(__file__).parents[2] / "docs" / "images" / "page.png"


def main() -> None:
    """Serve, photograph, stop."""
    store = sys.argv[1] if len(sys.argv) > 1 else "var/store"
    command = [sys.executable, "-m", "service.cli", "serve", "--store", store, "--port", "0"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as profile,
    ):
        assert server.stdout
        address = server.stdout.readline().rsplit(" ", 1)[1].strip()
        browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                   "--disable-component-update", "--disable-sync", "--hide-scrollbars", f"--user-data-dir={profile}"]  # fmt: skip
        subprocess.run(
            [*browser, "--window-size=1160,860", f"--screenshot={PICTURE}", address + TOPIC],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        server.terminate()


if __name__ == "__main__":
    main()
