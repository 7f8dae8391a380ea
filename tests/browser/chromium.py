"""Debian's Chromium by its driver, without a window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

# As root, as in containers, Chromium starts only without its sandbox.
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--no-proxy-server")  # fmt: skip


@contextmanager
def browser(width: int = 1280, height: int = 800) -> Iterator[Chrome]:
    """A browser with its console's messages; it is ended."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for each in (*ARGUMENTS, f"--window-size={width},{height}"):
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = Chrome(options, Service(shutil.which("chromedriver") or "chromedriver"))
    try:
        yield found
    finally:
        found.quit()


def size(of: Chrome, width: int, height: int, scheme: str = "light") -> None:
    """Give the page a size and a colour scheme."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    of.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    of.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
