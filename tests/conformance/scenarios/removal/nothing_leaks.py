# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing crosses while everything is taken down, where nothing is, and while it is put up again."""

from lab.intruders import Watch


def scenario(house):
    watch = Watch(house.home)
    house.gateway.cleanup()
    house.gateway.daemon.wait()
    watch.assert_tight("cleanup")
    house.gateway.start_daemon()
    house.apply()
    house.home.route_gateway()
    watch.assert_tight("first apply")
