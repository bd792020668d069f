// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/text.hpp"
#include "bundle/parts.hpp"
#include "config/owner_values.hpp"
#include "daemon/joined_feed.hpp"
#include "doctor/doctor.hpp"
#include "show/show.hpp"
#include "show/shown.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kTimeToJoin{60};

// The caller is told all of it; the journal, that it was so.
struct Origin {
  std::string file, who, why;
};

void tell_refused(const Origin& origin, std::string_view why) {
  spdlog::warn("document \"{}\" of {} is not put in force: {}", origin.file, origin.who, why);
}

std::string in_short(const std::vector<Complaint>& complaints) {
  if (complaints.size() < 2) return complaints.empty() ? std::string() : complaints.front().text;
  return fmt::format("{} (and {} more)", complaints.front().text, complaints.size() - 1);
}

void tell_applied(const Origin& origin, const Applied& applied) {
  spdlog::info("revision {} is in force: {} of {}{}", applied.revision, origin.file, origin.who,
               origin.why.empty() ? "" : " (" + origin.why + ")");
  for (const std::string& text : applied.degraded) spdlog::warn("{}", text);
}

json steps_of(const std::vector<std::string>& steps) {
  json rows = json::array();
  for (const std::string& text : steps) rows.push_back({{"text", text}});
  return rows;
}

}   // namespace

// What a request makes of a backend: in the document's text, and in the document.
struct GatewayService::DrainValue {
  std::optional<std::string> json;
  std::optional<Drain> drain;
};

std::unexpected<ApiError> refuse(const std::string& file, const std::vector<Complaint>& complaints) {
  return std::unexpected(ApiError(refusal(file, complaints), json_of(complaints)));
}

Result<json> GatewayService::status() { return show_status(gateway_); }

Result<json> GatewayService::show(std::string_view what) { return show_object(gateway_, what); }

Result<std::unique_ptr<RowReader>> GatewayService::rows(std::string_view what) {
  return rows_of_object(gateway_, what);
}

Result<std::string> GatewayService::metrics() { return metrics_(); }

Result<std::shared_ptr<Feed>> GatewayService::watch(Watched what, bool now) {
  if (what != Watched::kAll) return watch_(what, now);
  return follow_all([&](Watched kind) { return watch_(kind, now); });
}

Result<json> GatewayService::bundle(std::string_view part) { return bundle_part(gateway_, part); }

Result<std::unique_ptr<RowReader>> GatewayService::bundle_journal() {
  return sluice::bundle_journal(gateway_);
}

Result<json> GatewayService::explain(const ExplainRequest& packet) { return show_explain(gateway_, packet); }

// A plan reads files with keys as well.
Result<> GatewayService::expect_owner(const DocumentText& text) const {
  if (text.by_owner) return {};
  const auto& current = gateway_.current();
  const auto path = new_owner_value(text.text, current ? std::string_view(current->source.text) : "");
  if (!path) return {};
  return fail(fmt::format("{}: to name a file with a key, or who is shown one, takes root unless it is in "
                          "force already",
                          *path),
              ErrorKind::kNotPermitted);
}

ApiResult GatewayService::plan(const DocumentText& text) {
  TRY(expect_owner(text));
  const auto checked = check_document(cluster_->as_here(text), text.file, {}, text.files);
  if (!checked) return refuse(text.file, checked.error());
  const auto plan = gateway_.preview(checked->document);
  if (!plan) return std::unexpected(ApiError(plan.error()));
  return answer_of_plan(*plan, checked->warnings);
}

ApiResult GatewayService::answer_of_plan(const Plan& plan, const std::vector<std::string>& warnings) {
  return json{{"steps", steps_of(sentences(plan))},
              {"notes", plan.notes},
              {"degraded", plan.degraded},
              {"warnings", warnings}};
}

// Of a cluster it is tried here, and then everywhere.
ApiResult GatewayService::apply(DocumentText text) {
  TRY(expect_owner(text));
  if (!cluster_->joined()) {
    text.text = cluster_->as_here(text);
    return apply_alone(std::move(text));
  }
  const bool waits = text.confirm_within.has_value();
  const Origin origin{text.file, text.who, text.why};
  text.is_edit = false;   // where addresses come and go, a look comes first
  auto prepared = cluster_->prepare(std::move(text));
  if (!prepared) {
    tell_refused(origin, prepared.error().message);
    return std::unexpected(ApiError(prepared.error()));
  }
  const auto time = *prepared->confirm_within;
  json answer = TRY(apply_here(std::move(*prepared)));
  cluster_->propose(waits, time);
  answer["cluster"] = cluster_->status();
  if (!waits) answer["deadline"] = nullptr;   // nobody has to do anything
  return answer;
}

ApiResult GatewayService::apply_here(DocumentText text) {
  auto checked = check_document(text.text, text.file, {}, text.files);
  const Origin origin{text.file, text.who, text.why};
  if (!checked) {
    tell_refused(origin, in_short(checked.error()));
    return refuse(origin.file, checked.error());
  }
  // What carries is to be there again whatever happens before the others' document is known.
  if (checked->document.cluster && !text.replaces && !text.confirm_within) text.confirm_within = kTimeToJoin;
  Revision source;
  source.file = std::move(text.file);
  source.text = std::move(text.text);
  source.who = std::move(text.who);
  source.why = std::move(text.why);
  source.files = std::move(text.files);
  auto applied = gateway_.apply(
      {.document = std::move(checked->document), .source = std::move(source), .declared = {}, .degraded = {}},
      {.confirm_within = text.confirm_within, .back = {}, .unattended = false, .is_edit = text.is_edit});
  if (!applied) {
    tell_refused(origin, applied.error().message);
    return std::unexpected(ApiError(applied.error()));
  }
  tell_applied(origin, *applied);
  return answer_of(*applied, checked->warnings);
}

// The same for every change of what is in force.
ApiResult GatewayService::answer_of(const Applied& applied, const std::vector<std::string>& warnings) {
  after_apply_();
  const json pending = TRY(show_pending_confirmation(gateway_));
  return json{{"revision", applied.revision}, {"steps", steps_of(applied.steps)},
              {"notes", applied.notes},       {"degraded", applied.degraded},
              {"warnings", warnings},         {"deadline", pending.is_null() ? json() : pending["deadline"]}};
}

ApiResult GatewayService::apply_edit(const Edit& edit, std::string who, std::string why) {
  if (!gateway_.current()) return std::unexpected(ApiError(Error{kNoDocument}));
  const Revision& source = gateway_.current()->source;
  auto text = edit(source.text, source.file);
  if (!text) return std::unexpected(ApiError(text.error()));
  return apply({.file = source.file,
                .text = std::move(*text),
                .who = std::move(who),
                .why = std::move(why),
                .files = source.files,
                .is_edit = true,
                .by_owner = true});   // what an edit may say was seen to where it was read
}

ApiResult GatewayService::add_forward(const ForwardRequest& request) {
  ForwardEdit forward{request.name, request.protocols, request.listen, join(request.ports, ","),
                      request.to,   request.sources,   request.vrf};
  if (request.ports.size() == 1) forward.ports = request.ports.front();
  const auto edit = [&](auto text, auto file) { return sluice::add_forward(text, file, forward); };
  return apply_edit(edit, request.who,
                    request.why.empty() ? fmt::format("forward add {}", request.name) : request.why);
}

ApiResult GatewayService::remove_forward(std::string_view name, std::string_view who) {
  const auto edit = [&](auto text, auto file) { return sluice::remove_forward(text, file, name); };
  return apply_edit(edit, std::string(who), fmt::format("forward remove {}", name));
}

GatewayService::DrainValue GatewayService::value_of(const DrainRequest& request) {
  if (!request.drain) return {};
  if (!request.seconds) return {"true", Drain{}};
  const auto until =
      std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now()) + *request.seconds;
  return {json(rfc3339(until)).dump(), Drain{until}};
}

// None: it takes an apply of the whole document, which also says what is wrong with the request.
Result<std::optional<Applied>> GatewayService::drain_in_place(const DrainRequest& request,
                                                              const DrainValue& value) {
  const auto& current = gateway_.current();
  if (cluster_->joined() || !current || !current->declared) return std::nullopt;
  const auto service =
      std::ranges::find(current->declared->services, request.service, &PublishedService::name);
  if (service == current->declared->services.end()) return std::nullopt;
  const auto edit = drain_edit(current->source.text, *service, request.backend, value.json);
  if (!edit || *edit == TextEdit{.at = edit->at}) return std::nullopt;   // nothing changes
  return gateway_.drain({request.service, request.backend, value.drain}, *edit, request.who, request.why);
}

ApiResult GatewayService::drain_backend(const DrainRequest& asked) {
  DrainRequest request = asked;
  if (request.why.empty())
    request.why = fmt::format("service {} {} {}", request.drain ? "drain" : "undrain", request.service,
                              request.backend);
  const DrainValue value = value_of(request);
  const auto applied = TRY(drain_in_place(request, value));
  if (applied) {
    tell_applied({gateway_.current()->source.file, request.who, request.why}, *applied);
    return answer_of(*applied, {});
  }
  const auto edit = [&](auto text, auto file) {
    return set_drain(text, file, request.service, request.backend, value.json);
  };
  return apply_edit(edit, request.who, request.why);
}

Result<json> GatewayService::order_certificate(const CertificateRequest& request) {
  CertificateKeeper& keeper = gateway_.certificates();
  TRY(request.revokes ? keeper.revoke(request.name) : keeper.renew(request.name));
  return json{{"name", request.name}};
}

Result<json> GatewayService::front_config() {
  std::string text = gateway_.front().config();
  if (text.empty()) return fail("there is no front", ErrorKind::kUsage);
  return json{{"text", std::move(text)}};
}

Result<json> GatewayService::doctor(const std::set<uint16_t>& sshd_ports) {
  return examine(gateway_, sshd_ports);
}

Result<json> GatewayService::device_status() { return show_device(gateway_); }

Result<json> GatewayService::cleanup() {
  before_cleanup_();
  const auto removed = TRY(gateway_.tear_down());
  after_cleanup_();
  return json{{"removed", removed}};
}

}   // namespace sluice
