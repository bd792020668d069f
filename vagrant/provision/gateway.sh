#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# gateway.sh MACHINE: the house's gateway, by config/examples/home.json. It has no address but those of the document.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=sluice.sh
. "$(dirname "$0")/sluice.sh"

start_up "$@"
name_devices
install_sluice
put_in_force home.json
