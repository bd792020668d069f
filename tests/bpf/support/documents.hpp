// SPDX-License-Identifier: GPL-2.0-or-later
// The documents of the tests: the same interfaces, with other rules.
#pragma once

#include <string>

namespace sluice::test {

struct Rules {
  std::string policies, masquerade, static_mappings, forwards, more;
};

std::string document_of(const Rules& rules);
Rules home_rules();
inline std::string home_document() { return document_of(home_rules()); }
// The dmz is in VRF "office", table 1100, which has these routes and this forward from outside.
std::string office_document(const std::string& routes, const std::string& forward = "",
                            const std::string& more = "");
// The document, with more said of this zone's interface.
std::string saying(std::string document, const std::string& zone, const std::string& more);
// The same of the home.
std::string home_document_saying(const std::string& zone, const std::string& more);

}   // namespace sluice::test
