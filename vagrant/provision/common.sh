# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the scripts of all roles share. They run as root inside a machine, as often as one likes, and need no network
# when the programs are there already.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB=/usr/local/lib/sluice-lab   # what units run; the folder of these scripts may be gone after a reboot

fail() {
  printf 'provision: %s\n' "$*" >&2
  exit 1
}

start_up() {
  ((EUID == 0)) || fail "this needs root"
  (($# == 1)) || fail "which machine of nics.txt is this?"
  MACHINE=$1
  mkdir -p "$LAB"
  if [[ $(cat /etc/hostname) != "$MACHINE" ]]; then
    echo "$MACHINE" >/etc/hostname
    hostname "$MACHINE"
    grep -qw "$MACHINE" /etc/hosts || echo "127.0.1.1 $MACHINE" >>/etc/hosts
  fi
}

apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=0 -o DPkg::Lock::Timeout=120 --yes "$@" </dev/null; }

# need PROGRAM:PACKAGE...: what is not there is installed; where that cannot be done, one sentence says what is missing.
need() {
  local pair missing=()
  for pair; do
    command -v "${pair%%:*}" >/dev/null || missing+=("$pair")
  done
  ((${#missing[@]})) || return 0
  { apt_get update && apt_get install --no-install-recommends "${missing[@]#*:}"; } >/var/log/sluice-lab-apt.log 2>&1 ||
    fail "${missing[*]%%:*} missing, and apt-get could not install ${missing[*]#*:} (/var/log/sluice-lab-apt.log)"
}

# device_of MAC: the real card; devices on top of it may have the same address.
device_of() {
  local place
  for place in /sys/class/net/*; do
    [[ -e $place/device && $(<"$place/address") == "$1" ]] || continue
    basename "$place"
    return
  done
  return 1
}

# Now and after every boot, whatever the provider and the kernel call them.
name_devices() {
  local machine name mac _ device
  while read -r machine name mac _; do
    [[ $machine == "$MACHINE" ]] || continue
    printf '[Match]\nMACAddress=%s\n\n[Link]\nName=%s\n' "$mac" "$name" >"/etc/systemd/network/10-$name.link"
    device=$(device_of "$mac") || fail "no card has the MAC address $mac ($name of $MACHINE)"
    [[ $device != "$name" ]] || continue
    ip link set dev "$device" down
    ip link set dev "$device" name "$name"
  done <"$HERE/nics.txt"
}

# networkd_routes GATEWAY DESTINATION...
networkd_routes() {
  local gateway=$1 destination
  shift
  for destination; do printf '\n[Route]\nDestination=%s\nGateway=%s\n' "$destination" "$gateway"; done
}

# configure_card DEVICE <ROUTES: the addresses of nics.txt, and no others
configure_card() {
  local name=$1 machine found addresses file=/etc/systemd/network/20-$1.network
  {
    printf '[Match]\nName=%s\n\n[Network]\nDHCP=no\nIPv6AcceptRA=no\n' "$name"
    while read -r machine found _ addresses; do
      # shellcheck disable=SC2086  # several
      [[ $machine/$found != "$MACHINE/$name" ]] || printf 'Address=%s\n' $addresses
    done <"$HERE/nics.txt"
    cat
  } >"$file"
  systemctl --quiet enable systemd-networkd
  systemctl start systemd-networkd
  networkctl reload
  networkctl reconfigure "$name"
  /lib/systemd/systemd-networkd-wait-online --interface="$name:routable" --timeout=120 ||
    fail "$name of $MACHINE did not get its addresses: networkctl status $name"
}

# run_unit NAME <UNIT, without [Install]: written, enabled at every boot, and started anew
run_unit() {
  { cat && printf '\n[Install]\nWantedBy=multi-user.target\n'; } >"/etc/systemd/system/$1.service"
  systemctl daemon-reload
  systemctl --quiet enable "$1"
  systemctl restart "$1"
}

# serve_http PORT [LINE OF THE UNIT...]
serve_http() {
  local port=$1
  shift
  need python3:python3
  install -m 755 "$HERE/web.py" "$LAB/web.py"
  {
    printf '[Unit]\nDescription=HTTP server of the lab\n\n[Service]\nExecStart=/usr/bin/python3 %s %s %s\nRestart=on-failure\n' \
      "$LAB/web.py" "$port" "$LAB"
    printf '%s\n' "$@"
  } | run_unit sluice-lab-web
}
