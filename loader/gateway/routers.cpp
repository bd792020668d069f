// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/routers.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"
#include "frr/config_changes.hpp"
#include "frr/router_protocol.hpp"
#include "frr/routers_of.hpp"

namespace sluice {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{500};
constexpr std::chrono::milliseconds kAnswerTime{3000};
constexpr std::chrono::seconds kSilence{15};   // then it is ended: its neighbours give up after 30
constexpr std::chrono::seconds kFirstPause{1}, kLongestPause{30};
constexpr std::string_view kKept = ".accepted", kConfig = ".conf";
constexpr size_t kLargestFile = size_t{64} << 20;

// Names of what is in the folder with this ending.
std::vector<std::string> names_with(const std::filesystem::path& folder, std::string_view ending) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    if (name.ends_with(ending)) names.push_back(name.substr(0, name.size() - ending.size()));
  }
  return names;
}

}   // namespace

std::filesystem::path routers_of_pins(const std::filesystem::path& pins) {
  return std::filesystem::path("/run") / pins.filename() / "frr";
}

Routers::Routers(std::filesystem::path folder)
    : folder_(std::move(folder)), worker_([this](const auto& /*stop*/) { return look(); }) {
  read_kept();
}

void Routers::read_kept() {
  for (const std::string& name : names_with(folder_, kKept)) {
    RouterState& state = states_[name];
    const auto text = read_file(folder_ / (name + std::string(kKept)), kLargestFile);
    for (const std::string_view line : split(text ? std::string_view(*text) : std::string_view(), '\n'))
      if (const auto prefix = Prefix::parse(line)) state.accepted.insert(*prefix);
  }
}

// For the process after this one: traffic goes on while nobody has asked again.
void Routers::keep(const std::string& name, const std::set<Prefix>& accepted) const {
  std::string text;
  for (const Prefix& prefix : accepted) text += prefix.to_string() + '\n';
  (void)write_file_atomically(folder_ / (name + std::string(kKept)), text, 0600);
}

void Routers::want(std::vector<Router> routers) {
  const std::lock_guard lock(mutex_);
  std::error_code error;
  if (!worker_.is_begun() && routers.empty() && !std::filesystem::exists(folder_, error)) return;
  if (worker_.is_begun() && routers == wanted_) return;
  wanted_ = std::move(routers);
  worker_.want();
}

void Routers::await_look(std::chrono::milliseconds patience) { (void)worker_.await_look(patience); }

void Routers::tell(std::function<void()> changed) {
  const std::lock_guard lock(mutex_);
  changed_ = std::move(changed);
}

Announcements Routers::announcements() const {
  const std::lock_guard lock(mutex_);
  Announcements all;
  for (const auto& [network, state] : by_network(states_)) all[network] = state.accepted;
  return all;
}

RouterStates Routers::states() const {
  const std::lock_guard lock(mutex_);
  return by_network(states_);
}

std::map<std::string, NeighbourState> Routers::neighbours_of(const std::string& router) const {
  const std::lock_guard lock(mutex_);
  const auto at = states_.find(router);
  return at == states_.end() ? std::map<std::string, NeighbourState>() : at->second.neighbours;
}

RouterStates Routers::known() const {
  const std::lock_guard lock(mutex_);
  return states_;
}

std::vector<std::string> Routers::troubles() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> sentences;
  for (const auto& [name, trouble] : troubles_)
    sentences.push_back(fmt::format("{}: {}", router_title(name), trouble));
  return sentences;
}

std::optional<Routers::Clock::time_point> Routers::look() {
  std::unique_lock lock(mutex_);
  const std::vector<Router> routers = wanted_;
  lock.unlock();
  look_at_all(routers);
  lock.lock();
  if (std::exchange(is_changed_, false) && changed_) changed_();
  if (routers.empty()) return std::nullopt;
  return Clock::now() + kBetweenLooks;
}

void Routers::look_at_all(const std::vector<Router>& routers) {
  end_others(routers);
  for (const Router& router : routers) {
    look_at(with_others(router, known()));
    const std::lock_guard lock(mutex_);
    const std::string& trouble = cares_[router.name].trouble;
    if (troubles_[router.name] != trouble) is_changed_ = true;
    troubles_[router.name] = trouble;
    if (trouble.empty()) troubles_.erase(router.name);
  }
}

void Routers::end_others(const std::vector<Router>& routers) {
  for (const std::string& name : names_with(folder_, kConfig)) {
    if (std::ranges::find(routers, name, &Router::name) != routers.end()) continue;
    if (const auto ended = RouterProcess(folder_, name).stop(); !ended)
      spdlog::error("end {}: {}", router_title(name), ended.error().message);
    std::error_code error;
    std::filesystem::remove(folder_ / (name + std::string(kKept)), error);
    cares_.erase(name);
    const std::lock_guard lock(mutex_);
    states_.erase(name);
    troubles_.erase(name);
  }
}

// What it says is kept while it is silent, and forgotten when it has ended.
void Routers::look_at(const Router& router) {
  const RouterProcess process(folder_, router.name);
  Care& care = cares_[router.name];
  auto vty = process.connect(kAnswerTime);
  if (vty && !*vty) return start(router, care);
  auto state = vty ? talk(router, care, std::move(**vty)) : std::unexpected(vty.error());
  if (!state) {
    care.trouble = state.error().message;
    return restart_silent(process, care);
  }
  care.silent_since.reset();
  care.pause = kFirstPause;
  care.trouble.clear();
  note(router.name, std::move(*state));
}

void Routers::start(const Router& router, Care& care) {
  note(router.name, {});
  if (Clock::now() < care.start_at) return;
  const RouterProcess process(folder_, router.name);
  const std::string config = router_config(router);
  const bool again = !care.config.empty();
  const auto started = process.start(router, config);
  care.start_at = Clock::now() + care.pause;
  care.pause = std::min(2 * care.pause, kLongestPause);
  care.config = started ? config : "";
  care.trouble = started ? "" : started.error().message;
  if (started && again) spdlog::warn("{} had ended, and was started again", router_title(router.name));
}

void Routers::restart_silent(const RouterProcess& process, Care& care) {
  if (!care.silent_since) care.silent_since = Clock::now();
  if (Clock::now() - *care.silent_since < kSilence) return;
  if (const auto ended = process.stop(); !ended) care.trouble = ended.error().message;
  care.silent_since.reset();
}

Result<RouterState> Routers::talk(const Router& router, Care& care, Vty vty) {
  TRY(vty.ask("enable"));
  TRY(configure(router, care, vty));
  return ask_router(router, vty);
}

// What cannot be changed while it runs needs another process; so does a change that it refuses.
Result<> Routers::configure(const Router& router, Care& care, Vty& vty) {
  const RouterProcess process(folder_, router.name);
  if (care.config.empty()) care.config = process.config();
  const std::string wanted = router_config(router);
  if (care.config == wanted) return {};
  const auto changes = config_changes(care.config, wanted);
  const auto perform = [&]() -> Result<> {
    auto settings = TRY(process.connect_settings(kAnswerTime));
    if (!settings) return fail("it does not listen");
    TRY(settings->ask("enable"));
    TRY(settings->ask("configure terminal"));
    for (const std::string& command : changes->commands) TRY(settings->ask(command));
    TRY(settings->ask("end"));
    for (const std::string& command : changes->afterwards) TRY(settings->ask(command));
    return {};
  };
  const auto performed = changes ? perform() : Result<>(fail("it has to be started anew"));
  if (performed) {
    care.config = wanted;
    return process.keep_config(wanted);
  }
  spdlog::warn("{} is started anew: {}", router_title(router.name), performed.error().message);
  care.config.clear();
  TRY(process.start(router, wanted));
  care.config = wanted;
  vty = std::move(*TRY(process.connect(kAnswerTime)));
  TRY(vty.ask("enable"));
  return {};
}

void Routers::note(const std::string& name, RouterState state) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = states_.try_emplace(name);
  if (is_new || at->second.accepted != state.accepted) {
    is_changed_ = true;
    keep(name, state.accepted);
  }
  at->second = std::move(state);
}

Result<std::vector<std::string>> Routers::tear_down() {
  worker_.end();
  const std::lock_guard lock(mutex_);
  wanted_.clear();
  states_.clear();
  troubles_.clear();
  cares_.clear();
  return tear_down(folder_);
}

Result<std::vector<std::string>> Routers::tear_down(const std::filesystem::path& folder) {
  std::vector<std::string> ended;
  for (const std::string& name : names_with(folder, kConfig)) {
    TRY(RouterProcess(folder, name).stop());
    ended.push_back("end " + router_title(name));
  }
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  if (!ended.empty()) std::filesystem::remove(folder.parent_path(), error);   // if nothing else is in it
  return ended;
}

}   // namespace sluice
