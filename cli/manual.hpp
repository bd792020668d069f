// SPDX-License-Identifier: GPL-2.0-or-later
// Manual pages (man(7)), made from the table of commands: sluice(1) and one of each verb.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

struct ManualPage {
  std::string file;   // "sluice-show-flows.1"
  std::string text;   // roff
};

std::vector<ManualPage> manual_pages();

}   // namespace sluice::cli
