// SPDX-License-Identifier: GPL-2.0-or-later
// Stream sockets with a path for a name, which has 1 to 107 bytes.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <filesystem>
#include <optional>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

Result<sockaddr_un> unix_address(const std::filesystem::path& path);   // kUsage when the path is too long

enum class Waits { kNo, kYes };                                  // whether calls of a socket do
Result<UniqueFd> unix_stream_socket(Waits waits = Waits::kNo);   // close-on-exec

// 0, or the errno of connect(2). EAGAIN: somebody listens, and his queue is full.
int connect_unix(const UniqueFd& fd, const sockaddr_un& address);
// 0, or the errno of bind(2). The socket's file has the permissions that the umask leaves.
int bind_unix(const UniqueFd& fd, const sockaddr_un& address);

// A connection that does not wait. None: nobody listens. Who died leaves a socket behind.
Result<std::optional<UniqueFd>> connect_where_heard(const std::filesystem::path& path);

// One that waits, and neither connects, sends nor hears for longer than `patience`; 0: for any time.
Result<UniqueFd> connect_unix(const std::filesystem::path& path, std::chrono::milliseconds patience = {});

}   // namespace sluice
