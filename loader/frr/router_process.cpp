// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/router_process.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <thread>

#include "base/file.hpp"
#include "kernel/wireguard/program.hpp"

namespace sluice {
namespace {

constexpr const char* kUser = "frr";
constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::milliseconds kTryAgain{5}, kAnswer{500};
constexpr size_t kLargestFile = size_t{64} << 20;

struct Ids {
  uid_t user;
  gid_t group;
};

Result<Ids> ids_of_frr() {
  std::array<char, 4096> room;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(kUser, &entry, room.data(), room.size(), &found) != 0 || !found)
    return fail(fmt::format("there is no user {}: install the package frr", kUser));
  return Ids{found->pw_uid, found->pw_gid};
}

Result<std::string> find_bgpd() {
  for (const char* path : {"/usr/lib/frr/bgpd", "/usr/libexec/frr/bgpd", "/usr/sbin/bgpd"})
    if (::access(path, X_OK) == 0) return path;
  return fail("bgpd is not installed: install the package frr");
}

template <class Condition>
bool comes_true(Condition&& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(kTryAgain);
  }
  return true;
}

Result<> make_directory(const std::filesystem::path& path, mode_t mode, gid_t group) {
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return fail_errno("make " + path.string(), errno);
  if (::chown(path.c_str(), 0, group) != 0 || ::chmod(path.c_str(), mode) != 0)
    return fail_errno("set the owner of " + path.string(), errno);
  return {};
}

std::string unit_of(const std::string& network) { return fmt::format("sluice-bgpd-{}.service", network); }

}   // namespace

Result<std::optional<Vty>> RouterProcess::connect(std::chrono::milliseconds patience) const {
  return Vty::connect(socket(), patience);
}

std::string RouterProcess::config() const { return read_file(config_file(), kLargestFile).value_or(""); }

// Not in the folder that its user may write into.
Result<> RouterProcess::keep_config(const std::string& config) const {
  const Ids ids = TRY(ids_of_frr());
  TRY(write_file_atomically(config_file(), config, 0640));
  if (::chown(config_file().c_str(), 0, ids.group) == 0) return {};
  return fail_errno("set the group of " + config_file().string(), errno);
}

Result<> RouterProcess::make_folder() const {
  const Ids ids = TRY(ids_of_frr());
  TRY(make_directory(base_.parent_path(), 0755, 0));
  TRY(make_directory(base_, 0755, 0));
  return make_directory(folder(), 0770, ids.group);
}

// Without zebra (-Z): what it learns is read from it, and nobody but sluice changes routes.
std::vector<std::string> RouterProcess::words(const Router& router, const std::string& program) const {
  std::vector<std::string> words{program, "-Z",          "-u", kUser,      "-g",           kUser,
                                 "-f",    config_file(), "-i", pid_file(), "--vty_socket", folder(),
                                 "-P",    "0",           "-p", "179"};
  for (const auto& address : {router.address, router.address6})
    if (address) words.insert(words.end(), {"-l", address->to_string()});
  return words;
}

Result<> RouterProcess::start(const Router& router, const std::string& config) const {
  const std::string program = TRY(find_bgpd());
  TRY(end_process());   // one that does not listen
  TRY(make_folder());
  TRY(keep_config(config));
  std::vector<std::string> all = words(router, program);
  if (!router.vrf_device.empty()) {
    const auto ip = find_program("ip");
    if (!ip) return fail("ip is not installed: install the package iproute2");
    all.insert(all.begin(), {*ip, "vrf", "exec", router.vrf_device});
  }
  if (has_systemd()) {
    TRY(start_unit(unit_of(network_), "BGP of sluice for network " + network_, all));
  } else {
    all.emplace_back("-d");
    TRY(run_program(all));
  }
  if (!comes_true([&] {
        const auto vty = connect(kAnswer);
        return vty && *vty;
      }))
    return fail("bgpd does not listen on " + socket().string());
  // A service of systemd is root without root's privilege to talk to everybody's sockets.
  return ::lchown(socket().c_str(), -1, 0) == 0 ? Result<>() : fail_errno("open its socket", errno);
}

// The file is written by FRR's user: what it names has to be of that user, and of this folder.
std::optional<int> RouterProcess::find_process() const {
  const auto text = read_file(pid_file(), 64);
  const auto ids = ids_of_frr();
  int pid = 0;
  if (!text || !ids || std::from_chars(text->data(), text->data() + text->size(), pid).ec != std::errc() ||
      pid <= 1)
    return std::nullopt;
  const std::string process = fmt::format("/proc/{}", pid);
  struct stat found {};
  if (::stat(process.c_str(), &found) != 0 || found.st_uid != ids->user) return std::nullopt;
  const auto command = read_file(process + "/cmdline", 65536);
  const std::string own = socket().parent_path().string() + '\0';
  return command && command->find(own) != std::string::npos ? std::optional(pid) : std::nullopt;
}

Result<> RouterProcess::end_process() const {
  if (const auto systemctl = find_program("systemctl"); systemctl && has_systemd())
    (void)run_program({*systemctl, "stop", unit_of(network_)});
  const auto pid = find_process();
  if (!pid) return {};
  (void)::kill(*pid, SIGTERM);
  (void)::kill(*pid, SIGCONT);   // one that is stopped cannot end
  if (comes_true([&] { return find_process() != pid; })) return {};
  (void)::kill(*pid, SIGKILL);
  if (comes_true([&] { return find_process() != pid; })) return {};
  return fail(fmt::format("bgpd (process {}) does not end", *pid));
}

Result<> RouterProcess::stop() const {
  TRY(end_process());
  std::error_code error;
  std::filesystem::remove_all(folder(), error);
  std::filesystem::remove(config_file(), error);
  return {};
}

}   // namespace sluice
