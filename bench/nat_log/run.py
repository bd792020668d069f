#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How many events of translation a second reach a collector by IPFIX, and what is lost where. Needs root; SLUICE_BIN_DIR says which build.

Datagrams, each of a port of its own, make mappings, which end a second later: two events for each. Each row is another rate of new
mappings. The collector is a process on this machine that counts records and gaps in sequence numbers.
"""

import argparse
import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for folder in ("support", "net"):
    sys.path.insert(0, str(ROOT / "tests" / folder))

import documents  # noqa: E402  needs the path
from lab import HomeLab, Lab, eventually  # noqa: E402
from lab.helper_process import process_of, processor_seconds  # noqa: E402
from lab.home import OUTSIDE4  # noqa: E402

PORT, NOBODY = 4739, "203.0.113.200"
SENDER = r"""
import ctypes, os, socket, struct, sys, time
device, from_mac, to_mac, target, rate, seconds = *sys.argv[1:5], *map(int, sys.argv[5:])
COUNT, SIZE, BATCH = 1 << 18, 60, 64
link = bytes.fromhex((to_mac + from_mac).replace(":", "")) + b"\x08\x00"
to = socket.inet_aton(target)
def frame(number):
    head = struct.pack("!BBHIBBH", 0x45, 0, 28, 0, 64, 17, 0) + bytes([192, 168, 10, 10 + number % 200]) + to
    check = sum(struct.unpack("!10H", head))
    check = 0xffff - (check % 0xffff)
    return (link + head[:10] + struct.pack("!H", check) + head[12:] + struct.pack("!HHHH", 1024 + number // 200, 9, 8, 0)).ljust(SIZE, b"\0")
frames = ctypes.create_string_buffer(b"".join(map(frame, range(COUNT))), COUNT * SIZE)
at = ctypes.addressof(frames)
pieces = ctypes.create_string_buffer(b"".join(struct.pack("QQ", at + number * SIZE, SIZE) for number in range(COUNT)), COUNT * 16)
first = ctypes.addressof(pieces)   # struct mmsghdr has 64 bytes
headers = ctypes.create_string_buffer(b"".join(struct.pack("QIxxxxQQQQixxxxIxxxx", 0, 0, first + number * 16, 1, 0, 0, 0, 0)
                                               for number in range(COUNT)), COUNT * 64)
made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
made.bind((device, 0))
send, begin, sent = ctypes.CDLL(None).sendmmsg, ctypes.addressof(headers), 0
print("begins", flush=True)
start = time.monotonic()
while (now := time.monotonic() - start) < seconds:
    due = min(int(now * rate) - sent, BATCH, COUNT - sent % COUNT)
    if due > 0:
        sent += max(send(made.fileno(), ctypes.c_void_p(begin + sent % COUNT * 64), due, 0), 0)
    else:
        time.sleep(0.0005)
print(sent, time.monotonic() - start)
"""
COLLECTOR = r"""
import signal, socket, struct, sys
protocol, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
records = missing = count = 0
expected = None
def heed(message):
    global records, missing, count, expected
    sequence = int.from_bytes(message[8:12], "big")
    if expected is not None:
        missing += (sequence - expected) & 0xffffffff
    at, here = 16, 0
    while at < len(message):
        number, length = struct.unpack_from("!HH", message, at)
        here += (length - 4) // 26 if number == 256 else 0
        at += length
    records, count, expected = records + here, count + 1, (sequence + here) & 0xffffffff
def finish(*_):
    print(records, missing, count, flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, finish)
made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM)
made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
made.bind((address, port))
if protocol == "udp":
    made.setsockopt(socket.SOL_SOCKET, 33, 1 << 23)   # SO_RCVBUFFORCE, as a collector asks for: a hundred messages come at once
    print("listens", flush=True)
    while True:
        heed(made.recv(65535))
made.listen()
print("listens", flush=True)
stream, data = made.accept()[0], b""
while piece := stream.recv(1 << 20):
    data += piece
    while len(data) >= 4 and len(data) >= (size := int.from_bytes(data[2:4], "big")):
        heed(data[:size])
        data = data[size:]
signal.pause()
"""


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hook", default="tc")
    parser.add_argument("--protocol", default="udp", choices=["udp", "tcp"])
    parser.add_argument("--rates", default="10000,25000,50000,75000", help="new mappings a second")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--journal", action="store_true", help="mappings are logged as well, as lines of JSON in a file")
    return parser.parse_args()


def document(chosen):
    made = documents.home(chosen.hook)
    made["policies"].insert(0, {"name": "all", "from": "lan", "to": "internet", "action": "accept"})
    made["nat"]["masquerade"][0] |= {"log": True, "addresses": "203.0.113.32/28", "mappings_per_host": 60000}
    made["timeouts"] = {"udp_one_way": "1s", "udp": "2s", "port_rest": "0s"}
    made["tables"] = {"flows": 1 << 19, "mappings": 1 << 19, "half_open": 1 << 19, "flows_per_host": 60000}
    rows = [{"name": "archive", "to": f"{OUTSIDE4}:{PORT}", "protocol": chosen.protocol}]
    return made | {"nat_log": {"collectors": rows, "journal": chosen.journal}}


def status(home):
    shown = json.loads(home.gateway.sluice("status", "-o", "json").stdout)
    row, = shown["nat_log"]
    return {"ring": shown["events"]["lost"] or 0, "sent": row["sent"], "lost": row["lost"], "mappings": shown["counts"]["mappings"]}


def settled(home):
    """All mappings have ended, and all that was told is sent."""
    seen = []

    def is_over():
        now = status(home)
        seen.append(now["sent"] + now["lost"])
        time.sleep(1.2)
        return now["mappings"] == 0 and len(seen) > 2 and seen[-1] == seen[-3]
    eventually("all is told", is_over, within=60)
    return status(home)


def measure(home, chosen, rate):
    collector = home.outside.start(sys.executable, "-c", COLLECTOR, chosen.protocol, OUTSIDE4, PORT)
    eventually("the collector listens", collector.output)
    home.gateway.apply(document(chosen))
    eventually("the exporter runs", lambda: process_of(home.gateway, "ipfix"))
    before, pids = status(home), [home.gateway.daemon.pid, process_of(home.gateway, "ipfix"), collector.pid]
    used = [processor_seconds(pid) for pid in pids]
    sender = home.inside.start(sys.executable, "-c", SENDER, "eth0", home.inside.mac("eth0"), home.gateway.mac("lan"), NOBODY, rate, chosen.seconds)
    sender.wait(chosen.seconds + 60)
    sent, lasted = (float(word) for word in sender.output().split()[1:])
    shares = [f"{(processor_seconds(pid) - was) / lasted:.0%}" for pid, was in zip(pids, used)]
    after = settled(home)
    collector.terminate()
    records, missing, messages = (int(word) for word in collector.output().split()[1:])
    made = after["sent"] + after["lost"] - before["sent"] - before["lost"]
    home.gateway.apply(documents.home(chosen.hook))   # the next row has a process of its own
    return (f"| {sent / lasted:,.0f} | {made / lasted:,.0f} | {records / lasted:,.0f} | {after['ring'] - before['ring']:,} | "
            f"{after['lost'] - before['lost']:,} | {missing:,} | {messages / lasted:,.0f} | {' + '.join(shares)} |")


def main():
    chosen = options()
    with Lab(chosen.hook) as lab:
        home = HomeLab(lab)
        home.gateway.start_daemon()
        home.gateway.apply(document(chosen))
        home.route_gateway()
        home.gateway.ip("neigh replace", NOBODY, "lladdr", home.outside.mac("eth0"), "dev wan nud permanent")
        print(f"load {Path('/proc/loadavg').read_text(encoding='ascii').split()[0]}, by {chosen.protocol}, {chosen.hook}, "
              f"journal {'as well' if chosen.journal else 'without mappings'}")
        print("| new mappings/s | events/s | collected/s | lost in the ring | lost in all | gaps | messages/s | daemon + exporter + collector, of a CPU |")
        print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |", flush=True)
        for rate in chosen.rates.split(","):
            print(measure(home, chosen, int(rate)), flush=True)


main()
