// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/client.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "talk/json_values.hpp"

namespace sluice {
namespace {

constexpr int kPatience = 60'000;   // milliseconds that nothing is read
constexpr int kSchema = 1;

}   // namespace

bool CaptureClient::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written > 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno != EAGAIN) return false;
    pollfd room{.fd = fd_.get(), .events = POLLOUT, .revents = 0};
    if (::poll(&room, 1, kPatience) == 0) return false;
  }
  return true;
}

bool CaptureClient::begin(std::string_view media) {
  if (is_plain_) return true;
  return write(fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
      media));
}

std::string refusal(const Error& error) {
  const bool usage = error.kind == ErrorKind::kUsage;
  const std::string body =
      line_of_json({{"schema_version", kSchema},
                    {"error", {{"message", error.message}, {"kind", usage ? "usage" : "failed"}}}});
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      usage ? "400 Bad Request" : "500 Internal Server Error", body.size(), body);
}

void CaptureClient::refuse(const Error& error) {
  if (!is_plain_) write(refusal(error));
}

bool CaptureClient::send(std::string_view bytes) {
  if (bytes.empty()) return true;   // an empty chunk would be the last one
  sent_ += bytes.size();
  if (is_plain_) return write(bytes);
  std::string chunk = fmt::format("{:x}\r\n", bytes.size());
  chunk.reserve(chunk.size() + bytes.size() + 2);
  return write(chunk.append(bytes).append("\r\n"));
}

void CaptureClient::end() {
  if (!is_plain_) write("0\r\n\r\n");
}

}   // namespace sluice
