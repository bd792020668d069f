# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured of a rig, between its client and its server, as the receiver counts it."""

import json
import sys

from echo import AT_ONCE, SMALL
from rows import ASKED, ECHO, IPERF, SERVER4


def _bulk(rig, seconds, *words):
    """Mbit/s of one CUBIC flow."""
    done = rig.client.run("iperf3", "-c", SERVER4, "-p", IPERF, "-t", seconds, "-O", 1, "-C", "cubic", "-J", *words, quiet=True,
                          timeout=seconds + 60)
    return json.loads(done.stdout)["end"]["sum_received"]["bits_per_second"] / 1e6


def _small(rig, seconds):
    """Thousands of packets a second that pass the gateway, half of them in either direction."""
    done = rig.client.run(sys.executable, "-B", ECHO, "ask", SERVER4, ASKED, seconds, timeout=seconds + 60)
    return 2 * int(done.stdout) / seconds / 1e3


MEASURES = {
    "tcp-up": ("TCP to the server, Mbit/s", _bulk),
    "tcp-down": ("TCP from the server, Mbit/s", lambda rig, seconds: _bulk(rig, seconds, "-R")),
    "udp": (f"UDP of {SMALL} bytes, {AT_ONCE} on their way there or back, thousand packets/s", _small),
}
