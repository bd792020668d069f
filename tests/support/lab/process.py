# SPDX-License-Identifier: GPL-2.0-or-later
"""A started process, its output and its end."""

import signal
import subprocess


class Process:
    """Always ended by its own id, never by name."""

    def __init__(self, popen, log_file):
        self.popen, self.log_file = popen, log_file

    @property
    def pid(self):
        return self.popen.pid

    def output(self):
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def running(self):
        return self.popen.poll() is None

    def signal(self, number):
        self.popen.send_signal(number)

    def wait(self, timeout=15):
        return self.popen.wait(timeout)

    def terminate(self, timeout=15):
        """A polite end; answers its exit status."""
        if self.running():
            self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        if self.running():
            self.signal(signal.SIGKILL)
        return self.wait()

    def end(self):
        try:
            self.terminate(timeout=5)
        except subprocess.TimeoutExpired:
            self.kill()
