// SPDX-License-Identifier: GPL-2.0-or-later
// A helper process from its start to its end: it makes what it needs its rights for, gives them up, and only
// then hears the daemon and strangers.
#pragma once

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.hpp"
#include "kernel/nobody.hpp"

namespace sluice {

struct HelperPart {
  const char* name;                // in front of what is thrown
  std::optional<int> right = {};   // CAP_*: the one that it keeps
  bool gives_up_rest = false;      // also what its unit leaves it: see give_up_rights()
};

// Until its event loop ends. `made`: what a `Talk` is made of beside the loop and the socket to the daemon.
template <class Talk, class... Made>
void converse_with_daemon(int socket, Made... made) {
  boost::asio::io_context io{1};
  const Talk talk(io, socket, std::move(made)...);
  io.run();
}

// `prepare` is called with all rights. Its Result is the last that a `Talk` is made of, or is nothing.
template <class Talk, class Prepare>
Result<> serve_helper(const HelperPart& part, int socket, const Prepare& prepare) try {
  std::signal(SIGPIPE, SIG_IGN);
  auto prepared = prepare();
  if (!prepared) return std::unexpected(std::move(prepared.error()));
  TRY(become_nobody(part.right));
  if (part.gives_up_rest) TRY(give_up_rights());
  if constexpr (std::is_void_v<typename decltype(prepared)::value_type>)
    converse_with_daemon<Talk>(socket);
  else
    converse_with_daemon<Talk>(socket, std::move(*prepared));
  return {};
} catch (const std::exception& error) {
  return fail(std::string(part.name) + ": " + error.what());
}

template <class Talk>
Result<> serve_helper(const HelperPart& part, int socket) {
  return serve_helper<Talk>(part, socket, [] { return Result<>(); });
}

}   // namespace sluice
