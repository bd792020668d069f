#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""draw_web.py [SECONDS]: photographs the page of a gateway in a lab, after so much traffic, for docs/web.md. As root, after ./run build."""
import random
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "net")]

from lab import Lab, clients, eventually
from lab.home import OUTSIDE4, WAN4
from web_site import ECHO, WebSite

PICTURES = ROOT / "docs" / "pictures"
BURST = 60   # KiB at most


def make_traffic(site, seconds):
    """Connections that say more and less, and somebody who knocks at a closed port."""
    talking = [clients.EchoedConnection(host, OUTSIDE4, ECHO) for host in (site.home.inside, site.home.second, site.home.mail)]
    end, level = time.monotonic() + seconds, BURST / 2
    while time.monotonic() < end:
        level = min(BURST, max(1, level + random.uniform(-BURST, BURST) / 6))
        for connection in talking:
            assert connection.says("." * int(1024 * level))
        clients.tcp_outcome(site.home.outside, WAN4, 81, timeout=0.1)


def take_pictures(site, seconds):
    browser = site.sign_in()
    for tab, size, is_phone in (("interfaces", (390, 844), True), ("overview", (1280, 800), False)):
        with browser.screen(*size, is_phone=is_phone):
            site.open(tab)
            make_traffic(site, seconds)
            eventually("it is drawn", lambda: browser.all("main .spark"))
            browser.picture(PICTURES / f"web-{tab}.png")


def main():
    Lab.memory = 2048
    with Lab("tc") as lab:
        take_pictures(WebSite(lab), float(sys.argv[1]) if len(sys.argv) > 1 else 115.0)


if __name__ == "__main__":
    main()
