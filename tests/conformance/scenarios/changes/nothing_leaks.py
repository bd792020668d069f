# SPDX-License-Identifier: GPL-2.0-or-later
"""At no moment of an apply, or without the daemon, does anything cross that no document allows."""

from harness import without
from harness.silence import let_pieces_go
from lab.intruders import Watch


def closed(home):
    without(home["policies"], "lan-out")


def without_translation(home):
    closed(home)
    home["nat"] = {}


def scenario(house):
    watch = Watch(house.home)
    for _ in range(3):
        for change in (closed, None, without_translation, None):
            house.apply(change)
    watch.assert_tight("applies")
    house.gateway.daemon.kill()
    watch.assert_tight("without the daemon")
    house.gateway.start_daemon()
    watch.assert_tight("with the next daemon")
    let_pieces_go(house)
