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

#include "daemon/gateway.hpp"
#include "daemon/guard.hpp"

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

// What runs already is of the newest revision: it goes on, and no earlier one takes its place.
Result<bool> Gateway::resume() {
  const bool runs = ebpf_->loaded() || nft_->loaded();
  const auto revisions = TRY(store_->history(runs ? 1 : kRevisionsTried));
  if (revisions.empty()) return false;
  std::vector<std::string> refused;
  std::optional<Error> first;
  for (const Revision& stored : revisions) {
    const auto taken = take_up(stored);
    if (taken) {
      refused_ = std::move(refused);
      refused_for_ = revision_;
      tell_degraded(degraded_);
      return true;
    }
    if (!first) first = taken.error();
    refused.push_back(
        fmt::format("revision {} cannot be put in force: {}", stored.number, taken.error().message));
  }
  if (runs) return std::unexpected(*first);
  refused_ = std::move(refused);
  block(revisions.front());
  return true;
}

Result<> Gateway::take_up(const Revision& stored) {
  auto checked = check_document(stored.text, stored.file, {}, stored.files);
  if (!checked)
    return fail(fmt::format("the stored revision {} is no longer a valid document: {}", stored.number,
                            checked.error().front().text),
                ErrorKind::kInvalidDocument);
  current_ = Candidate{std::move(checked->document), stored};
  revision_ = stored.number;
  if (const auto applied = apply(*current_); !applied) {
    current_.reset();
    revision_ = 0;
    return std::unexpected(applied.error());
  }
  return {};
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
  if (!store_trouble_.empty()) degraded_.push_back(store_trouble_);
  for (const std::string& why : refused_)
    if (std::ranges::find(degraded_, why) == degraded_.end()) degraded_.push_back(why);
}

}   // namespace sluice
