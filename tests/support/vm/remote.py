# SPDX-License-Identifier: GPL-2.0-or-later
"""A VM over this machine's root that stays up, and runs command after command for a test."""

import json
import shlex
from pathlib import Path

from .errors import VmError
from .machine import Machine

AGENT = Path(__file__).resolve().with_name("agent.py")
PATIENCE = 600   # seconds for an answer, the boot included, of an emulated machine on a busy one


class RemoteMachine(Machine):
    """Used like a Machine; `with` boots it."""

    def __enter__(self):
        super().__enter__()
        command = ["exec", "/usr/bin/python3", "-B", str(AGENT)]
        (self.control / "command").write_text(shlex.join(command) + "\n", encoding="utf-8")
        self.start(("status", "in", "out", "err"))
        self.await_answers()
        return self

    def await_answers(self):
        """For a machine that was started: what it is asked waits until the agent reads it."""
        self.streams["out"].settimeout(PATIENCE)
        self.answers = self.streams["out"].makefile("r", encoding="utf-8")

    def _ask(self, **request):
        try:
            self.streams["in"].sendall(json.dumps(request).encode() + b"\n")
            line = self.answers.readline()
        except OSError:
            line = ""
        if not line:
            raise VmError("the VM does not answer; its last lines:\n" + "\n".join(self.last_words()))
        return json.loads(line)

    def run(self, *argv, expect=0, stdin=""):
        """Runs to its end; answers {"status", "out", "err"}. `expect` is a status, or None for any."""
        words = [str(word) for word in argv]
        done = self._ask(argv=words, stdin=stdin)
        assert expect is None or done["status"] == expect, f"{shlex.join(words)} answered {done}"
        return done

    def background(self, log, *argv):
        return self._ask(argv=[str(word) for word in argv], log=str(log))["pid"]
