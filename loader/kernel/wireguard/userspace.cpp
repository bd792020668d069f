// SPDX-License-Identifier: GPL-2.0-or-later
// The life of a wireguard-go: it is started, found, and ended.
#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>

#include "base/comes_true.hpp"
#include "base/unique_fd.hpp"
#include "kernel/probe.hpp"
#include "kernel/program.hpp"
#include "kernel/wireguard/uapi_socket.hpp"
#include "kernel/wireguard/uapi_text.hpp"
#include "kernel/wireguard/wireguard.hpp"

namespace sluice {
namespace {

constexpr const char* kProgram = "wireguard-go";
constexpr const char* kTunDevice = "/dev/net/tun";
constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::seconds kEnding{1};   // of a process whose device is gone

bool is_folder(const char* path) {
  struct stat found {};
  return ::stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

bool has_device(const std::string& device) { return ::if_nametoindex(device.c_str()) != 0; }

bool someone_answers(const std::string& device) {
  const auto answer = ask_userspace_tunnel(device, kTunnelQuestion);
  return answer && *answer && parse_tunnel_verdict(**answer);
}

std::string unit_of(const std::string& device) { return fmt::format("sluice-tunnel-{}.service", device); }

// NET_ADMIN: its device, and the mark of its packets. The folder of its socket stays when it ends, because
// those of other tunnels are in it. /dev has nothing else in it than that which it makes devices from.
const std::vector<std::string> kLimitsOfTunnel = {
    "CapabilityBoundingSet=CAP_NET_ADMIN",
    "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6",
    "PrivateDevices=yes",
    "BindPaths=/dev/net/tun",
    "DeviceAllow=/dev/net/tun rw",
    "ProtectControlGroups=yes",
    "RuntimeDirectory=wireguard",
    "RuntimeDirectoryMode=0755",
    "RuntimeDirectoryPreserve=yes",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources"};

Result<> start_as_unit(const std::string& program, const std::string& device) {
  return start_unit(unit_of(device), "WireGuard tunnel " + device + " of sluice",
                    {program, "--foreground", device}, limited(kLimitsOfTunnel));
}

// The program leaves a process of its own behind, which is no child of this one any more, and has the device
// from its beginning. Until then it ends with whoever started it: nobody would know of it (prctl(2),
// PR_SET_PDEATHSIG).
Result<> start_as_process(const std::string& program, const std::string& device) {
  const auto setpriv = find_program("setpriv");
  if (!setpriv) return fail("setpriv is not installed");
  return run_program({*setpriv, "--pdeathsig", "KILL", program, device});
}

// Of a device of this namespace, or of nobody any more.
Result<> remove_socket(const std::string& device) {
  if (::unlink(tunnel_socket(device).c_str()) == 0 || errno == ENOENT) return {};
  return fail_errno("remove " + tunnel_socket(device), errno);
}

// Empty: there is one. Its own sandbox may not have the device although units of systemd have it
// (PrivateDevices=).
std::string why_no_tun() {
  const UniqueFd tun(::open(kTunDevice, O_RDWR | O_CLOEXEC));
  const int error = errno;
  if (tun || error == EACCES || error == EPERM || (has_systemd() && !is_folder("/dev/net"))) return "";
  return fail_errno(fmt::format("open {}", kTunDevice), error).error().message;
}

ProbeRow probe_userspace() {
  ProbeRow row{kProgram, ProbeState::kWarning, fmt::format("{} is not installed", kProgram), "", "", ""};
  row.remedy = fmt::format("install the package {}", kProgram);
  if (!find_program(kProgram)) return row;
  const std::string why = why_no_tun();
  if (why.empty()) return {kProgram, ProbeState::kGood, fmt::format("{} is installed", kProgram), "", "", ""};
  row.finding = fmt::format("{} can make no devices", kProgram);
  row.reason = why;
  row.remedy = "load the module tun";
  return row;
}

}   // namespace

TunnelBackends find_tunnel_backends(RtnlSocket& rtnl) {
  return {.kernel = probe_link_kind(rtnl, "wireguard"), .userspace = probe_userspace()};
}

bool is_tunnel_name(std::string_view device) {
  const auto is_plain = [](unsigned char byte) { return byte < 0x80 && std::isalnum(byte); };
  return !device.empty() && device.size() < IFNAMSIZ && is_plain(device.front()) &&
         std::ranges::all_of(
             device, [&](char byte) { return is_plain(byte) || byte == '-' || byte == '_' || byte == '.'; });
}

bool has_tunnel_socket(const std::string& device) {
  struct stat found {};
  return is_tunnel_name(device) && ::stat(tunnel_socket(device).c_str(), &found) == 0 &&
         S_ISSOCK(found.st_mode);
}

Result<> start_userspace_tunnel(const std::string& device) {
  const std::string doing = fmt::format("start {} for {}", kProgram, device);
  if (!is_tunnel_name(device)) return fail(doing + ": that is no name for a tunnel");
  if (has_device(device)) return fail(doing + ": a device of this name is there");
  const auto program = find_program(kProgram);
  if (!program) return fail(doing + ": it is not installed");
  // One whose device is gone already needs a moment to end.
  if (!comes_true(kEnding, [&] { return !is_tunnel_spoken_for(device); }))
    return fail(fmt::format("{}: another one listens on {}", doing, tunnel_socket(device)));
  TRY_TO(doing, has_systemd() ? start_as_unit(*program, device) : start_as_process(*program, device));
  if (comes_true(kPatience, [&] { return someone_answers(device); })) return {};
  (void)stop_userspace_tunnel(device);
  return fail(fmt::format("{}: it does not answer on {}", doing, tunnel_socket(device)));
}

// wireguard-go watches its socket and ends when that is removed. A service may not remove it, but may ask
// systemd to end the unit; that there is no such unit is no harm.
Result<> stop_userspace_tunnel(const std::string& device) {
  const std::string doing = fmt::format("end {} for {}", kProgram, device);
  if (!is_tunnel_name(device)) return fail(doing + ": that is no name for a tunnel");
  if (!has_device(device) && is_tunnel_spoken_for(device)) return {};
  if (const auto systemctl = find_program("systemctl"); systemctl && has_systemd())
    (void)run_program({*systemctl, "stop", unit_of(device)});   // also one that has no device yet
  if (!has_device(device)) return remove_socket(device);
  const auto held = hold_userspace_tunnel(device);   // who does not answer is ended all the same
  if (has_tunnel_socket(device)) TRY_TO(doing, remove_socket(device));
  if (!comes_true(kPatience, [&] { return !has_device(device); })) return fail(doing + ": its device stays");
  if (!held || !*held || comes_true(kPatience, [&] { return has_hung_up(*held); })) return {};
  return fail(doing + ": its process stays");
}

}   // namespace sluice
