// SPDX-License-Identifier: GPL-2.0-or-later
// What a document says, without how it says it.
#pragma once

#include <nlohmann/json.hpp>

namespace sluice::config {

// The value without what is the default anyway, with one spelling for what has several: a list of one, a port
// in quotes, a time, an address. Members of objects have no order here; the order of lists stays.
nlohmann::json canonical(nlohmann::json document);

}   // namespace sluice::config
