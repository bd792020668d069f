// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/router_process.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/comes_true.hpp"
#include "base/file.hpp"
#include "frr/installation.hpp"
#include "frr/ospf_site.hpp"
#include "frr/router_protocol.hpp"
#include "kernel/program.hpp"

namespace sluice {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::milliseconds kAnswer{500};
constexpr size_t kLargestFile = size_t{64} << 20;

// A service of systemd may not give files to others: the unit of the daemon does it (properties_of_unit).
Result<> give_to_group(const std::filesystem::path& path, gid_t group) {
  if (has_systemd() || ::lchown(path.c_str(), -1, group) == 0) return {};
  return fail_errno("set the group of " + path.string(), errno);
}

Result<> make_directory(const std::filesystem::path& path, mode_t mode) {
  TRY(make_folder(path, mode));
  if (::chmod(path.c_str(), mode) != 0) return fail_errno("set the mode of " + path.string(), errno);
  return {};
}

std::string unit_of(const std::string& name) {
  return fmt::format("sluice-{}-{}.service", speaks_ospf(name) ? "ospf" : "bgpd", name);
}

}   // namespace

Result<std::optional<Vty>> RouterProcess::connect(std::chrono::milliseconds patience) const {
  return Vty::connect(socket(), patience);
}

Result<std::optional<Vty>> RouterProcess::connect_settings(std::chrono::milliseconds patience) const {
  return Vty::connect(settings_socket(), patience);
}

std::filesystem::path RouterProcess::pid_file() const {
  return folder() / (speaks_ospf(name_) ? kOspfPidFile : "bgpd.pid");
}

std::filesystem::path RouterProcess::socket() const {
  return folder() / (speaks_ospf(name_) ? kOspfSocket : "bgpd.vty");
}

std::filesystem::path RouterProcess::settings_socket() const {
  return speaks_ospf(name_) ? folder() / kStaticSocket : socket();
}

std::string RouterProcess::config() const { return read_file(config_file(), kLargestFile).value_or(""); }

// Not in the folder that its user may write into.
Result<> RouterProcess::keep_config(const std::string& config) const {
  const UserIds ids = TRY(find_frr_user());
  TRY(write_file_atomically(config_file(), config, 0640));
  return give_to_group(config_file(), ids.group);
}

Result<> RouterProcess::make_folder() const {
  const UserIds ids = TRY(find_frr_user());
  TRY(make_directory(base_.parent_path(), 0755));
  TRY(make_directory(base_, 0755));
  TRY(make_directory(folder(), 0770));
  return give_to_group(folder(), ids.group);
}

// What a site may reach is limited to what FRR wants. `ip vrf exec` makes a control group below that of the
// unit, and loads a program for it; what speaks OSPF makes namespaces and a TUN device.
std::vector<std::string> RouterProcess::limits_of_unit(bool in_vrf) const {
  std::vector<std::string> limits = {
      "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_NET_ADMIN CAP_SYS_ADMIN CAP_SETUID "
      "CAP_SETGID",
      "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6", "SystemCallFilter=@system-service"};
  if (speaks_ospf(name_))
    limits.insert(limits.end(), {"RestrictNamespaces=net pid", "DeviceAllow=/dev/net/tun rw"});
  else
    limits.insert(limits.end(), {"PrivateDevices=yes", "SystemCallFilter=~@resources"});
  if (in_vrf)
    limits.insert(limits.end(), {"Delegate=yes", "SystemCallFilter=bpf"});
  else
    limits.emplace_back("ProtectControlGroups=yes");
  return limits;
}

// It begins as root and becomes FRR's user. Its first process ends when the daemons listen: then their
// sockets are given to root, because the service is root without root's privilege to talk to everybody's
// sockets.
std::vector<std::string> RouterProcess::properties_of_unit(bool in_vrf) const {
  std::vector<std::string> all = limits_of_unit(in_vrf);
  all.insert(
      all.end(),
      {"Type=forking", "PIDFile=" + pid_file().string(), "ReadWritePaths=" + folder().string(),
       fmt::format("ExecStartPre=+/bin/chgrp {} {} {}", kFrrUser, folder().string(), config_file().string()),
       fmt::format("ExecStartPost=+/bin/chgrp root {} {}", socket().string(), settings_socket().string())});
  return limited(all);
}

// Without zebra (-Z): what it learns is read from it, and nobody but sluice changes routes.
Result<std::vector<std::string>> RouterProcess::words_of_bgpd(const Router& router) const {
  std::vector<std::string> words{TRY(find_frr_program("bgpd")),
                                 "-Z",
                                 "-u",
                                 kFrrUser,
                                 "-g",
                                 kFrrUser,
                                 "-f",
                                 config_file(),
                                 "-i",
                                 pid_file(),
                                 "--vty_socket",
                                 folder(),
                                 "-P",
                                 "0",
                                 "-p",
                                 "179"};
  for (const IpAddress& address : listening_addresses(router))
    words.insert(words.end(), {"-l", address.to_string()});
  if (router.vrf_device.empty()) return words;
  const auto ip = find_program("ip");
  if (!ip) return fail("ip is not installed: install the package iproute2");
  words.insert(words.begin(), {*ip, "vrf", "exec", router.vrf_device});
  return words;
}

Result<std::vector<std::string>> RouterProcess::words_of_ospf(const Router& router) const {
  return std::vector<std::string>{TRY(own_program()),
                                  kOspfVerb,
                                  router.device,
                                  router.address->to_string(),
                                  router.neighbours.front().address->to_string(),
                                  folder(),
                                  config_file()};
}

Result<> RouterProcess::run(const std::vector<std::string>& words, bool in_vrf) const {
  if (!has_systemd()) return run_program(words);
  return start_unit(unit_of(name_), "Routing of sluice: " + name_, words, properties_of_unit(in_vrf));
}

Result<> RouterProcess::start(const Router& router, const std::string& config) const {
  const bool by_ospf = speaks_ospf(name_);
  auto words = TRY(by_ospf ? words_of_ospf(router) : words_of_bgpd(router));
  words.emplace_back(by_ospf ? kInBackground : "-d");
  TRY(end());   // one that does not listen
  TRY(make_folder());
  TRY(keep_config(config));
  TRY(run(words, !by_ospf && !router.vrf_device.empty()));
  const bool listens = comes_true(kPatience, [&] {
    const auto vty = connect(kAnswer), settings = connect_settings(kAnswer);
    return vty && *vty && settings && *settings;
  });
  return listens ? Result<>() : fail("nobody listens on " + socket().string());
}

OtherDaemon RouterProcess::daemon() const { return {pid_file(), kFrrUser, socket().parent_path()}; }

Result<> RouterProcess::end() const {
  if (const auto systemctl = find_program("systemctl"); systemctl && has_systemd())
    (void)run_program({*systemctl, "stop", unit_of(name_)});
  return end_process(daemon(), kPatience);
}

Result<> RouterProcess::stop() const {
  TRY(end());
  std::error_code error;
  std::filesystem::remove_all(folder(), error);
  std::filesystem::remove(config_file(), error);
  return {};
}

}   // namespace sluice
