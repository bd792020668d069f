// SPDX-License-Identifier: GPL-2.0-or-later
// Many endpoints at once, as people keep them in a spreadsheet. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/network.hpp"

namespace sluice {

struct EndpointLine {
  int line = 0;   // of the file, from 1
  NetworkEndpoint endpoint;
};

// The header line names the columns, in any order: name and type, and where wanted public_key, address (of
// either family) and expires (RFC 3339). Empty cells of the latter three are what is to be allocated or made.
// At most 1 MiB and 10,000 endpoints. The first bad line refuses the whole file: "line 7: type "phone" is
// none of mobile, cpe, gateway". Names, public keys and addresses may not repeat.
Result<std::vector<EndpointLine>> parse_endpoint_csv(std::string_view text);

}   // namespace sluice
