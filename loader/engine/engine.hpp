// SPDX-License-Identifier: GPL-2.0-or-later
// What carries the traffic: what the daemon asks of an engine, whichever it is. The steps of a plan that
// belong to one engine are performed by that engine's own functions.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/capture_source.hpp"
#include "engine/flow_news.hpp"
#include "engine/flow_reader.hpp"
#include "engine/limit_debt.hpp"
#include "engine/state.hpp"
#include "maps/explained.h"
#include "model/document.hpp"
#include "model/observed.hpp"
#include "model/opened_change.hpp"
#include "plan/step.hpp"

namespace sluice {

class Engine {
 public:
  virtual ~Engine() = default;

  virtual std::string_view name() const = 0;
  virtual bool loaded() const = 0;   // something of it is on the machine

  // The rules that are in force, so that later ones can be undone also after a restart.
  virtual void know_rules(const Plan& plan, const Document& document) = 0;

  // Names open or close these addresses in the rules that are in force. False: not in place, the rules are to
  // be exchanged; so they are after a failure.
  virtual Result<bool> open_addresses(const std::vector<OpenedChange>& changes) = 0;

  // Routes or neighbours changed: flows look up their next hops anew.
  enum class Hops { kRoutes, kNeighbours };   // routes: and perhaps neighbours too
  virtual Result<> refresh_next_hops(Hops changed) = 0;
  // To be called every few seconds: whether next hops that flows use are still there, and where. The kernel
  // finds it out for what it forwards itself.
  virtual Result<> confirm_next_hops() { return {}; }
  // Who is behind which remote of a VXLAN, as the kernel's devices know it now.
  virtual Result<> put_tunnel_ends(const std::vector<TunnelEnd>&) { return {}; }
  // Ends flows that are idle too long; after a change of the rules also those no longer allowed.
  enum class Gc { kExpired, kDisallowed };
  virtual Result<uint32_t> gc(Gc what) = 0;

  // Goes on with flows that another engine carried; those that it has already stay as they are.
  virtual Result<TakenOver> take_over(const std::vector<FlowState>& flows) = 0;
  // Goes on with flows as another gateway carries them, which tells of them again and again: those that are
  // there become as old, and as open or closed, as they are there, and what this one once saw of their
  // numbers of TCP is forgotten. For one that carries nothing itself meanwhile.
  virtual Result<TakenOver> keep_flows(const std::vector<FlowState>& flows) = 0;
  // Held, they end as that gateway says, or by their time: no look of this one ends any, since neither its
  // addresses nor its routes are what they are there. A packet of one is judged all the same.
  void hold_flows(bool held) { holds_flows_ = held; }
  // Other nodes carried packets of these: they are no older than that. Those that are not here are left out.
  virtual Result<> note_uses(std::span<const FlowUse>) { return {}; }
  // From now on, whatever rules and tables there will be; none: this gateway carries alone.
  virtual Result<> put_lead(std::optional<Lead>) { return {}; }
  virtual Result<HandedCounts> handed() { return HandedCounts{}; }
  // What another engine counted for these names is added to what is counted here.
  virtual Result<> set_object_counts(const std::vector<ObjectCount>& counts) = 0;
  // The same of what was carried for endpoints; what was dropped is counted anew.
  virtual Result<> add_endpoint_counts(const std::vector<EndpointCount>& counts) = 0;

  virtual Result<std::unique_ptr<FlowReader>> read_flows() = 0;
  // The same without interfaces and the rule of NAT, where those cost looks at routes.
  virtual Result<std::unique_ptr<FlowReader>> read_flow_ends() { return read_flows(); }
  // Null: nobody says it of this engine's flows, they have to be looked for.
  virtual Result<std::unique_ptr<FlowNews>> flow_news() { return std::unique_ptr<FlowNews>(); }
  // Of buckets of limits. Null: this engine cannot know how full they are.
  virtual Result<std::unique_ptr<DebtNews>> debt_news() { return std::unique_ptr<DebtNews>(); }
  // Buckets become as empty as these are; those that are emptier stay so. What the rules in force have no
  // bucket for, or no room, is left out.
  virtual Result<> keep_debts(std::span<const LimitDebt>) { return {}; }
  Result<std::vector<FlowState>> flows();   // all of them at once
  // With room for one piece of them.
  Result<> visit_flows(const std::function<void(const FlowState&)>& visit);
  // How many there are, without a look at them; none: nobody knows.
  virtual Result<std::optional<uint64_t>> count_flows() = 0;
  // How many there may be, where a look at all of them goes through the whole table; 0: it goes by those that
  // are there.
  virtual Result<uint64_t> flow_room() { return uint64_t{0}; }
  // Ends it as its timeout would. False: there is none that began so.
  virtual Result<bool> end_flow(const FlowKey& flow) = 0;
  virtual Result<std::vector<MappingState>> mappings() = 0;
  virtual Result<std::vector<ObjectCount>> objects() = 0;
  virtual Result<ObjectsAtRest> objects_at_rest();   // the same without a look at flows
  // How many flows ever began; none: this engine does not count it.
  virtual Result<std::optional<uint64_t>> flows_created() { return std::optional<uint64_t>(); }
  // Of backends by their names ("web/vm7/wireguard"), in this order; of one that is not in force yet nothing.
  // Empty: this engine does not see what becomes of connections.
  virtual Result<std::vector<SignCount>> signs(const std::vector<std::string>&) {
    return std::vector<SignCount>{};
  }
  // Of the endpoints of networks.
  virtual Result<std::vector<EndpointCount>> endpoints() = 0;
  virtual Result<std::vector<InterfaceCount>> interfaces() = 0;
  virtual Result<std::vector<DropCount>> drops() = 0;
  virtual Result<TableUse> tables() = 0;
  // Of targets whose forward has a limit; those without any half-open connection are left out.
  virtual Result<std::vector<TargetUse>> half_open_targets() { return std::vector<TargetUse>{}; }

  // What would become of a packet that came in by that device, asked of the programs that carry the traffic;
  // none: the engine has none. The packet begins with an Ethernet header. `as_new`: as if there were no flow
  // of it.
  virtual Result<std::optional<sl_explained>> explain(std::span<const uint8_t>, uint32_t, bool) {
    return std::optional<sl_explained>();
  }

  // Packets as they come and as they leave, `snaplen` bytes of each at most. Failure also: this engine sees
  // none.
  virtual Result<std::unique_ptr<CaptureSource>> capture(uint32_t snaplen) = 0;

  // From now on nothing passes the managed devices: what comes before tear_down().
  virtual void close() = 0;
  // Programs off all devices, maps and pins gone. What was removed, in sentences.
  virtual Result<std::vector<std::string>> tear_down(const std::map<std::string, ObservedLink>& links) = 0;

 protected:
  bool holds_flows() const { return holds_flows_; }

 private:
  bool holds_flows_ = false;
};

}   // namespace sluice
