// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/front_end.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/comes_true.hpp"
#include "front/counts.hpp"
#include "front/installation.hpp"
#include "front/pages.hpp"
#include "front/taken_places.hpp"
#include "kernel/socket_table.hpp"

namespace sluice {
namespace {

constexpr std::chrono::milliseconds kAnswerOfHaproxy{3000};
constexpr std::chrono::milliseconds kTalkOfPeers{1000};
// A worker gives up after 5 s to hear the one before it, and after 5 s more to hear anybody else.
constexpr std::chrono::seconds kCountsTime{6};
constexpr std::chrono::seconds kReloadTime{5}, kFirstStartPause{1}, kLongestStartPause{30};
// A worker does not take connections while the next one tries to listen, for 2 s where it cannot.
constexpr std::chrono::seconds kFirstReloadPause{30}, kLongestReloadPause{600};
constexpr std::chrono::seconds kBetweenSocketTables{2};

std::vector<Endpoint> find_taken(const Front& front) {
  const auto haproxy = find_haproxy_user();
  if (!haproxy) return {};
  std::vector<SocketRow> rows = socket_rows(read_socket_table("tcp"));
  std::ranges::move(socket_rows(read_socket_table("tcp6")), std::back_inserter(rows));
  return taken_places(front, rows, haproxy->user);
}

}   // namespace

FrontEnd::FrontEnd(FrontPaths paths)
    : paths_(std::move(paths)),
      process_(paths_),
      stats_(paths_.stats_socket(), kAnswerOfHaproxy),
      master_(paths_.master_socket(), kAnswerOfHaproxy),
      reader_(paths_),
      starts_(kFirstStartPause, kLongestStartPause),
      reloads_(kFirstReloadPause, kLongestReloadPause) {}

Result<> FrontEnd::look(const FrontPlan& plan) {
  if (!plan.front) return stop();
  materials_ = reader_.read(*plan.front, plan.ordered);
  troubles_ = materials_.troubles;
  const FrontPlan wanted = with_materials(plan);
  config_ = config_beside_others(wanted);
  TRY(process_.make_folders());
  TRY(write_files(wanted));
  FrontRights rights = rights_of(wanted);
  if (rights != rights_) close_in_next_looks();
  rights_ = std::move(rights);
  const auto runs = run(wanted);
  const auto closed = close_denied(wanted);   // also where HAProxy does not take all of it
  return runs ? closed : runs;
}

// Its keys are the files that HAProxy has, and those that are not good are none.
FrontPlan FrontEnd::with_materials(FrontPlan plan) const {
  if (!plan.front->tokens) return plan;
  auto& keys = plan.front->tokens->key_files;
  keys.clear();
  for (const auto& [name, text] : materials_.public_keys) keys.push_back(name);
  for (size_t i = 0; i < materials_.secrets.size(); ++i) keys.push_back(fmt::to_string(i));
  return plan;
}

// The table of sockets may be long: it is read while HAProxy does not listen at all places alone.
HaproxyConfig FrontEnd::config_beside_others(const FrontPlan& plan) {
  HaproxyConfig whole = haproxy_config(plan, paths_);
  if (runs_with(whole)) return whole;
  if (whole.mark != std::exchange(taken_mark_, whole.mark) || Clock::now() >= taken_until_) {
    taken_ = find_taken(*plan.front);
    taken_until_ = Clock::now() + kBetweenSocketTables;
  }
  for (const Endpoint& place : taken_)
    troubles_.push_back(
        fmt::format("{} is another program's: HAProxy listens there when it is free", to_string(place)));
  return haproxy_config(plan, paths_, taken_);
}

Result<> FrontEnd::write_changed(const std::filesystem::path& file, const std::string& text) {
  const auto [known, is_new] = written_.try_emplace(file);
  if (!is_new && known->second == text) return {};
  TRY(process_.write(file, text));
  known->second = text;
  return {};
}

// A HAProxy that begins anew finds in its files what it had been told while it ran.
Result<> FrontEnd::write_files(const FrontPlan& plan) {
  for (const auto& [name, rows] : front_maps(plan, materials_.secrets))
    TRY(write_changed(paths_.map(name), map_text(rows)));
  TRY(write_changed(paths_.map("pages"), pages_map()));
  for (const auto& [name, text] : materials_.public_keys) TRY(write_changed(paths_.token_key(name), text));
  std::string list;
  for (const auto& [name, certificate] : materials_.certificates) {
    TRY(write_changed(paths_.certificates() / name, certificate.pem));
    list += (paths_.certificates() / name).string() + "\n";
  }
  return write_changed(paths_.certificate_list(), list);
}

Result<> FrontEnd::run(const FrontPlan& plan) {
  auto info = TRY(stats_.find("show info"));
  if (!info) {
    TRY(start());
    info = TRY(stats_.ask("show info"));
  } else if (parse_info(*info, "description") != config_.mark) {
    TRY(put_rights(plan));
    TRY(reload());
    info = TRY(stats_.ask("show info"));
  }
  const std::string worker = parse_info(*info, "Pid").value_or("");
  if (worker == worker_ && plan == changed_to_) return change(plan);

  if (worker != worker_) {
    close_in_next_looks();   // until it was begun, servers were those of before
    await_counts();
    served_.clear();
  }
  changed_to_ = {};
  TRY(change(plan));
  TRY(write_changed(paths_.config(), config_.text));   // with its servers
  changed_to_ = plan;
  worker_ = worker;
  return {};
}

// What is not good is not given to the one that runs, nor to one that begins.
Result<> FrontEnd::take_config() {
  TRY(process_.write(paths_.candidate(), config_.text));
  TRY_TO("check the configuration of HAProxy", process_.check());
  TRY(write_changed(paths_.config(), config_.text));
  std::error_code error;
  std::filesystem::remove(paths_.candidate(), error);
  return {};
}

Result<> FrontEnd::start() {
  worker_.clear();
  TRY(starts_.begin(config_.mark));
  TRY(starts_.end(begin(), "HAProxy does not stay"));
  remove_old_files();
  return {};
}

Result<> FrontEnd::begin() {
  TRY(take_config());
  TRY_TO("start HAProxy", process_.start());
  return {};
}

bool FrontEnd::runs_with(const HaproxyConfig& config) const {
  const auto info = stats_.find("show info").value_or(std::nullopt);
  return info && parse_info(*info, "description") == config.mark;
}

// The workers of before go on with what they have open, and take nothing new.
Result<> FrontEnd::reload() {
  TRY(reloads_.begin(config_.mark));
  await_counts();   // before one reload has handed them on another one would lose them
  TRY(take_config());
  (void)TRY_TO("reload HAProxy", master_.ask("reload"));
  const bool taken = comes_true(kReloadTime, [&] {   // the master begins anew as well
    return runs_with(config_) && find_workers(master_);
  });
  constexpr const char* kNotTaken = "HAProxy does not take up its configuration";
  TRY(reloads_.end(taken ? Result<>() : fail(kNotTaken), kNotTaken));
  remove_old_files();
  return {};
}

// Until the worker has all counts of limits that there are.
void FrontEnd::await_counts() {
  const bool has_all = comes_true(kCountsTime, [&] {
    const auto peers = stats_.find("show peers").value_or(std::nullopt);
    const CountsHeard heard = peers ? parse_peers(*peers) : CountsHeard::kWaits;
    if (heard == CountsHeard::kAsks) (void)tell_no_counts(paths_.peers_socket(), kTalkOfPeers);
    return heard == CountsHeard::kAll;
  });
  if (!has_all) troubles_.emplace_back("HAProxy has not taken over the counts of limits");
}

void FrontEnd::remove_old_files() {
  std::error_code error;
  for (const auto& folder : {paths_.certificates(), paths_.conf()})
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
      if (entry.path().extension() == ".pem" && !materials_.certificates.contains(entry.path().filename()) &&
          !materials_.public_keys.contains(entry.path().filename())) {
        std::filesystem::remove(entry.path(), error);
        written_.erase(entry.path());
      }
}

// While nothing is another one, only what waits is looked at.
Result<> FrontEnd::change(const FrontPlan& plan) {
  const bool is_same = !worker_.empty() && plan == changed_to_;
  if (!is_same) TRY(put_maps(plan));
  TRY(put_certificates());
  if (!is_same || retires_) TRY(put_servers(plan));
  return {};
}

// Who may open what does not wait for a reload, which may have to wait for a port. What is public from now on
// does: its pool may be a new one.
Result<> FrontEnd::put_rights(const FrontPlan& plan) {
  const auto maps = front_maps(plan, {});
  for (const char* name : {"access", "sites"}) TRY(put_map(stats_, paths_.map(name), maps.at(name)));
  TRY(drop_rows(stats_, paths_.map("public"), maps.at("public")));
  for (const FrontPool& pool : plan.pools)
    if (pool.sources) TRY(drop_rows(stats_, paths_.map(sources_map(pool)), maps.at(sources_map(pool))));
  return {};
}

Result<> FrontEnd::put_maps(const FrontPlan& plan) {
  for (const auto& [name, rows] : front_maps(plan, materials_.secrets)) {
    const bool is_known = name == "secrets"      ? !materials_.secrets.empty()
                          : name == "challenges" ? plan.front->acme.has_value()
                                                 : true;
    if (!is_known) continue;   // no rule has it
    TRY(put_map(stats_, paths_.map(name), rows));
  }
  return {};
}

Result<> FrontEnd::stop() {
  written_.clear();
  materials_ = {};
  config_ = {};
  worker_.clear();
  changed_to_ = {};
  served_.clear();
  troubles_.clear();
  std::error_code error;
  return std::filesystem::exists(paths_.base, error) ? process_.stop() : Result<>();
}

}   // namespace sluice
