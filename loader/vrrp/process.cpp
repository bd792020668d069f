// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/process.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <iterator>
#include <thread>

#include "base/comes_true.hpp"
#include "base/file.hpp"
#include "kernel/program.hpp"
#include "vrrp/keepalived_config.hpp"

namespace sluice {
namespace {

constexpr const char* kRemedy = "install the package keepalived";
constexpr std::chrono::seconds kStartTime{5}, kEndTime{5};
constexpr size_t kLargestConfig = size_t{4} << 20;
constexpr const char* kCapabilities = "CAP_NET_ADMIN CAP_NET_RAW";

// Root without root's rights: what comes from a wire is read by it.
std::vector<std::string> with_few_rights(std::vector<std::string> words) {
  const auto setpriv = find_program("setpriv");
  const std::string only = "-all,+net_admin,+net_raw";
  std::vector<std::string> all{setpriv.value_or("setpriv"), "--clear-groups", "--no-new-privs",
                               "--bounding-set=" + only, "--inh-caps=" + only};
  std::ranges::move(words, std::back_inserter(all));
  return all;
}

std::vector<std::string> properties(const std::filesystem::path& folder) {
  return limited({fmt::format("CapabilityBoundingSet={}", kCapabilities),
                  "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6 AF_PACKET",
                  "SystemCallFilter=@system-service", "PrivateDevices=yes", "ProtectControlGroups=yes",
                  "ReadWritePaths=" + folder.string(), "Restart=always", "RestartSec=200ms"});
}

}   // namespace

Result<std::string> find_keepalived() {
  if (auto path = find_program("keepalived")) return std::move(*path);
  return fail(fmt::format("keepalived is not installed: {}", kRemedy));
}

ProbeRow probe_keepalived() {
  if (find_keepalived())
    return {"keepalived",
            ProbeState::kGood,
            "keepalived is installed, and moves addresses of clusters",
            "",
            "",
            ""};
  ProbeRow row{.name = "keepalived", .state = ProbeState::kWarning};
  row.finding = "keepalived is not installed";
  row.reason = "it is in none of the folders of programs";
  row.remedy = kRemedy;
  row.gain = "addresses of a cluster are where its active node is";
  return row;
}

std::string KeepalivedProcess::config() const {
  return read_file(config_file(), kLargestConfig).value_or("");
}

std::string KeepalivedProcess::unit() const {
  const std::string daemon = folder_.parent_path().filename();
  return daemon == "sluice" ? "sluice-vrrp.service" : "sluice-vrrp-" + daemon + ".service";
}

std::vector<std::string> KeepalivedProcess::words(const std::string& program) const {
  return {program, "--vrrp", "--use-file", config_file(), "--pid", pid_file(), "--vrrp_pid", speaker_file()};
}

// Of its two processes either may be gone, and the other one be there. The one that has the addresses takes
// them off when it is told to end.
Result<> KeepalivedProcess::end() const {
  if (const auto systemctl = find_program("systemctl"); systemctl && has_systemd())
    (void)run_program({*systemctl, "stop", unit()});
  TRY(end_process(daemon(), kEndTime));
  TRY(end_process({speaker_file(), "root", config_file()}, kEndTime));
  std::error_code error;
  for (const auto& file : {pid_file(), speaker_file()}) std::filesystem::remove(file, error);
  return {};
}

Result<> KeepalivedProcess::start() const {
  TRY(end());
  auto all = words(TRY(find_keepalived()));
  if (has_systemd()) {
    all.emplace_back("--dont-fork");
    TRY(start_unit(unit(), "Addresses of sluice's cluster", all, properties(folder_)));
  } else {
    TRY(run_program(with_few_rights(std::move(all))));
  }
  return comes_true(kStartTime, [this] { return runs(); }) ? Result<>() : fail("keepalived does not begin");
}

Result<> KeepalivedProcess::put(const std::string& config) const {
  TRY(make_folder(folder_.parent_path(), 0755));
  TRY(make_folder(folder_, 0700));
  if (!std::filesystem::exists(health_file())) TRY(put_health(0));
  if (this->config() == config && runs()) return {};
  TRY(write_file_atomically(config_file(), config, 0600));
  return runs() ? signal_process(daemon(), SIGHUP) : start();
}

// Not before others have heard it.
Result<> KeepalivedProcess::be_patient() const {
  constexpr std::chrono::milliseconds kHeard{300};
  if (!runs()) return {};
  TRY(write_file_atomically(config_file(), patient_config(config()), 0600));
  TRY(signal_process(daemon(), SIGHUP));
  std::this_thread::sleep_for(kHeard);
  return {};
}

Result<> KeepalivedProcess::put_health(int worth) const {
  const std::string text = fmt::format("{}\n", worth);
  if (read_file(health_file(), 64).value_or("") == text) return {};
  return write_file_atomically(health_file(), text, 0600);
}

Result<> KeepalivedProcess::stop() const {
  TRY(end());
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
  return {};
}

}   // namespace sluice
