// SPDX-License-Identifier: GPL-2.0-or-later
// What a sentence of the log is about, so that the journal can be asked for it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct LogSubject {
  std::string object;   // KIND/NAME, or empty: `network "office": ...` and `revision 7 ...` have one
  std::string reason;   // what the sentence says of it
};

LogSubject subject_of(std::string_view sentence);
// SLUICE_OBJECT and SLUICE_REASON as NAME=value for sd_journal_sendv(3); none without an object.
std::vector<std::string> subject_fields(std::string_view sentence);

}   // namespace sluice
