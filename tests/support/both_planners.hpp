// SPDX-License-Identifier: GPL-2.0-or-later
// What must hold of the plans for any accepted document, with each engine; for tests and the fuzzer.
#pragma once

#include <fmt/format.h>

#include <optional>

#include "model/capabilities.hpp"
#include "plan/parts.hpp"
#include "synthetic_machine.hpp"

namespace sluice::test {

inline constexpr EngineChoice kBoth[] = {EngineChoice::kEbpf, EngineChoice::kNftables};

inline EngineKind kind_of(EngineChoice choice) {
  return choice == EngineChoice::kEbpf ? EngineKind::kEbpf : EngineKind::kNftables;
}
inline EngineChoice other_than(EngineChoice choice) {
  return choice == EngineChoice::kEbpf ? EngineChoice::kNftables : EngineChoice::kEbpf;
}

// Plans for one document on one machine; each call says what is wrong, "" when nothing is.
class BothPlanners {
 public:
  explicit BothPlanners(Document document) : document_(std::move(document)), seen_(machine_for(document_)) {}

  std::string complain() {
    for (const bool vrf_devices : {false, true})
      for (const EngineChoice engine : kBoth) {
        seen_ = machine_for(document_);
        seen_.findings.vrf_devices = vrf_devices;
        if (std::string what = complain_about(engine); !what.empty())
          return fmt::format("{}{}: {}", to_string(kind_of(engine)), vrf_devices ? ", with VRF devices" : "",
                             what);
        if (document_.vrfs.empty()) break;
      }
    return "";
  }

 private:
  std::string complain_about(EngineChoice engine) {
    if (can(engine) != plan(engine).has_value())
      return "is planned, or refused, against what the engine can do";
    if (!can(engine)) return complain_about_refusal(engine);
    if (std::string what = apply(engine); !what.empty()) return what;
    const EngineChoice other = other_than(engine);
    if (!can(other)) return unapply(engine);
    if (std::string what = apply(other); !what.empty()) return "after a switch: " + what;
    return unapply(other);
  }

  bool can(EngineChoice engine) const { return lacks(document_, kind_of(engine)).empty(); }

  Result<Plan> plan(EngineChoice engine) {
    document_.engine = engine;
    return make_plan(document_, seen_);
  }

  std::string complain_about_refusal(EngineChoice engine) {
    const std::string message = plan(engine).error().message;
    for (const Lack& lack : lacks(document_, kind_of(engine)))
      if (message.find(sentence(lack)) == std::string::npos)
        return "refused without the sentence " + sentence(lack);
    return "";
  }

  // Carried out, there must be nothing left to do: for this daemon, and for one that starts.
  std::string apply(EngineChoice engine) {
    const auto first = plan(engine);
    if (!first) return "not planned: " + first.error().message;
    carry_out(seen_, *first);
    if (const auto second = makes_devices() ? plan(engine) : first) carry_out(seen_, *second);
    if (std::string step = next_step(engine); !step.empty()) return "still to do: " + step;
    restart(seen_);
    if (std::string step = next_step(engine); !step.empty()) return "still to do after a restart: " + step;
    return "";
  }

  // They are taken up once they are there.
  bool makes_devices() const {
    return !wanted_links(document_, seen_).empty() || !wanted_vrf_devices(document_, seen_).empty();
  }

  std::string next_step(EngineChoice engine) {
    const auto again = plan(engine);
    if (!again) return again.error().message;
    return again->empty() ? "" : sentence(again->steps.front());
  }

  // The empty document takes back what the other put on devices.
  std::string unapply(EngineChoice engine) {
    Document nothing;
    nothing.engine = engine;
    const auto last = make_plan(nothing, seen_);
    if (!last) return "cannot be taken back: " + last.error().message;
    carry_out(seen_, *last);
    if (!seen_.owned_addresses.empty()) return "addresses are left: " + seen_.owned_addresses.begin()->first;
    if (!seen_.owned_links.empty()) return "devices are left: " + seen_.owned_links.begin()->first;
    if (!seen_.owned_members.empty())
      return "a device is left in another: " + seen_.owned_members.begin()->first;
    if (!seen_.engine.attachments.empty())
      return "programs are left: " + seen_.engine.attachments.begin()->link;
    return "";
  }

  Document document_;
  Observed seen_;
};

}   // namespace sluice::test
