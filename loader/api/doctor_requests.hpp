// SPDX-License-Identifier: GPL-2.0-or-later
// What a request says that wants to know how the machine is. Everything wrong with the form is kUsage.
#pragma once

#include <cstdint>
#include <set>
#include <string_view>

#include "base/result.hpp"

namespace sluice {

// "sshd=22,2222": where the caller sees sshd listen; nothing: nowhere.
Result<std::set<uint16_t>> read_doctor_query(std::string_view query);

}   // namespace sluice
