// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/engine_ebpf.hpp"

#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <cstring>

#include "engine/ebpf/capture.hpp"
#include "engine/ebpf/flow_rows.hpp"
#include "engine/ebpf/put_rules.hpp"
#include "engine/ebpf/take_over.hpp"
#include "kernel/bpf/attach_tc.hpp"
#include "kernel/bpf/attach_xdp.hpp"
#include "kernel/bpf/load.hpp"
#include "kernel/bpf/object.hpp"
#include "kernel/bpf/pins.hpp"
#include "kernel/bpf/program.hpp"
#include "kernel/machine.hpp"

namespace sluice {
namespace {

uint64_t own_netns() {
  struct stat info {};
  return stat("/proc/self/ns/net", &info) == 0 ? info.st_ino : 0;
}

uint32_t program_id(const Pins& pins, std::string_view name) {
  const auto program = pins.open(pins.program(name));
  return program ? program_info(program->get()).id : 0;
}

}   // namespace

Result<std::unique_ptr<EngineEbpf>> EngineEbpf::open(Pins pins) {
  std::unique_ptr<EngineEbpf> engine(new EngineEbpf(std::move(pins)));
  TRY(engine->pins_.finish_taking());
  if (engine->pins_.exist() && TRY_TO("take over the pinned state", is_of_another_layout(engine->pins_))) {
    TRY_TO("take over the pinned state of another release", engine->open_older());
    return engine;
  }
  TRY(engine->pins_.beside().remove_all());   // of a release that did not get through
  TRY_TO("take back maps that lost their pins", engine->rescue());
  if (!engine->pins_.exist()) return engine;
  TRY_TO("take over the pinned state", engine->open_tables());
  TRY_TO("take over the pinned state", engine->adopt_rows());
  TRY(engine->refuse_foreign_pins());
  return engine;
}

Result<std::unique_ptr<EngineEbpf>> EngineEbpf::open_for_cleanup(Pins pins) {
  std::unique_ptr<EngineEbpf> engine(new EngineEbpf(std::move(pins)));
  if (!engine->pins_.exist()) return engine;
  if (engine->open_tables())
    TRY(engine->refuse_foreign_pins());
  else
    engine->close_tables();
  return engine;
}

// Programs on the devices go on without pins; what they work with is pinned again, and programs beside them
// that nothing but a pin held are loaded anew. An apply puts those of this build on the devices.
Result<> EngineEbpf::rescue() {
  const auto programs = attached_programs();
  if (programs.empty()) return {};
  if (TRY(has_all_pins(pins_)) && !TRY(has_foreign_pins(pins_, programs))) return {};
  const size_t rescued = TRY(rescue_pins(pins_, programs));
  if (!std::filesystem::exists(pins_.map("config"))) return {};   // what holds a place has no maps
  TRY(SharedConfig::open(pins_));   // of another release: refused, before anything is loaded
  TRY(load_programs(pins_, {}));
  rescued_ = fmt::format(
      "pins under {} were removed or replaced while their programs ran: {} maps were taken back from the "
      "programs",
      pins_.dir().string(), rescued);
  return {};
}

Result<> EngineEbpf::refuse_foreign_pins() const {
  const uint64_t netns = tables_ ? tables_->config->netns : older_->config().netns;
  if (!netns || netns == own_netns()) return {};
  return fail(
      fmt::format("the pins under {} serve another network namespace; name another folder with --pins, or "
                  "remove them there with `sluice cleanup`",
                  pins_.dir().string()));
}

Result<> EngineEbpf::open_tables() {
  in_force_ = {};
  forget_live();
  judged_ = 0;
  loaded_xdp_ = {};
  kept_.reset();
  tables_ = TRY(Tables::open(pins_));
  ++opened_;
  runner_ = TRY(Runner::open(pins_));
  explainer_.reset();
  events_ = TRY(EventRing::open(pins_));
  return {};
}

Result<Tables*> EngineEbpf::need_tables() {
  if (!tables_) return fail("the eBPF engine is not loaded");
  return &*tables_;
}

std::set<Attachment> EngineEbpf::attachments(const std::map<std::string, ObservedLink>& links) const {
  std::set<Attachment> found;
  const uint32_t ingress = program_id(pins_, side_of(Hook::kTcIngress)),
                 egress = program_id(pins_, side_of(Hook::kTcEgress));
  for (const auto& [name, link] : links) {
    if (const uint32_t at = attached_tc(link.index, Hook::kTcIngress); at && at == ingress)
      found.insert({name, Hook::kTcIngress});
    if (const uint32_t at = attached_tc(link.index, Hook::kTcEgress); at && at == egress)
      found.insert({name, Hook::kTcEgress});
    if (link.has_xdp && attached_xdp(link.index)) found.insert({name, Hook::kXdp});
  }
  return found;
}

Result<ObservedEngine> EngineEbpf::observe(const std::map<std::string, ObservedLink>& links) {
  ObservedEngine seen;
  seen.available_build = available_build();
  seen.xdp_refused = xdp_refused_;
  if (older_ && !moved_) TRY(older_->tell(seen));
  if (older_ && !moved_) seen.attachments = attachments(links);
  if (!tables_) return seen;
  seen.leftovers = older_ && moved_;
  seen.build = tables_->config->build;
  seen.sizes = TRY(sizes_of(*tables_));
  TRY(observe_in_force(seen));
  seen.attachments = attachments(links);
  return seen;
}

Result<> EngineEbpf::observe_in_force(ObservedEngine& seen) {
  TRY(observe_rules(seen));
  seen.rules = rules();
  seen.slots.clear();
  for (const auto& [slot, index] : interfaces_by_slot()) seen.slots[index] = slot;
  return {};
}

Result<> EngineEbpf::write_identity() {
  sl_config* config = tables_->config.operator->();
  config->hz = jiffies_per_second();
  config->netns = own_netns();
  config->abi = SL_ABI;
  // The table stands by them: they are made with it and stay.
  if (config->flow_secret[0] == 0 &&
      getrandom(config->flow_secret, sizeof(config->flow_secret), 0) != sizeof(config->flow_secret))
    return fail_errno("get random numbers", errno);
  const std::string build = available_build();
  std::memset(config->build, 0, sizeof(config->build));
  std::memcpy(config->build, build.data(), std::min(build.size(), sizeof(config->build) - 1));
  return {};
}

Result<std::optional<Step>> EngineEbpf::perform(const step::PutRules& step) {
  Tables* tables = TRY(need_tables());
  const uint32_t version = tables->config.version();
  const uint64_t before = tables->config->rules_digest[SL_SLOT_OF(version)];
  const auto earlier = rules();
  if (!earlier) rules_before_ = TRY(rules_before(*tables));
  TRY(put_rules(pins_, *tables, step.rules, std::stoull(step.digest, nullptr, 16), in_force_));
  rules_ = step.rules;
  forget_live();
  TRY(write_lead());
  if (!earlier && SL_GENERATION(version) == 0) return std::nullopt;
  if (!earlier) return Step(step::TakeRulesBack{EngineKind::kEbpf});
  return Step(step::PutRules{earlier, fmt::format("{:016x}", before)});
}

Result<> EngineEbpf::take_rules_back() {
  in_force_ = {};
  forget_live();
  rules_ = nullptr;
  return sluice::take_rules_back(*TRY(need_tables()), rules_before_);
}

// A program of sluice that is already there is replaced: undoing that must not leave the device open.
Result<std::optional<Step>> EngineEbpf::perform(const step::AttachProgram& step) {
  const Step inverse = step::DetachProgram{step.link, step.index, step.hook};
  if (older_ && exchanged_.empty()) older_->begin_exchange();
  if (older_ && !moved_ && step.hook != Hook::kXdp) exchanged_.push_back(step);
  if (step.hook == Hook::kTcEgress) TRY(connect_egress(pins_));
  if (step.hook != Hook::kXdp) {
    const UniqueFd program = TRY(pins_.open(pins_.program(side_of(step.hook))));
    const bool replaced = TRY(attach_tc(step.link, step.index, step.hook, program.get()));
    const bool held = std::erase_if(held_, [&](const step::AttachProgram& place) {
                        return place.index == step.index && place.hook == step.hook;
                      }) != 0;
    return replaced && !held ? std::nullopt : std::optional(inverse);
  }
  const Result<> attached = attach_xdp(pins_, step.link, step.index, loaded_xdp_);
  if (attached) return inverse;
  if (step.required) return std::unexpected(attached.error());
  xdp_refused_[step.link] = attached.error().message;
  return std::nullopt;
}

Result<std::optional<Step>> EngineEbpf::perform(const step::DetachProgram& step) {
  if (step.index == 0) return std::nullopt;
  if (older_ && !moved_ && step.hook == Hook::kXdp) return leave_xdp_of_before(step);
  TRY(step.hook == Hook::kXdp ? detach_xdp(step.link, step.index)
                              : detach_tc(step.link, step.index, step.hook));
  return Step(step::AttachProgram{step.link, step.index, step.hook});
}

void EngineEbpf::close_tables() {
  toucher_.stop();
  events_ = nullptr;
  runner_.reset();
  explainer_.reset();
  kept_.reset();
  tables_.reset();
  ++opened_;
  before_.reset();
  older_.reset();
  moved_ = false;
  exchanged_.clear();
  xdp_of_before_.clear();
  in_force_ = {};
  forget_live();
  left_.clear();
  loaded_xdp_ = {};
}

Result<TakenOver> EngineEbpf::take_over(const std::vector<FlowState>& flows) {
  Tables* tables = TRY(need_tables());
  if (!rules_) return fail("the eBPF engine has no rules yet");
  TakenOver outcome = TRY(sluice::take_over(*tables, *runner_, flows, *rules_));
  judged_ = 0;   // they were by another engine
  TRY(adopt_rows());
  return outcome;
}

// Rows that user space wrote have no slot yet; halves without their other half are what a process left that
// was killed while it wrote.
Result<> EngineEbpf::adopt_rows() {
  std::vector<sl_tuple> rows;
  TRY(for_each_flow(*tables_, [&](const sl_tuple& tuple, const sl_flow& flow) {
    if (!flow.slot) rows.push_back(tuple);
  }));
  TRY(runner_->visit(rows, Runner::Mode::kAdopt));
  return {};
}

Result<> EngineEbpf::set_object_counts(const std::vector<ObjectCount>& counts) {
  return sluice::set_object_counts(*TRY(need_tables()), counts);
}

Result<> EngineEbpf::put_tunnel_ends(const std::vector<TunnelEnd>& ends) {
  return tables_ ? sluice::put_tunnel_ends(*tables_, ends) : Result<>{};
}

Result<std::unique_ptr<CaptureSource>> EngineEbpf::capture(uint32_t snaplen) {
  TRY(need_tables());
  return open_capture(pins_, snaplen);
}

// Version 0 is "no rules yet": every packet is dropped.
void EngineEbpf::close() {
  if (tables_) tables_->config.set_version(0);
}

// Also of programs that are not pinned any more, and of what holds a place: a daemon may have been killed
// when it had exchanged one for the other, and the devices had not.
std::set<Attachment> EngineEbpf::all_attachments(const std::map<std::string, ObservedLink>& links) const {
  std::set<Attachment> found = pins_.exist() ? attachments(links) : std::set<Attachment>{};
  for (const auto& [name, link] : links)
    for (const Hook hook : {Hook::kTcIngress, Hook::kTcEgress})
      if (const uint32_t at = attached_tc(link.index, hook); at && is_program(at, program_name(hook)))
        found.insert({name, hook});
  return found;
}

Result<std::vector<std::string>> EngineEbpf::tear_down(const std::map<std::string, ObservedLink>& links) {
  std::vector<std::string> removed;
  const bool pinned = pins_.exist();
  for (const Attachment& attachment : all_attachments(links)) {
    const step::DetachProgram detach{attachment.link, links.at(attachment.link).index, attachment.hook};
    TRY(perform(detach));
    removed.push_back(sentence(detach));
  }
  TRY(unload());
  if (pinned) removed.push_back(fmt::format("remove the programs and maps under {}", pins_.dir().string()));
  return removed;
}

}   // namespace sluice
