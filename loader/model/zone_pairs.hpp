// SPDX-License-Identifier: GPL-2.0-or-later
// Between which zones anything can pass at all, by what the document alone says.
#pragma once

#include <set>
#include <utility>

#include "model/document.hpp"

namespace sluice {

// Numbers of zones: 0 is the gateway, the rest in the order of the document.
using ZoneNumberPair = std::pair<size_t, size_t>;   // from, to

// By default (inside a zone, where the document does not say no, and from the gateway), by a policy that
// accepts, or by a forward. A forward leads to the zone whose network has its target, or to the gateway
// itself; to any where the document does not say.
std::set<ZoneNumberPair> passable_zone_pairs(const Document& document);

// Whether anything may pass from one host of the zone to another without a policy, as far as the document
// says.
bool may_pass_within(const Zone& zone);

// Whether nothing ever passes from one to the other, not even by a forward.
bool is_closed(const Document& document, size_t from, size_t to);

// Whether it says anything about traffic from one zone to the other.
bool speaks_of(const Policy& policy, const std::string& from, const std::string& to);

}   // namespace sluice
