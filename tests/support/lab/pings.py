# SPDX-License-Identifier: GPL-2.0-or-later
"""A steady stream of echo requests that the other host's kernel answers: how many were lost on the way or back."""

import re
import signal

from .wait import eventually


class Pings:
    """Sends whatever happens, until lost() is asked. No program at the other end can be too slow for it."""

    def __init__(self, host, address, interval=0.005):
        self.process = host.start("ping", "-n", "-i", interval, "-W", 5, address)

    def runs(self, more=50):
        wanted = self._answers() + more
        eventually(f"{more} more pings are answered", lambda: self._answers() >= wanted, within=20)
        return True

    def _answers(self):
        return self.process.output().count("time=")

    def lost(self):
        """Ends it: how many requests have no answer of those before the last that has one."""
        self.process.signal(signal.SIGINT)
        self.process.wait()
        numbers = {int(found) for found in re.findall(r"icmp_seq=(\d+) .*time=", self.process.output())}
        return max(numbers) - len(numbers)
