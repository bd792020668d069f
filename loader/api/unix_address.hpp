// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

Result<sockaddr_un> unix_address(const std::filesystem::path& path);   // kUsage when the path is too long
Result<UniqueFd> unix_stream_socket();                                 // non-blocking, close-on-exec

// 0, or the errno of connect(2). EAGAIN: somebody listens, and his queue is full.
int connect_unix(const UniqueFd& fd, const sockaddr_un& address);

}   // namespace sluice
