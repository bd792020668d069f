// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/interfaces.hpp"

#include <algorithm>

#include "doctor/nic.hpp"
#include "plan/plan_links.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::string_view kLessWork = "less work for each packet";

json attempt(std::string_view what, std::string_view result, std::string_view why = "") {
  return {{"what", what}, {"result", result}, {"why", why.empty() ? json() : json(why)}};
}

struct Advice {
  json tried = json::array();
  std::string remedy, gain;
  NicFindings settings;
};

Advice about_missing(const Document& document, const std::string& name) {
  const bool made = std::ranges::any_of(document.interfaces, [&](const Interface& one) {
    return one.name == name && !std::holds_alternative<std::monostate>(one.made);
  });
  if (made)
    return {json::array(), "sluice makes it: what `sluice status` calls degraded says why not", "", {}};
  return {json::array(), "create the device, or take it out of the document", "", {}};
}

Advice about_xdp(NicFindings settings) {
  Advice advice;
  advice.tried.push_back(attempt("xdp", "in use"));
  advice.settings = std::move(settings);
  return advice;
}

// What stood in the way of XDP: the document, the driver's refusal, or the kind of device.
json what_became_of_xdp(HookChoice asked, const std::string& refusal, const std::string& unsuited) {
  if (asked == HookChoice::kTc) return attempt("xdp", "not tried", "the document asks for tc");
  return refusal.empty() ? attempt("xdp", "not tried", unsuited) : attempt("xdp", "refused", refusal);
}

// Settings that stand in the way come before another try.
Advice about_tc(HookChoice asked, const std::string& refusal, const std::string& unsuited,
                NicFindings settings) {
  Advice advice;
  advice.tried = {what_became_of_xdp(asked, refusal, unsuited), attempt("tc", "in use")};
  advice.settings = std::move(settings);
  if (!advice.settings.empty()) return advice;
  if (asked == HookChoice::kTc && !unsuited.empty()) return advice;   // a good choice
  advice.remedy = asked == HookChoice::kTc ? "take \"hook\": \"tc\" out of the document"
                                           : "set \"hook\": \"xdp\" on it to try native XDP all the same";
  advice.gain = kLessWork;
  return advice;
}

Advice about_nftables(EngineChoice asked, const EbpfVerdict& ebpf) {
  Advice advice;
  if (!ebpf.refusal.empty()) {
    advice.tried.push_back(attempt("ebpf", "refused", ebpf.refusal));
    advice.remedy = ebpf.remedy;
    advice.gain = ebpf.gain;
  } else if (asked == EngineChoice::kNftables) {
    advice.tried.push_back(attempt("ebpf", "not tried", "the document asks for nftables"));
    advice.remedy = "write \"engine\": \"auto\": eBPF can run on this machine";
    advice.gain = kLessWork;
  } else {
    advice.tried.push_back(attempt("ebpf", "usable", "it was refused when the document was applied"));
    advice.remedy = "apply the document again";
    advice.gain = kLessWork;
  }
  advice.tried.push_back(attempt("nftables", "in use"));
  return advice;
}

HookChoice hook_asked(const Document& document, const std::string& name) {
  const auto named = [&](const Interface& one) { return one.name == name; };
  const auto at = std::find_if(document.interfaces.begin(), document.interfaces.end(), named);
  return at == document.interfaces.end() ? HookChoice::kAuto : at->hook;
}

std::string refusal_of_xdp(const Observed& observed, const std::string& name) {
  const auto refused = observed.engine.xdp_refused.find(name);
  return refused == observed.engine.xdp_refused.end() ? "" : refused->second;
}

NicFindings judge_tc(HookChoice asked, const ObservedLink& link, const NicSettings& nic,
                     const std::string& refusal) {
  if (asked == HookChoice::kTc) return judge_xdp_untried(nic);
  return refusal.empty() ? NicFindings{} : judge_xdp_refused(link, nic, refusal);
}

Advice advise(const InterfaceDoctor& doctor, const json& shown) {
  const std::string name = shown["name"];
  const auto link = doctor.observed.links.find(name);
  if (link == doctor.observed.links.end()) return about_missing(doctor.document, name);
  if (doctor.engine == "nftables") return about_nftables(doctor.document.engine, doctor.ebpf);
  const auto known = doctor.nics.find(name);
  const NicSettings nic = known == doctor.nics.end() ? NicSettings{} : known->second;
  if (shown["hook"] == "xdp") return about_xdp(judge_xdp_in_use(link->second, nic));
  const HookChoice asked = hook_asked(doctor.document, name);
  const std::string refusal = refusal_of_xdp(doctor.observed, name);
  return about_tc(asked, refusal, reason_for_tc(link->second), judge_tc(asked, link->second, nic, refusal));
}

json json_of(const NicFindings& settings) {
  json rows = json::array();
  for (const NicFinding& row : settings)
    rows.push_back(
        {{"setting", row.setting}, {"finding", row.finding}, {"remedy", row.remedy}, {"gain", row.gain}});
  return rows;
}

}   // namespace

json InterfaceDoctor::examine(const json& shown) const {
  Advice advice = advise(*this, shown);
  return {{"name", shown["name"]},
          {"engine", engine},
          {"hook", shown["hook"]},
          {"reason", shown["hook_reason"]},
          {"tried", std::move(advice.tried)},
          {"settings", json_of(advice.settings)},
          {"remedy", std::move(advice.remedy)},
          {"gain", std::move(advice.gain)}};
}

}   // namespace sluice
