// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/allotment_book.hpp"

#include <utility>

namespace sluice {

const std::string* AllotmentBook::had(const AllotmentKey& key) const {
  const auto at = known_.find(key);
  return at == known_.end() ? nullptr : &at->second.value;
}

const std::string* AllotmentBook::in_use(const AllotmentKey& key) const {
  const auto at = known_.find(key);
  return at == known_.end() || at->second.freed ? nullptr : &at->second.value;
}

const std::string* AllotmentBook::given_back(const AllotmentKey& key) const {
  const auto at = known_.find(key);
  return at != known_.end() && at->second.freed ? &at->second.value : nullptr;
}

void AllotmentBook::keep(AllotmentKey key, std::string value) {
  given_[std::move(key)] = {std::move(value), 0};
}

bool AllotmentBook::rests(const AllotmentKey& key, const Allotment& allotment) const {
  if (has_owner_(key)) return false;
  return allotment.freed == 0 || now_ - allotment.freed < kRestSeconds;
}

void AllotmentBook::each_resting(const Visit& visit) const {
  for (const auto& [key, allotment] : known_)
    if (rests(key, allotment)) visit(key, allotment.value);
}

void AllotmentBook::each_resting(std::string_view what, const Visit& visit) const {
  for (const auto& [key, allotment] : known_)
    if (key.what == what && rests(key, allotment)) visit(key, allotment.value);
}

Allotments AllotmentBook::take() {
  for (const auto& [key, allotment] : known_)
    if (rests(key, allotment)) given_[key] = {allotment.value, allotment.freed ? allotment.freed : now_};
  return std::move(given_);
}

}   // namespace sluice
