# SPDX-License-Identifier: GPL-2.0-or-later
"""A program at a terminal of its own, whose screen the test reads (pyte) and whose keys it types."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios

import pyte

from .wait import eventually


class Screen(pyte.Screen):
    """One that repeats a character too (REP of ECMA-48), as ncurses asks of an xterm."""

    last = " "

    def draw(self, data):
        super().draw(data)
        self.last = data[-1:] or self.last

    def repeat(self, count=1):
        self.draw(self.last * (count or 1))


class Stream(pyte.ByteStream):
    csi = {**pyte.ByteStream.csi, "b": "repeat"}
    events = pyte.ByteStream.events | {"repeat"}


class Terminal:
    """`host`: where it runs. The screen is read by looking at it; nothing is lost meanwhile."""

    def __init__(self, host, *argv, width=100, height=40, **environment):
        self.ours, self.theirs = pty.openpty()
        self.screen = Screen(width, height)
        self.stream = Stream(self.screen)
        self.raw = b""
        self.resize(width, height)
        self.before = termios.tcgetattr(self.theirs)
        variables = {**os.environ, "TERM": "xterm-256color"} | environment
        with host.entered():
            self.process = subprocess.Popen([str(word) for word in argv], stdin=self.theirs, stdout=self.theirs, stderr=self.theirs,
                                            env=variables, preexec_fn=self._own)
        host.lab.defer(self.close)

    def _own(self):
        os.setsid()
        fcntl.ioctl(self.theirs, termios.TIOCSCTTY, 0)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for end in (self.ours, self.theirs):
            with contextlib.suppress(OSError):
                os.close(end)

    def resize(self, width, height):
        """The kernel tells the program by SIGWINCH."""
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("4H", height, width, 0, 0))
        self.screen.resize(height, width)

    def read(self):
        while select.select([self.ours], [], [], 0)[0]:
            piece = os.read(self.ours, 65536)
            self.raw += piece
            self.stream.feed(piece)

    def lines(self):
        self.read()
        return [line.rstrip() for line in self.screen.display]

    def shows(self, text):
        return any(text in line for line in self.lines())

    def type(self, keys):
        os.write(self.ours, keys.encode())

    def ended(self):
        """Its exit status, once it is there."""
        eventually("it ends", lambda: (self.read(), self.process.poll() is not None)[1])
        return self.process.returncode

    def is_restored(self):
        """The other screen is left, the cursor is shown, and the line discipline is as before."""
        self.read()
        left = self.raw.rfind(b"\x1b[?1049l") > self.raw.rfind(b"\x1b[?1049h") >= 0
        shown = max(self.raw.rfind(b"\x1b[?25h"), self.raw.rfind(b"\x1b[?12l\x1b[?25h")) > self.raw.rfind(b"\x1b[?25l")
        return left and shown and termios.tcgetattr(self.theirs) == self.before
