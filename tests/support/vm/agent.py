# SPDX-License-Identifier: GPL-2.0-or-later
"""In a VM: runs one command after the other for remote.py. A line of JSON each way."""

import json
import subprocess
import sys


def started(argv, log):
    """In the background; its output goes to a file that later commands can read."""
    with open(log, "wb") as output:
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT).pid


def answer(request):
    if "log" in request:
        return {"pid": started(request["argv"], request["log"])}
    done = subprocess.run(request["argv"], input=request["stdin"], capture_output=True, text=True, errors="replace", check=False)
    return {"status": done.returncode, "out": done.stdout, "err": done.stderr}


def main():
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except OSError as error:
            reply = {"status": 127, "out": "", "err": str(error)}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
