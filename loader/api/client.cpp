// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/client.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "api/router.hpp"
#include "api/row_text.hpp"
#include "base/unix_socket.hpp"

namespace sluice {
namespace {

std::unexpected<Error> no_answer(const std::filesystem::path& socket, std::string_view reason) {
  return fail(
      fmt::format("sluiced does not answer on {}: {} (is it running? start it with `sluiced`, or name "
                  "its socket with --socket)",
                  socket.native(), reason),
      ErrorKind::kUnreachable);
}

std::string group_of(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return "sluice";
  group entry{}, *found = nullptr;
  std::array<char, 16384> space;
  if (::getgrgid_r(info.st_gid, &entry, space.data(), space.size(), &found) == 0 && found)
    return found->gr_name;
  return std::to_string(info.st_gid);
}

std::unexpected<Error> not_permitted(const std::filesystem::path& socket) {
  return fail(
      fmt::format("not permitted to talk to sluiced on {}: that takes root or membership in the group \"{}\"",
                  socket.native(), group_of(socket)),
      ErrorKind::kNotPermitted);
}

Result<UniqueFd> connect_to(const std::filesystem::path& socket) {
  const auto address = TRY(unix_address(socket));
  UniqueFd fd = TRY(unix_stream_socket());
  const int error = connect_unix(fd, address);
  if (error == EACCES || error == EPERM) return not_permitted(socket);
  if (error == EAGAIN) return no_answer(socket, "too many others are waiting for it");
  if (error != 0) return no_answer(socket, std::strerror(error));
  return fd;
}

std::string text_of(const nlohmann::json& object, const char* key, std::string otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::move(otherwise);
}

ApiError read_error(const nlohmann::json& answer, unsigned status) {
  const auto error = answer.find("error");
  if (error == answer.end() || !error->is_object())
    return Error{fmt::format("sluiced answered with HTTP status {}", status)};
  ApiError result = Error{text_of(*error, "message", "sluiced gave no reason"),
                          kind_of_name(text_of(*error, "kind", "failed"))};
  if (const auto list = error->find("complaints"); list != error->end() && list->is_array())
    result.complaints = *list;
  return result;
}

ApiResult read_answer(const HttpAnswer& answer) {
  auto body = nlohmann::json::parse(answer.body, nullptr, false);
  if (!body.is_object()) return fail("sluiced answered with something that is not a JSON object");
  if (answer.status >= 400) return std::unexpected(read_error(body, answer.status));
  return body;
}

}   // namespace

ApiResult Client::ask(std::string_view method, std::string_view target, std::string body,
                      std::chrono::seconds timeout) const {
  auto connection = TRY(connect_to(socket_));
  const auto answer = exchange_http(std::move(connection), method, target, std::move(body), timeout);
  if (!answer) return no_answer(socket_, answer.error().message);
  return read_answer(*answer);
}

ApiResult Client::get(std::string_view target, std::chrono::seconds timeout) const {
  return ask("GET", target, {}, timeout);
}

ApiResult Client::get_rows(std::string_view target, std::string_view list, const EachRow& each) const {
  auto connection = TRY(connect_to(socket_));
  RowLines lines(list, each);
  const auto answer =
      exchange_http(std::move(connection), "GET", target, {}, kLookTimeout, [&](std::string_view piece) {
        lines.take(piece);
        return true;
      });
  if (!answer) return no_answer(socket_, answer.error().message);
  if (answer->status != 200) return read_answer(*answer);
  auto object = lines.finish();
  if (!object.is_object()) return fail("sluiced answered with something that is not a list");
  return object;
}

ApiResult Client::follow(std::string_view target, const BodySink& each, const Connected& connected) const {
  auto connection = TRY(connect_to(socket_));
  if (connected) connected(connection.get());
  const auto answer =
      exchange_http(std::move(connection), "GET", target, {}, kLookTimeout, each, Patience::kEndless);
  if (!answer) return no_answer(socket_, answer.error().message);
  if (answer->status != 200) return read_answer(*answer);
  return nlohmann::json::object();
}

ApiResult Client::follow(std::string_view target, const nlohmann::json& body, const BodySink& each,
                         const Connected& connected) const {
  auto connection = TRY(connect_to(socket_));
  std::string packed;
  nlohmann::json::to_msgpack(body, packed);
  connected(connection.get());
  const auto answer = exchange_http(std::move(connection), "POST", target, std::move(packed), kLookTimeout,
                                    each, Patience::kEndless);
  if (!answer) return no_answer(socket_, answer.error().message);
  if (answer->status != 200) return read_answer(*answer);
  return nlohmann::json::object();
}

ApiResult Client::post(std::string_view target, const nlohmann::json& body,
                       std::chrono::seconds timeout) const {
  std::string packed;
  nlohmann::json::to_msgpack(body, packed);
  return ask("POST", target, std::move(packed), timeout);
}

ApiResult Client::remove(std::string_view target, std::chrono::seconds timeout) const {
  return ask("DELETE", target, {}, timeout);
}

}   // namespace sluice
