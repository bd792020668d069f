// SPDX-License-Identifier: GPL-2.0-or-later
// nf_tables through libnftables: transactions in, listings out. Each call speaks for itself, so nothing that
// libnftables remembers can be older than the kernel.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace sluice {

// One transaction as libnftables JSON: all of it or nothing.
Result<> nft_apply(const std::string& commands);
// The same in nft's own language.
Result<> nft_apply_text(const std::string& commands);

// "list set inet sluice objects" as JSON: the list under "nftables". nullopt: there is no such thing.
// `terse`: without the elements of named sets.
Result<std::optional<nlohmann::json>> nft_list(const std::string& command, bool terse = false);

// The same as nft prints it, which nft_apply_text() takes.
Result<std::string> nft_list_text(const std::string& command);

}   // namespace sluice
