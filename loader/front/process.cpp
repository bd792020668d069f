// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/process.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/comes_true.hpp"
#include "base/file.hpp"
#include "front/installation.hpp"
#include "front/runtime.hpp"
#include "kernel/program.hpp"

namespace sluice {
namespace {

constexpr std::chrono::seconds kStartTime{5}, kEndTime{5};
constexpr std::chrono::milliseconds kFirstAnswer{500};

// New files get the group of the folder.
Result<> give(const std::filesystem::path& path, uid_t user, gid_t group, mode_t mode) {
  if (::lchown(path.c_str(), user, group) == 0 && ::chmod(path.c_str(), mode) == 0) return {};
  return fail_errno("set owner and mode of " + path.string(), errno);
}

}   // namespace

// A service of systemd may not give files to others: the units of HAProxy do it (properties()).
Result<> HaproxyProcess::make_folders() const {
  const UserIds ids = TRY(find_haproxy_user());
  TRY(make_folder(paths_.base.parent_path(), 0755));
  for (const auto& path : {paths_.base, paths_.conf(), paths_.certificates(), paths_.run()})
    TRY(make_folder(path, 0700));
  if (::chmod(paths_.base.c_str(), 0755) != 0)
    return fail_errno("set the mode of " + paths_.base.string(), errno);
  if (has_systemd()) return {};
  TRY(give(paths_.conf(), 0, ids.group, S_ISGID | 0750));
  TRY(give(paths_.certificates(), 0, ids.group, S_ISGID | 0750));
  return give(paths_.run(), ids.user, 0, S_ISGID | 0770);
}

Result<> HaproxyProcess::write(const std::filesystem::path& file, const std::string& text) const {
  return write_file_atomically(file, text, 0640);
}

std::string HaproxyProcess::unit() const {
  const std::string daemon = paths_.base.parent_path().filename();
  return daemon == "sluice" ? "sluice-front" : "sluice-front-" + daemon;
}

// Expressions of PCRE are made into machine code. The sockets are of root's group, because sluiced is root
// without root's privilege to talk to everybody's sockets.
std::vector<std::string> HaproxyProcess::properties() const {
  const std::string conf = paths_.conf(), certificates = paths_.certificates(), run = paths_.run();
  return limited({fmt::format("User={}", kHaproxyUser), fmt::format("Group={}", kHaproxyUser),
                  "AmbientCapabilities=CAP_NET_BIND_SERVICE", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
                  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6", "SystemCallFilter=@system-service",
                  "PrivateDevices=yes", "ProtectControlGroups=yes", "MemoryDenyWriteExecute=no",
                  "LimitNOFILE=262144", "ReadWritePaths=" + run,
                  fmt::format("ExecStartPre=+/bin/chgrp -R {} {}", kHaproxyUser, conf),
                  fmt::format("ExecStartPre=+/bin/chmod 2750 {} {}", conf, certificates),
                  fmt::format("ExecStartPre=+/bin/chown {}:root {}", kHaproxyUser, run),
                  fmt::format("ExecStartPre=+/bin/chmod 2770 {}", run)});
}

std::vector<std::string> HaproxyProcess::as_user() const {
  const auto setpriv = find_program("setpriv");
  const std::string user = kHaproxyUser, only = "-all,+net_bind_service";
  return {setpriv.value_or("setpriv"),
          "--reuid",
          user,
          "--regid",
          user,
          "--clear-groups",
          "--no-new-privs",
          "--bounding-set=" + only,
          "--inh-caps=" + only,
          "--ambient-caps=" + only};
}

Result<> HaproxyProcess::check() const {
  std::vector<std::string> words{TRY(find_haproxy()), "-c", "-f", paths_.candidate()};
  if (has_systemd())
    return run_unit(unit() + "-check.service", "Check of the front of sluice", words, properties(), -1);
  auto all = as_user();
  all.insert(all.end(), words.begin(), words.end());
  return run_program(all);
}

Result<> HaproxyProcess::start() const {
  std::vector<std::string> words{
      TRY(find_haproxy()), "-W", "-S",           paths_.master_socket().string() + ",mode,660", "-p",
      paths_.pid_file(),   "-f", paths_.config()};
  TRY(end());   // one that does not listen
  if (has_systemd()) {
    auto all = properties();
    all.insert(all.end(), {"Restart=on-failure", "RestartSec=1", "KillMode=mixed"});
    TRY(start_unit(unit() + ".service", "Front of sluice", words, all));
  } else {
    auto all = as_user();
    all.insert(all.end(), words.begin(), words.end());
    all.emplace_back("-D");
    TRY(run_program(all));
  }
  const HaproxySocket stats(paths_.stats_socket(), kFirstAnswer),
      master(paths_.master_socket(), kFirstAnswer);
  const bool listens = comes_true(
      kStartTime, [&] { return stats.find("show info").value_or(std::nullopt) && find_workers(master); });
  return listens ? Result<>() : fail("it does not listen: is a port of the front another program's?");
}

OtherDaemon HaproxyProcess::daemon() const { return {paths_.pid_file(), kHaproxyUser, paths_.config()}; }

Result<> HaproxyProcess::end() const {
  if (const auto systemctl = find_program("systemctl"); systemctl && has_systemd())
    (void)run_program({*systemctl, "stop", unit() + ".service"});
  return end_process(daemon(), kEndTime);
}

Result<> HaproxyProcess::stop() const {
  TRY(end());
  std::error_code error;
  std::filesystem::remove_all(paths_.base, error);
  return {};
}

}   // namespace sluice
