// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/choose_engine.hpp"

#include <fmt/format.h>

#include "compile/ebpf/bit_classes.hpp"
#include "model/capability_limits.hpp"

namespace sluice {
namespace {

// The table of the model says what the tables of the kernel hold.
static_assert(limit_of("interfaces", EngineKind::kEbpf) == SL_MAX_SLOTS - 1);
static_assert(limit_of("zones", EngineKind::kEbpf) == SL_MAX_ZONES - 1);
static_assert(limit_of("named rules of all kinds", EngineKind::kEbpf) == SL_MAX_OBJECTS - 1);
static_assert(limit_of("policies", EngineKind::kEbpf) == uint64_t{SL_MAX_POLICY_CHUNKS} * kBitsPerChunk);
static_assert(limit_of("ranges of one family in a pool", EngineKind::kEbpf) == SL_MAX_POOL_RANGES);
static_assert(limit_of("addresses in a range of a pool", EngineKind::kEbpf) == SL_MAX_POOL_ADDRESSES);

const std::optional<std::string>& refusal_of(const EngineFindings& findings, EngineKind kind) {
  return kind == EngineKind::kEbpf ? findings.ebpf_refused : findings.nftables_refused;
}

Result<ChosenEngine> choose_named(EngineKind kind, const EngineFindings& findings) {
  const auto& refused = refusal_of(findings, kind);
  if (!refused) return ChosenEngine{kind, ""};
  return fail(fmt::format("the document asks for the {} engine, which cannot run on this machine: {}",
                          to_string(kind), *refused));
}

Result<ChosenEngine> choose_any(const EngineFindings& findings) {
  if (!findings.ebpf_refused) return ChosenEngine{EngineKind::kEbpf, ""};
  if (!findings.nftables_refused)
    return ChosenEngine{
        EngineKind::kNftables,
        fmt::format("engine: nftables, because eBPF cannot run on this machine: {}", *findings.ebpf_refused)};
  return fail(fmt::format("no engine can run on this machine; ebpf: {}; nftables: {}", *findings.ebpf_refused,
                          *findings.nftables_refused));
}

}   // namespace

Result<ChosenEngine> choose_engine(const Document& document, const EngineFindings& found) {
  EngineFindings findings = found;
  if (!document.vrfs.empty() && !findings.ebpf_refused) findings.ebpf_refused = found.vrfs_refused;
  switch (document.engine) {
    case EngineChoice::kEbpf: return choose_named(EngineKind::kEbpf, findings);
    case EngineChoice::kNftables: return choose_named(EngineKind::kNftables, findings);
    case EngineChoice::kAuto: break;
  }
  return choose_any(findings);
}

}   // namespace sluice
