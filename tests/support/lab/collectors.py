# SPDX-License-Identifier: GPL-2.0-or-later
"""Collectors of IPFIX: nfdump's for UDP, and one for TCP whose stream libfixbuf's ipfixDump reads (both packages of Debian)."""

import contextlib
import itertools
import json
import re
import socket
import subprocess
import threading

from .wait import eventually

PORT = 4739
_folders = itertools.count()


class Nfcapd:
    """By UDP. Its files are read as they are finished, every two seconds, and when it ends."""

    def __init__(self, host, address, port=PORT):
        self.host, self.folder = host, host.lab.directory / f"collected-{next(_folders)}"
        self.folder.mkdir()
        family = ["-6"] if ":" in address else ["-4"]
        self.process = host.start("nfcapd", *family, "-b", address, "-p", port, "-w", self.folder, "-t", 2)
        eventually("nfcapd listens", lambda: "Startup nfcapd" in self.process.output())

    def events(self, **fields):
        """As nfdump prints them."""
        read = subprocess.run(["nfdump", "-q", "-R", self.folder, "-o", "json"], capture_output=True, text=True, check=False).stdout
        rows = json.loads(f"[{read[read.find('{'):read.rfind('}') + 1]}]") if "{" in read else []
        return [row for row in rows if all(row.get(name) == value for name, value in fields.items())]

    def eventually_has(self, **fields):
        return eventually(f"the collector has {fields}", lambda: self.events(**fields), within=15)

    def missed(self):
        """How often a message did not begin where the one before had ended."""
        return sum(int(count) for count in re.findall(r"Sequence Errors: (\d+)", self.process.output()))

    def end(self):
        self.process.end()


class TcpCollector:
    """Takes connections one after the other and keeps what comes by each, until it is ended."""

    def __init__(self, host, address, port=PORT, reads=True):
        self.host, self.reads, self.streams, self.held = host, reads, [], []
        with host.entered():
            self.listening = socket.create_server((address, port))
        self.thread = threading.Thread(target=self._take, daemon=True)
        self.thread.start()
        host.lab.defer(self.end)

    def _take(self):
        with contextlib.suppress(OSError):   # it was ended
            while True:
                made, _ = self.listening.accept()
                self.held.append(made)
                self.streams.append(bytearray())
                while self.reads and (piece := made.recv(1 << 16)):
                    self.streams[-1] += piece

    def end(self):
        for one in [self.listening, *self.held]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self.thread.join(5)

    def records(self, **elements):
        """What ipfixDump reads out of the streams: each record by names of elements, "dateTime" and numbers as texts."""
        rows = [row for stream in self.streams for row in dumped(whole_messages(stream))]
        return [row for row in rows if all(row.get(name) == str(value) for name, value in elements.items())]

    def eventually_has(self, **elements):
        return eventually(f"the collector has {elements}", lambda: self.records(**elements), within=15)

    def sequence(self, stream=-1):
        """Of each message of a connection: its number and how many records it has."""
        found = messages(self.streams[stream])
        until = [0, *(len(dumped(b"".join(found[:count + 1]))) for count in range(len(found)))]
        return [(int.from_bytes(message[8:12], "big"), until[at + 1] - until[at]) for at, message in enumerate(found)]


def messages(stream):
    at, found = 0, []
    while at + 16 <= len(stream):
        size = int.from_bytes(stream[at + 2:at + 4], "big")
        if size < 16 or at + size > len(stream):
            break
        found.append(bytes(stream[at:at + size]))
        at += size
    return found


def whole_messages(stream):
    """Without one that is still coming."""
    return b"".join(messages(stream))


def dumped(stream):
    if not stream:
        return []
    done = subprocess.run(["ipfixDump", "--data"], input=stream, capture_output=True, check=True)
    assert not done.stderr.strip(), done.stderr.decode()
    rows = []
    for line in done.stdout.decode().splitlines():
        if line.startswith("--- data record"):
            rows.append({})
        elif found := re.fullmatch(r"\s*\(\d+\)\s+(\w+) : (.*)", line):
            rows[-1][found[1]] = found[2]
    return rows
