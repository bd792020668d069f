// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses as tests write them, and results as they compare them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/address.hpp"

namespace sluice::test {

using Texts = std::vector<std::string>;

inline IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
inline InterfaceAddress address(std::string_view text) { return InterfaceAddress::parse(text).value(); }

// "ok" or the failure's sentence, so that one expectation shows both.
inline std::string outcome(const Result<>& result) { return result ? "ok" : result.error().message; }

}   // namespace sluice::test
