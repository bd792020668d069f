// SPDX-License-Identifier: GPL-2.0-or-later
// One end of the lab: a device with a sink on it and a generator that sends out of it.
#pragma once

#include <linux/types.h>

#include <memory>

#include "base/result.hpp"
#include "bpf/plan.h"
#include "lab.hpp"

struct bpf_link;
struct generator_bpf;
struct sink_bpf;

namespace sluice::bench {

class End {
 public:
  // Loads both programs and attaches the sink in native mode.
  static Result<End> make(const EndConfig& config);
  End(End&&) noexcept;
  ~End();

  // The generator starts its sequence again, with this plan; the sink is at zero, with that one.
  void prepare_to_send(const plan& sending);
  void prepare_to_receive(const plan& expected, uint8_t ttl, bool verify);

  uint64_t sent() const;   // may be read while the programs run
  uint64_t received() const;
  tally seen() const;
  uint32_t distinct_flows(uint32_t flows) const;   // that arrived since the last preparation, if verified

  const EndConfig& config() const { return config_; }
  int generator_fd() const;
  uint32_t frame_bytes() const;   // of what the generator sends
  int index() const { return index_; }

 private:
  struct Programs;
  End(EndConfig config, int index, std::unique_ptr<Programs> programs);
  EndConfig config_;
  int index_;
  std::unique_ptr<Programs> programs_;
};

}   // namespace sluice::bench
