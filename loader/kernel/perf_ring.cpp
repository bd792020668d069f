// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/perf_ring.hpp"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace sluice {
namespace {

constexpr uint64_t kTellsLost = 1U << 4;   // PERF_FORMAT_LOST, Linux 6.0

size_t page_size() { return static_cast<size_t>(::sysconf(_SC_PAGESIZE)); }

UniqueFd make_event(uint32_t cpu, uint32_t wake, uint64_t format) {
  perf_event_attr wanted{};
  wanted.size = sizeof(wanted);
  wanted.type = PERF_TYPE_SOFTWARE;
  wanted.config = PERF_COUNT_SW_BPF_OUTPUT;
  wanted.sample_type = PERF_SAMPLE_RAW;
  wanted.sample_period = 1;
  wanted.watermark = 1;
  wanted.wakeup_watermark = wake;
  wanted.read_format = format;
  return UniqueFd(static_cast<int>(
      ::syscall(SYS_perf_event_open, &wanted, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC)));
}

struct LostRecord {
  perf_event_header header;
  uint64_t id, lost;
};

}   // namespace

Result<std::vector<PerfEvent>> make_perf_events(uint32_t wake) {
  std::vector<PerfEvent> events;
  const long cpus = ::sysconf(_SC_NPROCESSORS_CONF);
  for (uint32_t cpu = 0; cpu < static_cast<uint32_t>(std::max(cpus, 1L)); ++cpu) {
    UniqueFd fd = make_event(cpu, wake, kTellsLost);
    if (!fd && errno == EINVAL) fd = make_event(cpu, wake, 0);
    if (!fd && errno == ENODEV) continue;   // it is off
    if (!fd) return fail_errno(fmt::format("make a ring for CPU {}", cpu), errno);
    events.push_back({cpu, std::move(fd)});
  }
  return events;
}

Result<PerfRing> PerfRing::open(UniqueFd fd, size_t bytes) {
  void* at = ::mmap(nullptr, page_size() + bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (at == MAP_FAILED) return fail_errno("map a ring into memory", errno);
  return PerfRing(std::move(fd), at, bytes);
}

PerfRing::~PerfRing() {
  if (at_) ::munmap(at_, page_size() + bytes_);
}

// What goes over the ring's end is put together.
std::span<const std::byte> PerfRing::piece(uint64_t from, size_t size) {
  const auto* ring = static_cast<const std::byte*>(at_) + page_size();
  const size_t at = from & (bytes_ - 1), first = std::min(size, bytes_ - at);
  if (first == size) return {ring + at, size};
  whole_.resize(size);
  std::memcpy(whole_.data(), ring + at, first);
  std::memcpy(whole_.data() + first, ring, size - first);
  return whole_;
}

void PerfRing::read(size_t most, const Each& each) {
  auto* page = static_cast<perf_event_mmap_page*>(at_);
  const uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
  uint64_t tail = page->data_tail;
  for (const uint64_t begin = tail; tail < head && tail - begin < most;) {
    perf_event_header header;
    std::memcpy(&header, piece(tail, sizeof(header)).data(), sizeof(header));
    if (header.size < sizeof(header)) break;
    const auto record = piece(tail, header.size);
    if (header.type == PERF_RECORD_LOST && record.size() >= sizeof(LostRecord)) {
      LostRecord lost;
      std::memcpy(&lost, record.data(), sizeof(lost));
      lost_ += lost.lost;
    } else if (header.type == PERF_RECORD_SAMPLE && record.size() >= sizeof(header) + sizeof(uint32_t)) {
      uint32_t size = 0;
      std::memcpy(&size, record.data() + sizeof(header), sizeof(size));
      const auto content = record.subspan(sizeof(header) + sizeof(size));
      each(content.first(std::min<size_t>(size, content.size())));
    }
    tail += header.size;
    __atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
  }
}

bool PerfRing::waits() const {
  const auto* page = static_cast<const perf_event_mmap_page*>(at_);
  return __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE) != page->data_tail;
}

uint64_t PerfRing::lost() const {
  std::array<uint64_t, 2> told{};   // the count, and how many were lost
  const bool tells = ::read(fd_.get(), told.data(), sizeof(told)) == static_cast<ssize_t>(sizeof(told));
  return tells ? std::max(told[1], lost_) : lost_;
}

}   // namespace sluice
