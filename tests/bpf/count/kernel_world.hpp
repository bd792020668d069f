// SPDX-License-Identifier: GPL-2.0-or-later
// What an interpreted program meets: a packet, and copies of the kernel's rows as they are when it first asks
// for them. What it writes into them stays here. Only rows that it makes or takes away are made and taken
// away in the kernel.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../support/packet.hpp"
#include "base/unique_fd.hpp"
#include "interpreter.hpp"

namespace sluice::test {

class KernelWorld : public World {
 public:
  KernelWorld(Bytes frame, uint64_t jiffies);
  ~KernelWorld() override;

  xdp_md& xdp_context(uint32_t device);
  __sk_buff& skb_context(uint32_t device);
  // The answer of the kernel's routing: fills the rest of the question in.
  std::function<void(bpf_fib_lookup&)> route = [](bpf_fib_lookup&) {};
  Bytes frame() const {
    return {packet_.begin() + static_cast<ptrdiff_t>(begin_), packet_.begin() + static_cast<ptrdiff_t>(end_)};
  }

  uint64_t map(uint32_t id) override;
  uint64_t map_value(uint32_t id, uint32_t at) override;
  uint64_t helper(uint32_t number, const std::array<uint64_t, 5>& arguments) override;
  bool pointer(uint64_t address, uint64_t& value) override;
  void meanwhile(uint64_t address) override { other_cpu(address); }
  // What another one does just before an exchange.
  std::function<void(uint64_t address)> other_cpu = [](uint64_t) {};
  // The row as the program sees it; null: it has not asked for it, or took it away.
  uint8_t* row(uint32_t id, const Bytes& key);

 private:
  struct Map;
  uint8_t* at(uint64_t offset) { return packet_.data() + begin_ + offset; }
  uint64_t look_up(Map& map, uint64_t key);
  uint64_t put(Map& map, uint64_t key, uint64_t value, uint64_t flags);
  uint64_t remove(Map& map, uint64_t key);
  uint64_t move_head(int64_t by);
  uint64_t replace_checksum(const std::array<uint64_t, 5>& arguments);

  Bytes packet_;   // with room in front
  size_t begin_, end_;
  uint64_t jiffies_;
  xdp_md xdp_{};
  __sk_buff skb_{};
  std::map<uint32_t, std::unique_ptr<Map>> maps_;
};

}   // namespace sluice::test
