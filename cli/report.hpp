// SPDX-License-Identifier: GPL-2.0-or-later
// How a reading verb shows what it has fetched: the formats of -o, once or again and again with --watch.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "api/service.hpp"
#include "cli/command.hpp"
#include "cli/table.hpp"

namespace sluice::cli {

struct View {
  std::function<ApiResult()> fetch;
  std::function<std::string(const nlohmann::json&, const Look&)> table;   // for -o table and wide
  std::string rows = {};   // the list whose parts are the lines of -o jsonl; empty: the object is the line
};

// Shows it; the answer is what was fetched last. With --watch a first failure is the verb's failure; later
// ones (the daemon is being restarted) are told and waited out.
ApiResult report(const Call& call, const View& view);

// The list `object` of an answer that may be long: its rows are shown as they come (a table when all are
// there). Not for
// --watch.
ApiResult report_rows(const Call& call, const std::string& object, std::span<const Column> columns);

// One fetched object in the format that -o asks for.
std::string render(const Call& call, const View& view, const nlohmann::json& data);

// What -o json and jsonl answer where a verb fails: the error form of docs/api.md. Empty with other formats.
std::string error_text(std::string_view format, const ApiError& error);

}   // namespace sluice::cli
