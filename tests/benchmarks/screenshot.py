"""Take the README's pictures: serve a store, open its pages in headless Chromium.

usage: python -m tests.benchmarks.screenshot [STORE]       (needs Chromium; an index of data/demo/members.jsonl)
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).parents[2] / "docs" / "images"
CALL = (
    "The city keeps two hundred bridges and still inspects them on foot. We are looking for a partner who can equip three viaducts "
    "with autonomous, low-power accelerometers. We also need a laboratory that detects cracks in pictures taken by drones. The "
    "budget is 400,000 euros and offers are expected by 3 March. Data must be encrypted on the sensor with post-quantum "
    "cryptography. Roadworks are excluded, and the region has already paid for the masts."
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A page and the window it is seen through."""

    name: str
    path: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"


WANTED = (
    Picture("home", "/?ui=en", 1160, 830),
    Picture("page", f"/?ui=fr&q={quote('accéléromètres pour ponts et barrages')}", 1160, 980),
    Picture("needs", f"/?ui=en&q={quote(CALL)}", 390, 844, "dark"),
    Picture("member", "/members/distretto-green-and-high-tech-stilo-silicio?ui=en", 390, 844),
)


def main() -> None:
    """Serve, photograph, stop."""
    store = sys.argv[1] if len(sys.argv) > 1 else "var/store"
    command = [sys.executable, "-m", "service.cli", "serve", "--store", store, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server, sync_playwright() as playwright:
        assert server.stdout
        address = server.stdout.readline().rsplit(" ", 1)[1].strip()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for picture in WANTED:
            size = {"width": picture.width, "height": picture.height}
            page = browser.new_page(base_url=address, viewport=size, color_scheme=picture.scheme)  # type: ignore[arg-type]
            page.goto(picture.path)
            page.screenshot(path=PICTURES / f"{picture.name}.png")
        browser.close()
        server.terminate()


if __name__ == "__main__":
    main()
