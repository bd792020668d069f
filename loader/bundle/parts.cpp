// SPDX-License-Identifier: GPL-2.0-or-later
#include "bundle/parts.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "api/router.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "bundle/known_secrets.hpp"
#include "bundle/part_files.hpp"
#include "doctor/doctor.hpp"
#include "kernel/bpf/listing.hpp"
#include "kernel/machine.hpp"
#include "kernel/netlink/listing.hpp"
#include "maps/layout.h"
#include "show/flow_tally.hpp"
#include "show/show.hpp"
#include "show/shown.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr int64_t kRevisions = 10;   // beside the one in force
constexpr size_t kReleaseBytes = 16'384;

// The newest of these, whatever became of them, and the one in force. Each with its text: a list has none.
std::vector<Revision> revisions_of(Gateway& gateway) {
  std::vector<Revision> all = gateway.revisions(kRevisions).value_or(std::vector<Revision>());
  for (Revision& listed : all)
    if (auto whole = gateway.find_revision(listed.number)) listed = std::move(*whole);
  if (gateway.current() && std::ranges::find(all, gateway.revision(), &Revision::number) == all.end()) {
    all.push_back(gateway.current()->source);
    all.back().number = gateway.revision();
  }
  return all;
}

json about_system() {
  utsname system{};
  uname(&system);
  const auto memory = read_memory();
  return {{"kernel", system.release},
          {"kernel_version", system.version},
          {"machine", system.machine},
          {"host", system.nodename},
          {"processors", ::sysconf(_SC_NPROCESSORS_ONLN)},
          {"memory_bytes", memory ? json(memory->total) : json()},
          {"release", read_file("/etc/os-release", kReleaseBytes).value_or("")}};
}

void add_versions(Gateway& gateway, PartFiles& files) {
  json versions = about_system();
  versions["sluice"] = SLUICE_VERSION;
  versions["layout"] = SL_ABI;
  versions["engine"] = std::string(gateway.engine().name());
  versions["revision"] = gateway.revision();
  versions["time"] = rfc3339(std::chrono::system_clock::now());
  versions["since"] = rfc3339(gateway.since());
  files.add("versions.json", Result<json>(std::move(versions)));
}

void add_document(const std::string& name, const Revision& revision, PartFiles& files) {
  if (revision.text.empty()) return files.note(name + ": it cannot be read");
  files.add(name, Result<std::string>(without_comments(revision.text)));
  for (const auto& [file, text] : revision.files)
    files.note(fmt::format("{}: the {} bytes of its file {} are left out", name, text.size(), file));
}

void add_resolved(Gateway& gateway, const Revision& source, PartFiles& files) {
  const auto resolved = [&]() -> Result<std::string> {
    const Document document = TRY(gateway.resolve(source));
    return without_comments(TRY(write_out_allotted(source.text, source.file, document)));
  };
  files.add("documents/in-force-resolved.json", resolved());
}

void add_documents(Gateway& gateway, PartFiles& files) {
  json history = json::array();
  for (const Revision& one : revisions_of(gateway)) {
    const bool in_force = one.number == gateway.revision();
    if (!in_force) add_document(fmt::format("documents/revision-{}.json", one.number), one, files);
    history.push_back({{"rev", one.number},
                       {"when", one.time},
                       {"who", one.who},
                       {"why", one.why},
                       {"file", one.file},
                       {"result", to_string(one.result)},
                       {"in_force", in_force}});
  }
  files.add("documents/history.json", Result<json>(std::move(history)));
  if (!gateway.current()) return files.note("documents/in-force.json: no document is in force");
  add_document("documents/in-force.json", gateway.current()->source, files);
  add_resolved(gateway, gateway.current()->source, files);
}

// What an apply of the document in force would do now.
void add_plan(Gateway& gateway, PartFiles& files) {
  if (!gateway.current()) return files.note("plan.json: no document is in force");
  const auto plan_as_json = [&]() -> Result<json> {
    const Revision& source = gateway.current()->source;
    const auto checked = check_document(source.text, source.file, {}, source.files);
    if (!checked) return std::unexpected(refusal(source.file, checked.error()));
    const Plan plan = TRY(gateway.preview(checked->document));
    return json{{"steps", sentences(plan)}, {"notes", plan.notes}, {"degraded", plan.degraded}};
  };
  files.add("plan.json", plan_as_json());
}

void add_doctor(Gateway& gateway, PartFiles& files) { files.add("doctor.json", examine(gateway, {})); }

void add_kernel(Gateway& gateway, PartFiles& files) {
  const Pins pins(gateway.paths().pins);
  files.add("kernel/links.txt", list_link_lines(gateway.rtnl()));
  files.add("kernel/routes.txt", list_route_lines(gateway.rtnl()));
  files.add("kernel/rules.txt", list_rule_lines(gateway.rtnl()));
  files.add("kernel/qdiscs.txt", list_queue_lines(gateway.rtnl()));
  files.add("kernel/programs.txt", list_program_lines(pins));
  files.add("kernel/maps.txt", list_map_lines(pins));
}

void add_status(Gateway& gateway, PartFiles& files) { files.add("status.json", show_status(gateway)); }
void add_metrics(Gateway& gateway, PartFiles& files) {
  const auto text = [&]() -> Result<std::string> {
    return show_metrics(gateway, TRY(tally_at_once(gateway)));
  };
  files.add("metrics.txt", text());
}

void add_shown(std::string_view part, Gateway& gateway, PartFiles& files) {
  for (const Shown& one : shown_at_once())
    if (one.bundle_part == part) files.add(fmt::format("show/{}.json", one.name), one.tell(gateway));
}

void add_rules(Gateway& gateway, PartFiles& files) { add_shown("rules", gateway, files); }

void add_networks(Gateway& gateway, PartFiles& files) {
  add_shown("networks", gateway, files);
  files.add("show/reachability.json", show_device(gateway));
}

void add_services(Gateway& gateway, PartFiles& files) {
  add_shown("services", gateway, files);
  const std::string front = gateway.front().config();
  if (!front.empty()) files.add("front/haproxy.cfg", Result<std::string>(front));
}

using Add = void (*)(Gateway&, PartFiles&);
constexpr std::pair<std::string_view, Add> kParts[] = {
    {"versions", add_versions}, {"status", add_status},     {"documents", add_documents},
    {"plan", add_plan},         {"doctor", add_doctor},     {"kernel", add_kernel},
    {"rules", add_rules},       {"services", add_services}, {"networks", add_networks},
    {"metrics", add_metrics},
};
static_assert(std::size(kParts) + 1 == kBundleParts.size(), "each name but the journal's has its files");

}   // namespace

Result<json> bundle_part(Gateway& gateway, std::string_view name) {
  const auto part = std::ranges::find(kParts, name, &std::pair<std::string_view, Add>::first);
  if (part == std::end(kParts)) return fail(fmt::format("a bundle has no part {}", name), ErrorKind::kUsage);
  const Scrubber scrubber = scrubber_of(gateway, revisions_of(gateway));
  PartFiles files(scrubber);
  part->second(gateway, files);
  return files.take();
}

}   // namespace sluice
