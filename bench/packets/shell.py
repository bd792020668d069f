# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands, with failures that say what was attempted."""

import subprocess
import time


class BenchError(Exception):
    """One sentence for the person who started the benchmark."""


def into(netns):
    """The words in front of a command that runs it in a network namespace; /sys stays as it is."""
    return ["nsenter", f"--net={netns}"] if netns else []


def run(*words, netns=None, stdin=None, timeout=60):
    command = into(netns) + [str(word) for word in words]
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout,
                              check=False)
    except FileNotFoundError as error:
        raise BenchError(f"{command[0]}: not installed") from error
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{' '.join(command)}: no end within {timeout} s") from error
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def await_listener(server, name, netns, port):
    deadline = time.monotonic() + 10
    while not run("ss", "--no-header", "--listening", "--tcp", f"sport = {port}", netns=netns).strip():
        if time.monotonic() > deadline or server.poll() is not None:
            raise BenchError(f"{name} does not listen")
        time.sleep(0.05)
