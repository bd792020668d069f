// SPDX-License-Identifier: GPL-2.0-or-later
// What was allotted before, and what is from now on: owners keep what they had, and what has no owner any
// more rests for a while before somebody else gets it. An owner that comes back has its own again where
// nobody else has it meanwhile. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "model/allotment.hpp"

namespace sluice {

// How long what was freed is given to nobody else, unless nothing else is left.
inline constexpr int64_t kRestSeconds = 24 * 60 * 60;

class AllotmentBook {
 public:
  using HasOwner = std::function<bool(const AllotmentKey& key)>;   // whether the document has it
  using Visit = std::function<void(const AllotmentKey& key, const std::string& value)>;

  // `now`: seconds since 1970. `known` outlives this object.
  AllotmentBook(const Allotments& known, int64_t now, HasOwner has_owner)
      : known_(known), now_(now), has_owner_(std::move(has_owner)) {}

  const std::string* had(const AllotmentKey& key) const;          // one of the two; null: nothing
  const std::string* in_use(const AllotmentKey& key) const;       // nobody takes it from its owner
  const std::string* given_back(const AllotmentKey& key) const;   // a document may have named it for another
  // Both, in the order in which they are to be looked at: what is in use stays, whoever comes back.
  using Had = const std::string* (AllotmentBook::*)(const AllotmentKey& key) const;
  static constexpr std::array<Had, 2> kHad{&AllotmentBook::in_use, &AllotmentBook::given_back};
  void keep(AllotmentKey key, std::string value);
  void each_resting(const Visit& visit) const;
  void each_resting(std::string_view what, const Visit& visit) const;   // of these alone
  Allotments take();                                                    // all that was kept, and what rests

 private:
  bool rests(const AllotmentKey& key, const Allotment& allotment) const;

  const Allotments& known_;
  int64_t now_;
  HasOwner has_owner_;
  Allotments given_;
};

}   // namespace sluice
