// SPDX-License-Identifier: GPL-2.0-or-later
// What a plan begins with: the engine, and what is refused because of it.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "compile/ebpf/table_sizes.hpp"
#include "model/capabilities.hpp"
#include "plan/choose_engine.hpp"
#include "plan/parts.hpp"

namespace sluice {
namespace {

bool has_other_sizes(const Document& document, const Observed& observed) {
  return observed.engine.loaded && observed.engine.sizes != TableSizes{} &&
         observed.engine.sizes != table_sizes(document.tables, observed.memory);
}

Result<> refuse_lacks(const Document& document, EngineKind engine) {
  std::vector<std::string> sentences;
  for (const Lack& lack : lacks(document, engine)) sentences.push_back(sentence(lack));
  if (sentences.empty()) return {};
  return fail(fmt::format("the {} engine cannot do what the document says: {}", to_string(engine),
                          join(sentences, "; ")),
              ErrorKind::kInvalidDocument);
}

Result<> refuse_syn_cookies(const Document& document, const std::optional<std::string>& refused) {
  const auto asks = [](const Forward& forward) { return forward.syn_cookies; };
  const auto at = std::ranges::find_if(document.forwards, asks);
  if (!refused || at == document.forwards.end()) return {};
  return fail(fmt::format("forward \"{}\" asks for \"syn_cookies\": {}", at->name, *refused),
              ErrorKind::kInvalidDocument);
}

constexpr uint64_t kShareOfOthers = 16;   // of the machine's memory, which tables leave alone

// Beside the tables in use, which stay until their flows are in the new ones.
Result<> refuse_too_large(const Document& document, const Observed& observed) {
  const TableSizes sizes = table_sizes(document.tables, observed.memory);
  const bool makes_tables = !observed.engine.loaded || exchanges_tables(document, observed);
  const uint64_t bytes = bytes_of(sizes, 1), kept = observed.memory / kShareOfOthers;
  const uint64_t spare = observed.memory_available - std::min(kept, observed.memory_available);
  if (!makes_tables || observed.memory_available == 0 || bytes <= spare) return {};
  return fail(
      fmt::format(
          "tables for {} IPv4 and {} IPv6 flows and {} mappings would take {} MiB, and the machine has "
          "{} MiB to spare: choose smaller ones in \"tables\"",
          sizes.flows4 / 2, sizes.flows6 / 2, sizes.mappings, bytes >> 20, spare >> 20),
      ErrorKind::kInvalidDocument);
}

}   // namespace

bool exchanges_tables(const Document& document, const Observed& observed) {
  return observed.engine.other_layout || has_other_sizes(document, observed);
}

Result<Plan> begin_plan(const Document& document, const Observed& observed) {
  const ChosenEngine engine = TRY(choose_engine(document, observed.findings));
  TRY(refuse_lacks(document, engine.kind));
  if (engine.kind == EngineKind::kEbpf) {
    TRY(refuse_syn_cookies(document, observed.findings.syn_cookies_refused));
    TRY(refuse_too_large(document, observed));
  } else {
    TRY(refuse_syn_cookies(document, observed.findings.synproxy_refused));
  }
  Plan plan;
  plan.engine = engine.kind;
  if (!engine.note.empty()) plan.notes.push_back(engine.note);
  return plan;
}

}   // namespace sluice
