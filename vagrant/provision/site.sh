#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# site.sh MACHINE: another site, by config/examples/branch.json. Its inside host is a network namespace of the same machine.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=sluice.sh
. "$(dirname "$0")/sluice.sh"

make_inside_host() {
  install -m 755 "$HERE/inside-host" "$LAB/inside-host"
  systemctl is-active --quiet sluice-lab-inside || run_unit sluice-lab-inside <<TEXT
[Unit]
Description=Inside host of the site
Before=network-pre.target
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$LAB/inside-host
ExecStop=/bin/ip netns delete inside
TEXT
}

start_up "$@"
need curl:curl
name_devices
make_inside_host
serve_http 8080 NetworkNamespacePath=/run/netns/inside
sed -i '/^\[Unit\]/a Requires=sluice-lab-inside.service\nAfter=sluice-lab-inside.service' /etc/systemd/system/sluice-lab-web.service
systemctl daemon-reload
install_sluice
put_in_force branch.json
