#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sample.sh VARIANT...: in a VM, in one boot: a sample of the conformance suite. `mixed` meets this kernel's verifier with every
# program, XDP and tc side by side, `nftables` its answers with every table; the whole suite takes half an hour under emulation.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

SCENARIOS=tests/conformance/scenarios
SAMPLE=(
  "$SCENARIOS/forwards/client_is_seen.py"
  "$SCENARIOS/fragments/in_any_order.py"
  "$SCENARIOS/fragments/too_big_to_go_on_whole.py"
  "$SCENARIOS/icmp/traceroute.py"
  "$SCENARIOS/masquerade/pool.py"
  "$SCENARIOS/policies/reject_resets_tcp.py"
  "$SCENARIOS/vlans/qinq.py"
)

VARIANTS=("${@/#/--variant=}")

exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc -- \
  /usr/bin/python3 -B -m pytest -q -rs -p no:cacheprovider --tb=short -o console_output_style=classic \
  -c tests/conformance/pytest.ini --rootdir tests/conformance "${VARIANTS[@]}" "${SAMPLE[@]}"
