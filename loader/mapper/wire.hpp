// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that hears requests for ports say to each other: a line of JSON each.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "model/mapping_request.hpp"

namespace sluice {

// With its end of line. It replaces all that was said before.
std::string encode_mapping_order(const MappingOrder& order);
std::string encode_mapping_answer(const MappingAnswer& answer);
using MapperCommand = std::variant<MappingOrder, MappingAnswer>;
Result<MapperCommand> decode_mapper_command(std::string_view line);

std::string encode_mapping_request(const MappingRequest& request);
std::string encode_mapping_news(const MappingNews& news);
using MapperSaying = std::variant<MappingNews, MappingRequest>;
Result<MapperSaying> decode_mapper_saying(std::string_view line);

inline constexpr size_t kLongestMapperLine = size_t{16} << 20;

}   // namespace sluice
