// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/filter.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <optional>
#include <string_view>

namespace sluice {
namespace {

constexpr int kSnaplen = 262144;   // what fits in it is compared; a copy may be shorter

struct Close {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};

}   // namespace

class PacketFilter::Program {
 public:
  static Result<std::unique_ptr<Program>> compile(int link, const std::string& expression) {
    const std::unique_ptr<pcap_t, Close> handle(pcap_open_dead(link, kSnaplen));
    if (!handle) return fail("compile a filter: there is no memory for it");
    auto program = std::make_unique<Program>();
    if (pcap_compile(handle.get(), &program->code_, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
      return fail(pcap_geterr(handle.get()), ErrorKind::kUsage);
    return program;
  }
  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { pcap_freecode(&code_); }

  bool takes(std::span<const std::byte> bytes, uint32_t length) const {
    return bpf_filter(code_.bf_insns, reinterpret_cast<const u_char*>(bytes.data()), length,
                      static_cast<u_int>(bytes.size())) != 0;
  }

 private:
  bpf_program code_{};
};

// What asks for link headers has no program for frames without one: none of them is meant.
struct PacketFilter::Programs {
  std::unique_ptr<Program> ethernet, ip;
};

PacketFilter::PacketFilter(std::unique_ptr<Programs> programs) : programs_(std::move(programs)) {}
PacketFilter::PacketFilter(PacketFilter&&) noexcept = default;
PacketFilter& PacketFilter::operator=(PacketFilter&&) noexcept = default;
PacketFilter::~PacketFilter() = default;

Result<PacketFilter> PacketFilter::compile(const std::string& expression) {
  if (expression.find_first_not_of(" \t\r\n") == std::string::npos) return PacketFilter(nullptr);
  auto programs = std::make_unique<Programs>();
  auto ethernet = Program::compile(DLT_EN10MB, expression);
  auto ip = Program::compile(DLT_RAW, expression);
  if (!ethernet && !ip)
    return fail(fmt::format("filter \"{}\": {}", expression, ethernet.error().message), ErrorKind::kUsage);
  if (ethernet) programs->ethernet = std::move(*ethernet);
  if (ip) programs->ip = std::move(*ip);
  return PacketFilter(std::move(programs));
}

bool PacketFilter::takes(pcapng::LinkType link, std::span<const std::byte> bytes, uint32_t length) const {
  if (!programs_) return true;
  const auto& program = link == pcapng::LinkType::kEthernet ? programs_->ethernet : programs_->ip;
  return program && program->takes(bytes, length);
}

}   // namespace sluice
