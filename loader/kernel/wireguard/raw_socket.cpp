// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/wireguard/raw_socket.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "kernel/descriptors.hpp"
#include "kernel/program.hpp"

namespace sluice {
namespace {

// The only right that the unit has, and the only sockets that it may make. It must not deny addresses: what
// it makes stays under what its unit denies.
const std::vector<std::string> kLimitsOfSocketUnit = {"CapabilityBoundingSet=CAP_NET_RAW",
                                                      "RestrictAddressFamilies=AF_INET AF_INET6",
                                                      "PrivateDevices=yes",
                                                      "ProtectControlGroups=yes",
                                                      "SystemCallFilter=@system-service",
                                                      "SystemCallFilter=~@privileged @resources"};

std::string_view name_of(IpFamily family) { return family == IpFamily::kIpv4 ? "ipv4" : "ipv6"; }

UniqueFd make_raw_socket(IpFamily family) {
  return UniqueFd(::socket(family == IpFamily::kIpv4 ? AF_INET : AF_INET6,
                           SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
}

Result<UniqueFd> fetch_raw_socket(IpFamily family) {
  const auto installed = find_program("sluiced");
  const std::string program = installed ? *installed : TRY(own_program());
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail_errno("make a pair of sockets", errno);
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  TRY(run_unit(fmt::format("sluice-raw-socket-{}.service", name_of(family)), "Raw socket for sluice",
               {program, "--raw-socket", std::string(name_of(family))}, limited(kLimitsOfSocketUnit),
               theirs.get()));
  theirs.reset();   // a unit that sent nothing is not waited for
  auto sent = receive_descriptors(ours.get());
  if (!sent || sent->size() != 1) return fail("the unit for it has sent no raw socket");
  return std::move(sent->front());
}

bool is_forbidden(int error) { return error == EAFNOSUPPORT || error == EPERM; }

}   // namespace

Result<UniqueFd> get_raw_socket(IpFamily family) {
  UniqueFd made = make_raw_socket(family);
  if (made) return made;
  const int error = errno;
  if (is_forbidden(error) && has_systemd()) return fetch_raw_socket(family);
  return fail_errno(fmt::format("make a raw socket of {}", name_of(family)), error);
}

Result<> hand_over_raw_socket(IpFamily family, int to) {
  const UniqueFd made = make_raw_socket(family);
  if (!made) return fail_errno(fmt::format("make a raw socket of {}", name_of(family)), errno);
  const std::array<int, 1> sent{made.get()};
  return send_descriptors(to, sent);
}

}   // namespace sluice
