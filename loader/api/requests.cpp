// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/requests.hpp"

#include <fmt/format.h>

#include <utility>

#include "api/target.hpp"
#include "base/number.hpp"

namespace sluice {
namespace {

Result<NamedTexts> read_files(Body& body) {
  auto names = body.list("file_names"), texts = body.list("file_texts");
  NamedTexts files;
  if (names.size() != texts.size())
    return fail("fields \"file_names\" and \"file_texts\" differ in length", ErrorKind::kUsage);
  for (size_t i = 0; i < names.size(); ++i)
    if (!files.try_emplace(std::move(names[i]), std::move(texts[i])).second)
      return fail("field \"file_names\" has a name twice", ErrorKind::kUsage);
  return files;
}

}   // namespace

Result<bool> read_switch(const QueryFields& fields, std::string_view name) {
  const auto at = fields.find(name);
  if (at == fields.end() || at->second == "0") return false;
  if (at->second == "1") return true;
  return fail(fmt::format("field \"{}\" is 0 or 1", name), ErrorKind::kUsage);
}

Result<bool> read_flag(Body& body, std::string_view field) {
  if (!body.has(field)) return false;
  const std::string text = TRY(body.text(field));
  if (text == "0" || text == "1") return text == "1";
  return fail(fmt::format("field \"{}\" is 0 or 1", field), ErrorKind::kUsage);
}

// The user is known from the socket; a name in the body (who called sudo) is hearsay and stays in brackets.
std::string author_of(const ApiRequest& request, const std::string& said) {
  return said.empty() || said == request.who ? request.who : fmt::format("{} ({})", request.who, said);
}

namespace {

constexpr std::string_view kDocumentFields[] = {"file", "text", "file_names", "file_texts", "who", "why"};
constexpr std::string_view kApplyFields[] = {"file", "text", "file_names",     "file_texts",
                                             "who",  "why",  "confirm_seconds"};

Result<DocumentText> read_text(const ApiRequest& request, Body& body) {
  DocumentText document;
  document.file = TRY(body.line("file", "document"));
  document.text = TRY(body.text("text"));
  document.files = TRY(read_files(body));
  document.who = author_of(request, TRY(body.line("who", "")));
  document.why = TRY(body.line("why", ""));
  document.by_owner = request.is_owner;
  return document;
}

}   // namespace

Result<std::optional<std::chrono::seconds>> read_seconds(Body& body, std::string_view field,
                                                         std::chrono::seconds longest) {
  using std::chrono::seconds;
  if (!body.has(field)) return std::optional<seconds>();
  const auto number = whole_number<int64_t>(TRY(body.text(field)));
  if (number && *number >= 1 && *number <= longest.count()) return std::optional(seconds(*number));
  return fail(fmt::format("field \"{}\" is a number from 1 to {}", field, longest.count()),
              ErrorKind::kUsage);
}

Result<std::optional<std::chrono::seconds>> read_confirm_seconds(Body& body) {
  return read_seconds(body, "confirm_seconds", kLongestConfirmation);
}

Result<DocumentText> read_document(const ApiRequest& request) {
  auto body = TRY(Body::parse(request.body, request.format));
  TRY(body.only(kDocumentFields));
  return read_text(request, body);
}

Result<DocumentText> read_apply(const ApiRequest& request) {
  auto body = TRY(Body::parse(request.body, request.format));
  TRY(body.only(kApplyFields));
  auto document = TRY(read_text(request, body));
  document.confirm_within = TRY(read_confirm_seconds(body));
  return document;
}

Result<ForwardRequest> read_forward(const ApiRequest& request) {
  constexpr std::string_view kFields[] = {"name", "listen", "protocol", "ports", "to",
                                          "vrf",  "source", "who",      "why"};
  auto body = TRY(Body::parse(request.body, request.format));
  TRY(body.only(kFields));
  ForwardRequest forward;
  forward.name = TRY(body.text("name"));
  forward.listen = TRY(body.text("listen"));
  forward.to = TRY(body.text("to"));
  forward.protocols = body.list("protocol");
  forward.ports = body.list("ports");
  forward.sources = body.list("source");
  forward.vrf = TRY(body.line("vrf", ""));
  forward.who = author_of(request, TRY(body.line("who", "")));
  forward.why = TRY(body.line("why", ""));
  if (forward.protocols.empty()) forward.protocols = {"tcp"};
  if (forward.ports.empty()) return fail("field \"ports\" is missing", ErrorKind::kUsage);
  return forward;
}

Result<ExplainRequest> read_packet(std::string_view query) {
  constexpr std::string_view kFields[] = {"in", "protocol", "source", "destination", "new"};
  const auto fields = TRY(parse_query(query, kFields));
  for (const std::string_view required : {"protocol", "source", "destination"})
    if (!fields.contains(required))
      return fail(fmt::format("field \"{}\" is missing", required), ErrorKind::kUsage);
  const auto in = fields.find("in");
  return ExplainRequest{.in = in == fields.end() ? "" : in->second,
                        .protocol = fields.at("protocol"),
                        .source = fields.at("source"),
                        .destination = fields.at("destination"),
                        .as_new = TRY(read_switch(fields, "new"))};
}

}   // namespace sluice
