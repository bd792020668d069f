// SPDX-License-Identifier: GPL-2.0-or-later
// What the front says itself, as a short page or as JSON. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct FrontPage {
  int status;
  std::string_view title, sentence;
};

const std::vector<FrontPage>& front_pages();

// Rules of HAProxy that answer with the page where `condition` holds. `headers` are words of `return`.
std::string answer_rules(int status, std::string_view condition, std::string_view headers = "");
// The map of whole pages, by "502" and "502json": for what HAProxy says when a server fails.
std::string pages_map();

}   // namespace sluice
