// SPDX-License-Identifier: GPL-2.0-or-later
// Documents of a cluster: those of others are put in force here, kept or taken back, and this one is told.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "config/config.hpp"
#include "daemon/cluster_follower.hpp"
#include "show/show.hpp"

namespace sluice {

using boost::system::error_code;
using std::chrono::seconds;

namespace {

constexpr seconds kRefusedFor{30};   // a head that cannot be had is tried again

// A text that cannot be read is as it is.
SharedDocument shared_document_of(const Revision& source) {
  std::string text = as_shared(source.text, source.file).value_or(source.text);
  std::string id = id_of_document(text, source.files);
  return {.id = std::move(id), .text = std::move(text), .files = source.files};
}

// Who proposed it is told the first one, and the journal here has all.
Error refused_here(const std::string& file, const std::vector<Complaint>& complaints) {
  for (const Complaint& complaint : complaints) spdlog::error("{}", complaint.text);
  Error error = refusal(file, complaints);
  if (!complaints.empty()) {
    const Complaint& first = complaints.front();
    error.message +=
        fmt::format(": line {}: {}{}{}{}", first.line, first.path, first.path.empty() ? "" : ": ",
                    first.reason, first.remedy.empty() ? "" : " (" + first.remedy + ")");
  }
  return error;
}

}   // namespace

// `time`: it is a proposal, and what comes of it is told.
void ClusterFollower::take(const SharedRevision& revision, std::optional<seconds> time) {
  if (fetched_.id != revision.id) return tell(Fetch{revision.id});
  const auto applied = apply(revision, time);
  fetched_ = {};                         // it may be large, and is not needed again soon
  if (time) own_.tried = revision.mod;   // once, whatever comes of it
  if (applied && !time) replaced_ = std::exchange(before_, 0);
  if (applied) {
    spdlog::info("cluster: revision {} of {} is in force here", revision.number, revision.node);
    after_apply_();
    if (time) tell(NodeAnswer{.mod = revision.mod, .why = {}});
    return;
  }
  spdlog::error("cluster: revision {} of {} cannot be had here: {}", revision.number, revision.node,
                applied.error().message);
  if (time) return tell(NodeAnswer{revision.mod, applied.error().message});
  own_.refused = revision.id;
  note(DocumentLack{.id = revision.id, .why = applied.error().message});
  forget_refusal_later();
}

Result<> ClusterFollower::apply(const SharedRevision& revision, std::optional<seconds> time) {
  Revision source;
  source.file = revision.file;
  source.text = TRY(as_node(fetched_.text, revision.file, own_.node));
  source.files = fetched_.files;
  source.who = fmt::format("{} at {}", revision.who, revision.node);
  source.why = revision.why;
  // Otherwise it would not be known here that it is in force.
  if (shared_document_of(source).id != revision.id)
    return fail(
        fmt::format("it is not the same document any more with the names of devices at {}", own_.node),
        ErrorKind::kInvalidDocument);
  auto checked = check_document(source.text, source.file, {}, source.files);
  if (!checked) return std::unexpected(refused_here(source.file, checked.error()));
  const Applied applied = TRY(gateway_.apply(
      {.document = std::move(checked->document), .source = std::move(source), .declared = {}, .degraded = {}},
      {.confirm_within = time, .back = {}, .unattended = !time}));
  for (const std::string& text : applied.degraded) spdlog::warn("{}", text);
  return {};
}

void ClusterFollower::forget_refusal_later() {
  again_.expires_after(kRefusedFor);
  again_.async_wait([this](const error_code& error) {
    if (error) return;
    own_.refused.clear();
    act();
  });
}

void ClusterFollower::keep() {
  own_.confirmed = false;
  const auto kept = gateway_.confirm("the cluster", "in force at all of its nodes");
  if (!kept) return spdlog::error("cluster: keep what is in force everywhere: {}", kept.error().message);
  after_apply_();
}

void ClusterFollower::go_back() {
  own_.confirmed = false;
  std::string why = view_->withdrawn ? view_->withdrawn->why : "the cluster has another document";
  if (own_.joins)
    why = fmt::format(
        "cluster {} has a document already, revision {} of {} by {}, {}: `--replace` takes it in the "
        "place of this gateway's own",
        cluster().name, view_->head->number, view_->head->node, view_->head->who, view_->head->when);
  const auto back = gateway_.roll_back(own_.waits ? 0 : before_, "the cluster", why);
  if (!back) return spdlog::error("cluster: go back: {}", back.error().message);
  after_apply_();
}

std::string ClusterFollower::own_id() {
  const int64_t revision = gateway_.revision();
  if (std::exchange(own_revision_, revision) != revision || own_.id.empty()) own_.id = own_document().id;
  own_.is_empty = gateway_.current()->document.interfaces.empty();
  return own_.id;
}

SharedDocument ClusterFollower::own_document() { return shared_document_of(gateway_.current()->source); }

SharedRevision ClusterFollower::own_as_next() {
  const Revision& source = gateway_.current()->source;
  return {.id = own_id(),
          .number = view_ && view_->head ? view_->head->number + 1 : 1,
          .node = cluster().node,
          .who = source.who,
          .why = source.why,
          .when = rfc3339(std::chrono::system_clock::now()),
          .file = source.file};
}

}   // namespace sluice
