// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_world.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace sluice::test {
namespace {

constexpr size_t kHeadroom = 256;
constexpr uint64_t kNanoseconds = 1'000'000'000'000;   // of every clock
constexpr uint64_t kRandom = 0x5eed1234;

bool is_per_cpu(uint32_t type) {
  return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
         type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

bool is_outer(uint32_t type) {
  return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

const void* bytes(uint64_t address) { return reinterpret_cast<const void*>(address); }

uint64_t negative(int error) { return static_cast<uint64_t>(int64_t{-error}); }

}   // namespace

// A program asks a map for its max_entries where this kernel has them, so every word of the beginning says
// them.
struct KernelWorld::Map {
  std::array<uint32_t, 256> max_entries{};
  UniqueFd fd;
  bpf_map_info info{};
  std::map<Bytes, Bytes> rows;   // as the program sees and changes them

  explicit Map(uint32_t id) : fd(bpf_map_get_fd_by_id(id)) {
    uint32_t length = sizeof(info);
    if (bpf_obj_get_info_by_fd(fd.get(), &info, &length)) throw std::runtime_error("a map is gone");
    max_entries.fill(info.max_entries);
  }
  Bytes key(uint64_t address) const {
    const auto* first = static_cast<const uint8_t*>(bytes(address));
    return {first, first + info.key_size};
  }
};

KernelWorld::KernelWorld(Bytes frame, uint64_t jiffies)
    : packet_(kHeadroom + frame.size()), begin_(kHeadroom), end_(packet_.size()), jiffies_(jiffies) {
  std::ranges::copy(frame, packet_.begin() + kHeadroom);
}

KernelWorld::~KernelWorld() = default;

xdp_md& KernelWorld::xdp_context(uint32_t device) {
  xdp_.ingress_ifindex = device;
  return xdp_;
}

__sk_buff& KernelWorld::skb_context(uint32_t device) {
  skb_.len = static_cast<uint32_t>(end_ - begin_);
  skb_.ifindex = skb_.ingress_ifindex = device;
  uint16_t protocol;
  std::memcpy(&protocol, at(12), sizeof(protocol));
  skb_.protocol = protocol;
  return skb_;
}

bool KernelWorld::pointer(uint64_t address, uint64_t& value) {
  const auto first = reinterpret_cast<uintptr_t>(packet_.data());
  if (address == reinterpret_cast<uintptr_t>(&xdp_.data) ||
      address == reinterpret_cast<uintptr_t>(&skb_.data)) {
    value = first + begin_;
    return true;
  }
  if (address != reinterpret_cast<uintptr_t>(&xdp_.data_end) &&
      address != reinterpret_cast<uintptr_t>(&skb_.data_end))
    return false;
  value = first + end_;
  return true;
}

uint64_t KernelWorld::map(uint32_t id) {
  std::unique_ptr<Map>& map = maps_[id];
  if (!map) map = std::make_unique<Map>(id);
  return reinterpret_cast<uintptr_t>(map.get());
}

uint64_t KernelWorld::map_value(uint32_t id, uint32_t offset) {
  const uint32_t first = 0;
  return look_up(*reinterpret_cast<Map*>(map(id)), reinterpret_cast<uintptr_t>(&first)) + offset;
}

// A row of a map of maps is the map in it.
uint64_t KernelWorld::look_up(Map& map, uint64_t key) {
  const Bytes wanted = map.key(key);
  if (const auto known = map.rows.find(wanted); known != map.rows.end())
    return reinterpret_cast<uintptr_t>(known->second.data());
  const size_t size = (map.info.value_size + 7) / 8 * 8;
  Bytes value(size * (is_per_cpu(map.info.type) ? static_cast<size_t>(libbpf_num_possible_cpus()) : 1));
  if (bpf_map_lookup_elem(map.fd.get(), wanted.data(), value.data())) return 0;
  if (is_outer(map.info.type)) {
    uint32_t id;
    std::memcpy(&id, value.data(), sizeof(id));
    return this->map(id);
  }
  return reinterpret_cast<uintptr_t>(map.rows.emplace(wanted, std::move(value)).first->second.data());
}

uint8_t* KernelWorld::row(uint32_t id, const Bytes& key) {
  map(id);
  const auto known = maps_[id]->rows.find(key);
  return known == maps_[id]->rows.end() ? nullptr : known->second.data();
}

uint64_t KernelWorld::put(Map& map, uint64_t key, uint64_t value, uint64_t flags) {
  if (bpf_map_update_elem(map.fd.get(), bytes(key), bytes(value), flags)) return negative(errno);
  map.rows.erase(map.key(key));
  return 0;
}

uint64_t KernelWorld::remove(Map& map, uint64_t key) {
  map.rows.erase(map.key(key));
  return bpf_map_delete_elem(map.fd.get(), bytes(key)) ? negative(errno) : 0;
}

uint64_t KernelWorld::move_head(int64_t by) {
  begin_ = static_cast<size_t>(static_cast<int64_t>(begin_) + by);
  return begin_ > kHeadroom + (1 << 16) ? negative(EINVAL) : 0;
}

// bpf_l4_csum_replace(), bpf_l3_csum_replace() (RFC 1624): by a difference, or one word by another.
uint64_t KernelWorld::replace_checksum(const std::array<uint64_t, 5>& arguments) {
  const auto [_, offset, from, to, flags] = arguments;
  const uint64_t size = flags & BPF_F_HDR_FIELD_MASK;
  if (size > 2) throw std::runtime_error("checksums of longer words are not known here");
  uint16_t sum;
  std::memcpy(&sum, at(offset), sizeof(sum));
  if (flags & BPF_F_MARK_MANGLED_0 && !sum) return 0;
  uint64_t all = static_cast<uint16_t>(~sum) + (to & 0xffff) + (size ? static_cast<uint16_t>(~from) : 0);
  while (all >> 16) all = (all & 0xffff) + (all >> 16);
  sum = static_cast<uint16_t>(~all);
  if (flags & BPF_F_MARK_MANGLED_0 && !sum) sum = 0xffff;
  std::memcpy(at(offset), &sum, sizeof(sum));
  return 0;
}

uint64_t KernelWorld::helper(uint32_t number, const std::array<uint64_t, 5>& arguments) {
  const auto [first, second, third, fourth, _] = arguments;
  switch (number) {
    case BPF_FUNC_map_lookup_elem: return look_up(*reinterpret_cast<Map*>(first), second);
    case BPF_FUNC_map_update_elem: return put(*reinterpret_cast<Map*>(first), second, third, fourth);
    case BPF_FUNC_map_delete_elem: return remove(*reinterpret_cast<Map*>(first), second);
    case BPF_FUNC_ktime_get_ns:
    case BPF_FUNC_ktime_get_boot_ns: return kNanoseconds;
    case BPF_FUNC_jiffies64: return jiffies_;
    case BPF_FUNC_get_prandom_u32: return kRandom;
    case BPF_FUNC_redirect_map: return XDP_REDIRECT;
    case BPF_FUNC_redirect: return TC_ACT_REDIRECT;
    case BPF_FUNC_xdp_adjust_head: return move_head(static_cast<int32_t>(second));
    case BPF_FUNC_fib_lookup:
      route(*reinterpret_cast<bpf_fib_lookup*>(second));
      return BPF_FIB_LKUP_RET_SUCCESS;
    case BPF_FUNC_sk_lookup_udp:
    case BPF_FUNC_skc_lookup_tcp: return 0;   // no socket of the gateway has it
    case BPF_FUNC_ringbuf_output:
    case BPF_FUNC_skb_pull_data: return 0;
    case BPF_FUNC_skb_load_bytes: std::memcpy(reinterpret_cast<void*>(third), at(second), fourth); return 0;
    case BPF_FUNC_skb_store_bytes: std::memcpy(at(second), bytes(third), fourth); return 0;
    case BPF_FUNC_l3_csum_replace:
    case BPF_FUNC_l4_csum_replace: return replace_checksum(arguments);
    default: throw std::runtime_error("helper " + std::to_string(number) + " is not known here");
  }
}

}   // namespace sluice::test
