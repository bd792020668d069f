// SPDX-License-Identifier: GPL-2.0-or-later
// What requests say, read from their bodies and queries. Everything wrong with the form is kUsage.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "api/body.hpp"
#include "api/router.hpp"
#include "api/service.hpp"
#include "api/target.hpp"

namespace sluice {

// Who asked, with the name that the body claims.
std::string author_of(const ApiRequest& request, const std::string& said);

Result<bool> read_switch(const QueryFields& fields, std::string_view name);   // absent: false

Result<bool> read_flag(Body& body, std::string_view field);   // 0 or 1; absent: false

// A time in seconds; nullopt: the field is not there.
Result<std::optional<std::chrono::seconds>> read_seconds(Body& body, std::string_view field,
                                                         std::chrono::seconds longest);
// That of "confirm_seconds".
Result<std::optional<std::chrono::seconds>> read_confirm_seconds(Body& body);

Result<DocumentText> read_document(const ApiRequest& request);
// A document that is to be put in force: it may have to be confirmed.
Result<DocumentText> read_apply(const ApiRequest& request);
Result<ForwardRequest> read_forward(const ApiRequest& request);
Result<ExplainRequest> read_packet(std::string_view query);

}   // namespace sluice
