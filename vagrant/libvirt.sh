# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# libvirt for the lab: the machine's own where it runs. Otherwise (no systemd, a container) virtlogd and libvirtd are started
# in namespaces of their own for mounts, network and processes, so that they meet nothing and leave nothing:
# when their first process is killed, the kernel ends the rest, machines included.
URI=qemu:///system
OWN=$OUT/libvirt

machine_has_libvirt() { virsh -q -c "$URI" list >/dev/null 2>&1; }

# The process that is number 1 in the namespaces.
first_process() {
  local outer
  outer=$(cat "$OWN/pid" 2>/dev/null) || return 1
  [[ $(cat "/proc/$outer/comm" 2>/dev/null) == unshare ]] || return 1
  awk '{print $1}' "/proc/$outer/task/$outer/children"
}

# with_libvirt COMMAND...: where libvirt answers
with_libvirt() {
  local first
  if first=$(first_process); then
    nsenter --target "$first" --mount --net --pid --wd="$PWD" -- "$@"
  else
    "$@"
  fi
}

start_libvirt() {
  ! machine_has_libvirt && ! first_process >/dev/null || return 0
  ((EUID == 0)) || fail "no libvirt answers at $URI, and starting one here needs root"
  say "starting libvirt in namespaces of its own"
  rm -rf "$OWN"
  mkdir -p "$OWN"
  setsid unshare --net --mount --propagation private --pid --fork --kill-child --mount-proc -- \
    "$HERE/libvirt-daemons" "$OWN" >"$OWN/daemons.log" 2>&1 </dev/null &
  echo $! >"$OWN/pid"
  disown   # that it is killed at the end needs no word
  await_libvirt || {
    tail -n 20 "$OWN/daemons.log" >&2
    stop_libvirt
    fail "libvirt did not start"
  }
}

await_libvirt() {
  local attempt
  for ((attempt = 0; attempt < 60; attempt++)); do
    sleep 0.5
    first_process >/dev/null || return 1
    ! with_libvirt virsh -q -c "$URI" list >/dev/null 2>&1 || return 0
  done
  return 1
}

stop_libvirt() {
  if first_process >/dev/null; then
    kill -KILL "$(cat "$OWN/pid")"
    tail --pid="$(cat "$OWN/pid")" -f /dev/null
    rmdir --ignore-fail-on-non-empty /run/libvirt
  else
    forget_box
  fi
  rm -rf "$OWN"
}

# Vagrant leaves the disk of the box in the pool for other users of it. Nobody else uses this one.
forget_box() {
  local volume
  machine_has_libvirt || return 0
  while read -r volume; do
    virsh -q -c "$URI" vol-delete --pool default "$volume"
  done < <(virsh -q -c "$URI" vol-list default 2>/dev/null | awk '/sluice-VAGRANTSLASH-bookworm/ {print $1}')
}

# Whether KVM runs the box's kernel, not only whether there is a device: it starts and comes to the end of the initrd.
kvm_works() {
  [[ -w /dev/kvm ]] || return 1
  timeout 20 qemu-system-x86_64 -accel kvm -cpu host -m 256 -nodefaults -no-user-config -display none -no-reboot \
    -kernel "$OUT/vmlinuz" -initrd "$OUT/initrd.gz" -append "console=ttyS0 quiet panic=-1 sluice.probe" \
    -serial stdio </dev/null 2>/dev/null | grep -F "initrd: probed" >/dev/null
}
