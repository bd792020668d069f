// SPDX-License-Identifier: GPL-2.0-or-later
// What holds after a start: the newest revision, an earlier one, or nothing at all.
#include <fmt/format.h>
#include <net/if.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "gateway/cleanup.hpp"
#include "gateway/closed_interfaces.hpp"
#include "gateway/gateway.hpp"
#include "kernel/bpf/pins.hpp"
#include "kernel/expedited_rcu.hpp"
#include "store/state_lock.hpp"

namespace sluice {
namespace {

constexpr int kRevisionsTried = 10;

// The guard's rules are text: nothing else than a name gets into them.
bool is_plain(const std::string& name) {
  return !name.empty() && name.size() < IFNAMSIZ && std::ranges::all_of(name, [](unsigned char letter) {
    return std::isalnum(letter) || std::strchr("._-@", letter);
  });
}

// Also of a document that this release refuses: whatever it calls an interface.
std::vector<std::string> names_of(const Revision& revision) {
  std::vector<std::string> names;
  if (const auto checked = check_document(revision.text, revision.file, {}, revision.files)) {
    for (const Interface& interface : checked->document.interfaces) names.push_back(interface.name);
    return names;
  }
  const auto read = nlohmann::json::parse(revision.text, nullptr, false, true);
  if (!read.is_object() || !read.contains("interfaces") || !read["interfaces"].is_object()) return names;
  for (const auto& interface : read["interfaces"].items())
    if (is_plain(interface.key())) names.push_back(interface.key());
  return names;
}

}   // namespace

// Where nobody confirmed in time, the settled one judges the first packet already. What was not confirmed is
// better than nothing at all.
Result<std::vector<Revision>> Gateway::to_boot() {
  auto revisions = TRY(store_->history(kRevisionsTried));
  const auto waits = TRY(store_->confirmation());
  if (!waits || time_left(waits->deadline, read_clocks()).count() > 0) return revisions;
  std::ranges::stable_partition(revisions, [&](const Revision& one) { return one.number < waits->settled; });
  std::erase_if(revisions, [&](const Revision& one) { return one.number == waits->settled; });
  if (auto settled = TRY(store_->find(waits->settled)))
    revisions.insert(revisions.begin(), std::move(*settled));
  return revisions;
}

// What runs already is of the one that was in force: it goes on, and no other takes its place.
Result<std::vector<Revision>> Gateway::to_take_up(bool runs) {
  if (!runs) return to_boot();
  std::vector<Revision> revisions;
  if (auto noted = TRY(store_->in_force())) revisions.push_back(std::move(*noted));
  return revisions;
}

// A process before this one was killed before the first document was in force: there is none to go on with.
Result<> Gateway::take_back_first() {
  if (!TRY(store_->is_first_begun())) return {};
  for (const std::string& step : TRY(tear_down_machine(machine()))) spdlog::info("{}", step);
  spdlog::warn(
      "sluiced ended before the first document was in force: what it had done by then is taken back");
  return store_->end_first();
}

Result<bool> Gateway::resume() {
  ExpeditedRcu::put_back(paths_.state);
  TRY(take_back_first());
  const bool runs = this->runs() && !blocked_ && !guard_stands().value_or(false);
  const auto revisions = TRY(to_take_up(runs));
  if (revisions.empty()) return stay_closed();
  std::vector<std::string> refused;
  for (const Revision& stored : revisions) {
    const auto taken = take_up(stored);
    if (taken) {
      refused_ = std::move(refused);
      refused_for_ = revision_;
      if (runs) TRY(tell_newer());
      tell_degraded(degraded_);
      return true;
    }
    refused.push_back(
        fmt::format("revision {} cannot be put in force: {}", stored.number, taken.error().message));
  }
  refused_ = std::move(refused);
  if (runs)
    hold(revisions.front().number);
  else
    block(revisions.front());
  return true;
}

// What a process before this one closed, because it could not read its record.
bool Gateway::stay_closed() {
  if (this->runs() || !guard_stands().value_or(false)) return false;
  blocked_ = true;
  tell_degraded(
      {"no revision is known any more, and interfaces are closed since a record of them could not be "
       "read: `sluice apply FILE` opens them, and so does `sluice cleanup`"});
  return false;
}

// Why they could not be had was told at the start that tried them.
Result<> Gateway::tell_newer() {
  const auto newest = TRY(store_->current());
  if (newest && newest->number > revision_)
    refused_.push_back(fmt::format(
        "revision {} could not be put in force when the machine started, and revision {} holds since",
        newest->number, revision_));
  return {};
}

Result<> Gateway::take_up(const Revision& stored) {
  auto checked = check_document(stored.text, stored.file, {}, stored.files);
  if (!checked)
    return fail(fmt::format("the stored revision {} is no longer a valid document: {}", stored.number,
                            checked.error().front().text),
                ErrorKind::kInvalidDocument);
  current_ = Candidate{std::move(checked->document), stored};
  revision_ = stored.number;
  if (const auto applied = apply(*current_, {.confirm_within = {}, .back = {}, .unattended = true});
      !applied) {
    current_.reset();
    revision_ = 0;
    return std::unexpected(applied.error());
  }
  return {};
}

void Gateway::hold(int64_t number) {
  tell_degraded(
      {fmt::format("the rules of revision {} go on, and nothing follows what changes on the machine: "
                   "`sluice apply FILE` takes them over",
                   number)});
}

void Gateway::block(const Revision& newest) {
  blocked_ = guard_may_be_ = true;
  const auto names = names_of(newest);
  const auto put = put_guard(names);
  tell_degraded(
      {put ? fmt::format("no revision can be put in force: everything that comes in by {} is dropped",
                         names.empty() ? "any device" : "its interfaces")
           : fmt::format("no revision can be put in force, and its interfaces cannot be closed: {}",
                         put.error().message)});
}

// Neither record can be opened, and nothing of sluice runs: what was judged before the machine started is
// judged by nobody. Another daemon that has them is none of that.
void Gateway::close_unread(const GatewayPaths& paths) {
  const auto nft = EngineNft::open();
  const bool runs = Pins(paths.pins).exist() || !attached_programs().empty() ||
                    nft->observe().value_or(ObservedNft{}).loaded;
  if (runs || StateLock::is_held(paths.state)) return;
  const auto newest = Store::last_words(paths.state);
  if (!newest) return;
  const auto names = names_of(*newest);
  const auto put = put_guard(names);
  if (put)
    spdlog::error("no record can be opened: everything that comes in by {} is dropped",
                  names.empty() ? "any device" : "the interfaces of the newest document");
  else
    spdlog::error("no record can be opened, and the interfaces cannot be closed: {}", put.error().message);
}

// Also of what a process before this one put.
void Gateway::unblock() {
  if (!std::exchange(guard_may_be_, false)) return;
  const auto removed = remove_guard();
  if (blocked_ && !removed) spdlog::error("open the interfaces again: {}", removed.error().message);
  blocked_ = false;
}

// Those that were refused stay told until another document is in force.
void Gateway::tell_degraded(std::vector<std::string> degraded) {
  if (current_ && revision_ != refused_for_) refused_.clear();
  degraded_ = std::move(degraded);
  std::vector<std::string> troubles{store_trouble_, back_trouble_};
  troubles.insert(troubles.end(), troubles_.begin(), troubles_.end());
  for (const std::string& trouble : troubles)
    if (!trouble.empty() && std::ranges::find(degraded_, trouble) == degraded_.end())
      degraded_.push_back(trouble);
  degraded_.insert(degraded_.end(), resolver_news_.troubles.begin(), resolver_news_.troubles.end());
  degraded_.insert(degraded_.end(), mapping_news_.troubles.begin(), mapping_news_.troubles.end());
  const auto& of_reach = reach_.news().troubles;
  degraded_.insert(degraded_.end(), of_reach.begin(), of_reach.end());
  for (std::string& trouble : routers_.troubles()) degraded_.push_back(std::move(trouble));
  for (std::string& trouble : front_.troubles()) degraded_.push_back(std::move(trouble));
  for (std::string& trouble : certificates_.troubles()) degraded_.push_back(std::move(trouble));
  for (std::string& trouble : name_.troubles()) degraded_.push_back(std::move(trouble));
  for (const std::string& why : refused_)
    if (std::ranges::find(degraded_, why) == degraded_.end()) degraded_.push_back(why);
}

}   // namespace sluice
