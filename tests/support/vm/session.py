# SPDX-License-Identifier: GPL-2.0-or-later
"""One command in a VM, as if it ran here: its input, output, errors and status."""

import contextlib
import fcntl
import os
import selectors
import shlex
import shutil
import sys
import termios
import time
import tty

from .errors import VmError

TIMED_OUT = 124   # as timeout(1) answers
PIECE = 65536


def is_terminal():
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


@contextlib.contextmanager
def raw_terminal():
    """Keys go to the guest one by one; what was set before comes back."""
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def is_drained(stream):
    """Whether the other end has read everything: what it has not would be lost with the stream."""
    return int.from_bytes(fcntl.ioctl(stream, termios.TIOCOUTQ, bytes(4)), sys.byteorder) == 0


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]


class Session:
    """Copies between this process and a machine until its command ends. `began` is the boot's time in seconds."""

    def __init__(self, machine, argv, limit, terminal=False):
        self.machine, self.argv, self.limit, self.terminal = machine, argv, limit, terminal
        self.selector = selectors.PollSelector()   # epoll takes no plain files
        self.said, self.began, self.status = b"", None, None
        self.closing = None   # our input has ended, the guest has not read all of it yet

    def _write_command(self):
        lines = [f"cd {shlex.quote(os.getcwd())} || exit 125"]
        if self.terminal:
            columns, rows = shutil.get_terminal_size()
            (self.machine.control / "terminal").touch()
            lines.append(f"export TERM={shlex.quote(os.environ.get('TERM', 'dumb'))}; stty rows {rows} cols {columns}")
        lines.append(f"exec {shlex.join(self.argv)}")
        (self.machine.control / "command").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _copy(self, source, target):
        """A piece of the guest's output; an end is no news, the guest says by `status` how it went."""
        data = source.recv(PIECE)
        if data:
            write_all(target, data)
        else:
            self.selector.unregister(source)

    def _feed(self, target):
        data = os.read(0, PIECE)
        if data:
            target.sendall(data)
            return
        self.selector.unregister(0)
        self.closing = target

    def _hear(self, source):
        data = source.recv(PIECE)
        if not data:
            self.selector.unregister(source)
        self.said += data
        *lines, self.said = self.said.split(b"\n")
        for line in lines:
            word, value = line.decode().split()
            if word == "began":
                self.began = float(value)
            else:
                self.status = int(value)

    def _register(self, streams):
        watch = self.selector.register
        watch(streams["status"], selectors.EVENT_READ, lambda: self._hear(streams["status"]))
        if self.terminal:
            watch(streams["terminal"], selectors.EVENT_READ, lambda: self._copy(streams["terminal"], 1))
            watch(0, selectors.EVENT_READ, lambda: self._feed(streams["terminal"]))
            return
        watch(streams["out"], selectors.EVENT_READ, lambda: self._copy(streams["out"], 1))
        watch(streams["err"], selectors.EVENT_READ, lambda: self._copy(streams["err"], 2))
        watch(0, selectors.EVENT_READ, lambda: self._feed(streams["in"]))

    def _end_input(self):
        """Without us at the other end of its port, the guest reads an end of file."""
        if self.closing and is_drained(self.closing):
            self.closing.close()
            self.closing = None

    def _step(self, seconds):
        for key, _ in self.selector.select(max(0.0, seconds)):
            if key.fileobj in self.selector.get_map():
                key.data()
        self._end_input()

    def _follow(self):
        """Until the guest is off, or its time is over. Its ports end with qemu."""
        end = time.monotonic() + self.limit
        while self.machine.process.poll() is None:
            left = end - time.monotonic()
            if left <= 0:
                raise VmError(f"the VM was stopped after {self.limit} s (--timeout); its last lines:\n"
                              + "\n".join(self.machine.last_words()), TIMED_OUT)
            self._step(min(left, 0.2))
        while any(key.fd != 0 for key in self.selector.get_map().values()):
            if not self.selector.select(0):
                break
            self._step(0)

    def run(self):
        """The command's exit status."""
        self._write_command()
        self.machine.start(("status", "terminal") if self.terminal else ("status", "in", "out", "err"))
        self._register(self.machine.streams)
        with raw_terminal() if self.terminal else contextlib.nullcontext():
            self._follow()
        if self.status is None:
            raise VmError(self.machine.why_ended())
        return self.status
