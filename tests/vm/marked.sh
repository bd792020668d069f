#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# marked.sh FEATURE,...: in a VM, in one boot: the stories and scenarios that need one of these of the kernel. Without: those
# that need anything.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

run_needing() {
  unshare --mount --propagation private --pid --fork --kill-child --mount-proc -- \
    /usr/bin/python3 -B -m pytest -q -rs -p no:cacheprovider --tb=short -o console_output_style=classic "$@"
}

NONE_CHOSEN=5   # of pytest: no scenario needs what is missing

status=0
run_needing tests/net --needing "$1" || status=$?
run_needing -c tests/conformance/pytest.ini --rootdir tests/conformance tests/conformance --needing "$1" ||
  (($? == NONE_CHOSEN)) || status=1
exit "$status"
