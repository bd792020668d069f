// SPDX-License-Identifier: GPL-2.0-or-later
// Who asks the API by another way than the control socket, and may ask for less.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// The page for browsers (docs/web.md): it looks, and does what its document allows.
struct Visitor {
  std::string who;              // as revisions have it
  bool rolls_back = false;      // and confirms
  bool tells_configs = false;   // has configurations of clients, with their private keys
  bool operator==(const Visitor&) const = default;
};

// `target`: of the request, with its query.
bool may_ask(const Visitor& visitor, std::string_view method, std::string_view target);

}   // namespace sluice
