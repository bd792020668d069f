# SPDX-License-Identifier: GPL-2.0-or-later
"""Limits under load: TCP at three rates, and two CPUs that send as fast as they can. On tc, where packets are merged; what
XDP does at these rates is in tests/conformance and tests/bpf.
"""

import json
import sys
import time
from pathlib import Path

import documents
import pytest
from lab import services
from lab.home import OUTSIDE4

POUR = Path(__file__).resolve().parents[1] / "support" / "lab" / "pour.py"
MEGABITS = (10, 100, 1000)
PACKETS, BURST, SECONDS = 5000, 5000, 2
TRIES = 3   # a machine that is busy carries less than it may, and its packets wait while its clocks go on
PORT = 7998


def burst(rate):
    """A second of the rate: from a smaller bucket whole windows fall out, and TCP waits until it dares again."""
    return min(rate, 100) * 125_000


def tcp_limit(rate):
    return {"name": f"tcp-{rate}", "rate": f"{rate}mbit", "burst": f"{burst(rate) // 1000}kB", "protocol": "tcp",
            "ports": 5200 + rate}


@pytest.fixture(scope="module", params=["tc"])
def hook(request):
    return request.param


@pytest.fixture(scope="module")
def document(hook):
    packets = {"name": "packets", "rate": f"{PACKETS}pps", "burst": f"{BURST}p", "protocol": "udp", "ports": PORT}
    return documents.home(hook) | {"limits": [packets, *map(tcp_limit, MEGABITS)]}


def limit(home, name):
    row, = [row for row in home.gateway.get("/v1/show/limits")["limits"] if row["name"] == name]
    return row


def arrived(host):
    """Bytes of IP that the device has received, and when: a packet that came merged has the headers of one."""
    counts = json.loads(host.ip("-json -statistics link show eth0").stdout)[0]["stats64"]["rx"]
    return counts["bytes"] - 14 * counts["packets"], time.monotonic()


# Per cent of the rate. Of what passes 3.5 % are headers, and segments that were dropped are sent again: iperf3 tells
# what arrived once. So "what the limit gives" is 96.5, and TCP that fills it to 2 % gets 94 to 98.5; from 90 on is enough
# of a busy machine, and at 1 Gbit/s the machine decides whether that much can be carried at all. iperf3's ends do not
# begin their seconds together, so one try can also be told more. What is never excused is more than rate and burst
# give, by the clock of this process and the counters of the receiver's device.
@pytest.mark.parametrize("rate,least", [(10, 90), (100, 90), (1000, 0)])
def test_tcp_gets_what_the_limit_gives(home, rate, least):
    services.iperf_server(home.outside, 5200 + rate)
    shares = []
    for _ in range(TRIES):
        began = time.monotonic()
        before, _ = arrived(home.outside)
        shares.append(services.iperf(home.inside, OUTSIDE4, 3, 5200 + rate, streams=4, omit=2) * 1e5 / rate)
        after, ended = arrived(home.outside)
        row, given = limit(home, f"tcp-{rate}"), burst(rate) + rate * 125e3 * (ended - began)
        home.lab.log.say(f"TCP had {shares[-1]:.1f} % of {rate} Mbit/s, {after - before} of {given:.0f} bytes; {row}")
        assert after - before <= given
        if least <= shares[-1] <= 98.5:
            break
    else:
        pytest.fail(f"{TRIES} times not what the limit gives, per cent: {shares}")
    assert row["exceeded_packets"] or rate == 1000


def poured(home):
    """Two CPUs at once: how many packets passed, and how many the rate and the burst give."""
    before = limit(home, "packets")
    pours = [host.start(sys.executable, POUR, cpu, OUTSIDE4, PORT, SECONDS)
             for cpu, host in enumerate((home.inside, home.second))]
    times = []
    for pour in pours:
        assert pour.wait(timeout=30) == 0, pour.output()
        times.append([float(word) for word in pour.output().split()])
    took = max(end for _, end, _ in times) - min(start for start, _, _ in times)
    passed = limit(home, "packets")["passed_packets"] - before["passed_packets"]
    wanted, sent = PACKETS * took + BURST, sum(sent for _, _, sent in times)
    home.lab.log.say(f"{passed} of {sent} passed, wanted are {wanted:.0f}")
    assert sent > 1.2 * wanted, "it was no flood"
    return passed, wanted


def test_two_cpus_get_what_the_rate_and_the_burst_give(home):
    """Not 2 % more, nor less, whoever of them takes it."""
    for _ in range(TRIES):
        passed, wanted = poured(home)
        if abs(passed - wanted) <= 0.02 * (wanted - BURST):
            return
        time.sleep(2 * BURST / PACKETS)   # the bucket is full again
    pytest.fail(f"{TRIES} times more or less, at last {passed} and not {wanted:.0f}")
