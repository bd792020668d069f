// SPDX-License-Identifier: GPL-2.0-or-later
// A gateway without traffic of its own: real document, real planner, real engine, and packets by
// BPF_PROG_TEST_RUN.
//
//   inside 192.168.10.2, .3, .5 -- lan [gateway] wan -- 203.0.113.9 -- 198.51.100.0/24
//          2001:db8:10::2, ::3                       |  2001:db8:f::9 -- 2001:db8:99::/48
//                                                    dmz -- 172.20.1.2, 2001:db8:20::2
// `bare` has a zone and no address, `foreign` is not in the document. All of lan's 10.64.0.0/10 lies behind
// .2.
#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "counters.hpp"
#include "engine/ebpf/engine_ebpf.hpp"
#include "model/network.hpp"
#include "packet.hpp"
#include "view.hpp"

namespace sluice::test {

enum class At { kLan, kWan, kDmz, kBare, kForeign };
inline constexpr std::array<const char*, 5> kDeviceNames{"lan", "wan", "dmz", "bare", "foreign"};

// The neighbours that the gateway knows, by the last byte of their addresses.
constexpr Mac neighbour_mac(At device, uint8_t host) {
  return {2, 0, 0, 1, static_cast<uint8_t>(device), host};
}

struct Outcome {
  std::string what;         // as Counted, but "answered: REASON" where a packet goes back, or "put off"
  Bytes frame;              // as it left the program
  uint32_t code = 0;        // what the program returned
  uint32_t mark = 0;        // tc
  uint32_t priority = 0;    // tc
  uint64_t bytes = 0;       // that were counted
  bool handed_on = false;   // XDP left it to tc
  View view() const { return View(frame); }
};

struct Left {   // beside the packet as it left, tc only
  uint32_t mark = 0, priority = 0;
};

struct Metadata {   // beside the packet, tc only
  uint32_t gso_size = 0, gso_segs = 0;
  uint32_t mark = 0;
  At came_in = At::kForeign;   // egress: the device that it was received by
  bool was_received = false;
};

// Small: a test can fill them, and each test leaves them empty.
inline constexpr TableSizes kTableSizes{.flows4 = 4096, .flows6 = 2048, .mappings = 4096, .half_open = 8192};
inline constexpr uint32_t kObjects = 256;   // more than a document of the tests with limits names
inline constexpr uint32_t kFlows4 = kTableSizes.flows4 / 2, kFlows6 = kTableSizes.flows6 / 2;
inline constexpr uint32_t kPlaces = kTableSizes.half_open / 2;   // for flows from inside, and from outside

class Lab {
 public:
  static Lab& get();

  // Puts the rules of this document in force, by the planner's steps; the same document again does nothing.
  void apply(const std::string& document);
  // The same document on a machine that has changed.
  void apply_again();
  // The planner takes these devices for such that sluice made; from the next apply on. Kernels without 802.1Q
  // have no VLANs. The remotes of VXLANs are behind `wan`.
  void pretend(std::map<std::string, LinkParameters> made);
  // The main VRF leaves these prefixes to others, as networks imply it and no document says; from the next
  // apply on.
  void lead_main(std::vector<VrfRoute> routes);
  // Tunnels of frames besides what documents say, whose devices nobody makes; from the next apply on.
  void bridge(std::vector<Interface> tunnels);
  // A device is the tunnel of this network, and limits by VRF are by endpoint; from the next apply on. None:
  // no device is.
  void pretend_network(std::optional<Network> network);
  // No flows, mappings and fragments are left. Costs nothing where nobody has run a program or asked for a
  // map since the last time.
  void forget();

  // The gateway may send its errors again, however many it has sent in this second.
  void forgive_errors();

  // A packet that arrives; kTcIngress: at tc; kXdp: at XDP and, where that hands it on, at tc after it.
  Outcome arrive(Hook hook, At device, const Layers& layers, Metadata beside = {});
  Outcome arrive_bytes(Hook hook, At device, const Bytes& frame, Metadata beside = {});
  // A packet of the gateway's own that leaves by the device.
  Outcome leave(At device, const Layers& layers, Metadata beside = {});
  // One run of a program and no more: its answer, and `frame` as it left, at tc with what is `left`
  // beside it. Also from several threads at once.
  uint32_t run(Hook hook, At device, Bytes& frame, Metadata beside = {}, Left* left = nullptr) const;

  void counted_elsewhere() { ran_unwatched_ = true; }    // by garbage collection
  Bytes framed(At device, const Layers& layers) const;   // with the Ethernet header of a neighbour's packet
  Tables& tables() { return touched_ = true, *tables_; }
  EngineEbpf& engine() { return touched_ = true, *engine_; }
  Runner& runner() { return touched_ = true, *runner_; }
  uint32_t index(At device) const { return indexes_[static_cast<size_t>(device)]; }
  Mac mac(At device) const { return macs_[static_cast<size_t>(device)]; }
  int program(Hook hook) const;
  const std::filesystem::path& pins() const { return touched_ = true, pins_->dir(); }
  int map(const std::string& name) const;   // by its pin, open for good
  uint32_t jiffies() const;

 private:
  Lab() = default;
  Result<> start();
  Result<> make_devices();
  Result<> load();
  Result<> add_neighbours();
  Result<> add_routes();
  Result<> apply_or_fail(const std::string& document);
  Result<> perform(const Step& step);
  void pretend_in(Observed& observed, const Document& document) const;
  int opened(const std::string& map) const;
  Outcome run_and_count(Hook hook, At device, const Bytes& frame, Metadata beside);
  Outcome arrive_at_tc(At device, const Bytes& frame, Metadata beside);

  std::unique_ptr<Pins> pins_;
  std::unique_ptr<EngineEbpf> engine_;
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<Runner> runner_;
  UniqueFd ingress_, egress_, xdp_;
  std::array<uint32_t, 5> indexes_{};
  std::array<Mac, 5> macs_{};
  std::set<std::pair<std::string, InterfaceAddress>> addresses_;
  std::map<std::string, LinkParameters> made_;
  std::vector<Interface> bridged_;
  std::optional<Network> network_;
  std::string document_;
  std::vector<VrfRoute> main_routes_;
  mutable std::atomic<bool> ran_unwatched_ = true;
  mutable std::atomic<bool> touched_ = true;
  CounterWatch watch_;
};

}   // namespace sluice::test
