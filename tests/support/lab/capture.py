# SPDX-License-Identifier: GPL-2.0-or-later
"""`sluice capture` in the background, and its file as tshark reads it."""

import signal
import subprocess
from collections import defaultdict

from .wait import eventually

FIELDS = {"interface": "frame.interface_name", "about": "frame.interface_description", "id": "frame.packet_id",
          "direction": "frame.packet_flags_direction", "tc": "frame.verdict.ebpf_tc", "xdp": "frame.verdict.ebpf_xdp",
          "comment": "frame.comment", "lost": "frame.drop_count", "source": "ip.src", "to": "ip.dst", "source6": "ipv6.src",
          "from_port": "udp.srcport", "to_port": "udp.dstport", "tcp_port": "tcp.dstport", "protocol": "frame.protocols",
          "length": "frame.len", "kept": "frame.cap_len", "time": "frame.time_epoch"}
IN, OUT = "0x00000001", "0x00000002"


def read(path):
    """What tshark says of a file, and that it complains of nothing in it."""
    asked = [word for field in FIELDS.values() for word in ("-e", field)]
    done = subprocess.run(["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=\t", "-E", "occurrence=f", *asked],
                          capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "Running as user" not in line and line.strip()]
    assert (done.returncode, complaints) == (0, []), done.stderr
    return [dict(zip(FIELDS, line.split("\t"))) for line in done.stdout.splitlines()]


def by_packet(rows):
    """The shapes of each packet, in the order of the file."""
    packets = defaultdict(list)
    for row in rows:
        packets[row["id"]].append(row)
    return list(packets.values())


class Capture:
    def __init__(self, gateway, path, *words):
        self.path = path
        self.process = gateway.start_sluice("capture", "-w", path, *words)
        eventually("the capture has begun", lambda: "it has begun" in self.process.output() or not self.process.running())
        assert self.process.running(), self.process.output()

    def rows(self):
        """Of what is there when it is told that this is enough."""
        self.process.signal(signal.SIGINT)
        assert self.process.wait() == 0, self.process.output()
        return read(self.path)

    def packets(self):
        return by_packet(self.rows())

    def said(self):
        return self.process.output()
