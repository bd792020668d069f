#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# marked.sh FEATURE,...: in a VM, in one boot: the stories that need one of these of the kernel. Without: those that
# need anything.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc -- \
  /usr/bin/python3 -B -m pytest -q -rs -p no:cacheprovider --tb=short -o console_output_style=classic \
  tests/net --needing "$1"
