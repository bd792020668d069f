// SPDX-License-Identifier: GPL-2.0-or-later
// Names of domains in policies: which names they mean, and which addresses a name may open.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/document.hpp"
#include "model/opened_change.hpp"

namespace sluice {

// "example.org", or "*.example.org" for every name below it, in lower case. Nothing: it is none.
std::optional<std::string> domain_pattern(std::string_view text);

// `name` is in lower case, without the last dot.
bool means_name(std::string_view pattern, std::string_view name);
bool means_name(const Policy& policy, std::string_view name);

// The set that has the addresses which a policy's domains have opened. No document can name it.
std::string set_of_domains(std::string_view policy);

// The set of the document has the address, or has it no more.
void change_opened(Document& document, const OpenedChange& change);

// Whether an address is one of the internet: whoever answers for a name must not lead to machines inside, nor
// to this one.
bool is_of_internet(const IpAddress& address);

}   // namespace sluice
