# SPDX-License-Identifier: GPL-2.0-or-later
"""One client each: asks from a machine, answers a figure, or fails with what it saw."""

import json
import re
import time

SILENCE = 28   # curl's status when nothing answered in time
PATIENCE = 60   # seconds for an answer: machines that are emulated on a busy one wait for their turn
CONTENT = "/usr/local/lib/sluice-lab/content"


def url(address, path, port=80):
    return f"http://[{address}]:{port}{path}" if ":" in address else f"http://{address}:{port}{path}"


def seen_as(machine, server, address, port=80):
    """Whom the web server sees."""
    peer = machine.run(f"curl -sS --noproxy '*' --max-time {PATIENCE} '{url(server, '/peer', port)}'")
    assert peer.split()[0] == address, f"the server saw {peer}, expected {address}"
    return f"the server saw {peer.replace(' ', ' port ')}"


def digest_of(outside):
    return outside.run(f"sha256sum <{CONTENT}").split()[0]


def download(machine, server, wanted):
    """10 MB, every byte right."""
    found = machine.run(
        f"curl -sS --noproxy '*' --max-time 300 -w '%{{stderr}}%{{speed_download}}' '{url(server, '/content')}' "
        "2>/tmp/speed | sha256sum; cat /tmp/speed; rm /tmp/speed", timeout=320).split()
    assert found[0] == wanted, f"the checksum is {found[0]}, and {wanted} was served"
    return f"sha256 {wanted[:16]}... is right, {float(found[-1]) / 1e6:.1f} MB/s"


def resolves(machine, server, name, address):
    found = machine.run(f"dig +short +tries=5 +time=10 @{server} {name} A")
    assert found == address, f"dig answered {found!r}"
    return f"{name} is {found}"


def pings(machine, address):
    """The segments of the lab are sockets: a machine that does not get its turn loses frames, so not all must come back."""
    done = machine.run(f"ping -n -c 5 -i 0.2 -W {PATIENCE} {address}")
    answered = int(re.search(r"(\d+) received", done)[1])
    assert answered >= 3, done
    return re.search(r"rtt .* = (.*)", done)[1]


def traces(machine, address, hops):
    """Each hop is asked three times, and may be silent twice."""
    family = "-6" if ":" in address else "-4"
    done = machine.run(f"traceroute {family} -n -q 3 -w {PATIENCE // 3} -m 6 {address}")
    found = [next((word for word in line.split()[1:] if word != "*"), "*") for line in done.splitlines()[1:]]
    assert found == hops, f"the hops are {found}, expected {hops}"
    return " -> ".join(found)


def rate(machine, address, options=""):
    done = json.loads(machine.run(f"iperf3 -J -t 2 -c {address} {options}"))
    measured = done["end"]["sum_received"]["bits_per_second"] / 1e6
    assert measured > 0.1, f"{measured} Mbit/s"
    return f"{measured:.0f} Mbit/s"


def closed(machine, address, port):
    """Neither an answer nor a refusal by the host behind."""
    done = machine.attempt(f"curl -sS --noproxy '*' --connect-timeout 4 '{url(address, '/peer', port)}'")
    unreachable = "unreachable" in done.stderr.lower() or "no route" in done.stderr.lower()
    assert done.returncode == SILENCE or unreachable, f"curl ended with {done.returncode}: {done.stdout}{done.stderr}"
    return f"connecting to {address} port {port} ends in {'unreachable' if unreachable else 'silence'}"


class RunningDownload:
    """The content at a pace that leaves time to disturb it: minutes, unless it is ended."""

    PART = "/tmp/running-download"

    def __init__(self, machine, server):
        self.machine = machine
        self.process = machine.start(
            f"echo $$ >&2; exec curl -sSN --noproxy '*' -D /dev/stderr -o {self.PART} '{url(server, '/slowly')}'")
        self.number = self.process.stderr.readline().strip()
        first = self.process.stderr.readline()   # the headers: from here on bytes flow
        assert "200" in first, f"the download did not begin: {first}"

    def received(self):
        return int(self.machine.run(f"stat -c %s {self.PART}"))

    def goes_on(self, within=2 * PATIENCE):
        """More arrives than was there."""
        before, deadline = self.received(), time.monotonic() + within
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.received() > before:
                return True
            time.sleep(0.5)
        return False

    def end(self, outside):
        """Stopped; what arrived is what stands at the beginning of the content."""
        self.machine.run(f"kill {self.number}")
        self.process.communicate(timeout=60)
        size = self.received()
        found = self.machine.run(f"sha256sum <{self.PART}; rm {self.PART}").split()[0]
        assert found == outside.run(f"head -c {size} {CONTENT} | sha256sum").split()[0], f"other bytes among the first {size}"
        return f"{size / 1e6:.1f} MB, every byte right"
