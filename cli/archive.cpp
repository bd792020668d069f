// SPDX-License-Identifier: GPL-2.0-or-later
// POSIX.1-1988 (ustar) in gzip (RFC 1952): two formats of an afternoon each, and the library that has both
// would bring ten others into every start of `sluice` (docs/decisions/0076-bundle.md).
#include "cli/archive.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <numeric>
#include <span>

namespace sluice::cli {
namespace {

constexpr size_t kBlock = 512;
constexpr int kGzip = 15 + 16;                   // the largest window, and gzip's head and tail
constexpr uint64_t kMostInside = 077777777777;   // bytes of a file that a header can tell

// All fields of octal digits end with NUL.
struct TarHeader {
  char name[100] = {}, mode[8] = {}, uid[8] = {}, gid[8] = {}, size[12] = {}, time[12] = {};
  std::array<char, 8> sum = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
  char type = '0', link[100] = {}, magic[6] = {'u', 's', 't', 'a', 'r', '\0'}, version[2] = {'0', '0'};
  char user[32] = {}, group[32] = {}, major[8] = {}, minor[8] = {}, prefix[155] = {}, rest[12] = {};
};
static_assert(sizeof(TarHeader) == kBlock);

void put_octal(std::span<char> field, uint64_t value) {
  const std::string digits = fmt::format("{:0{}o}", value, field.size() - 1);
  std::ranges::copy(digits, field.begin());
}

Result<std::string> header_of(const std::string& name, size_t size) {
  TarHeader header;
  if (name.size() >= sizeof(header.name) || size > kMostInside)
    return fail(fmt::format("{} has no place in an archive", name));
  std::ranges::copy(name, header.name);
  put_octal(header.mode, 0600);
  put_octal(header.uid, 0);
  put_octal(header.gid, 0);
  put_octal(header.size, size);
  put_octal(header.time, static_cast<uint64_t>(std::time(nullptr)));
  const auto* bytes = reinterpret_cast<const uint8_t*>(&header);
  put_octal(std::span(header.sum).first(7), std::accumulate(bytes, bytes + kBlock, uint64_t{0}));
  header.sum[6] = '\0';
  return std::string(reinterpret_cast<const char*>(&header), kBlock);
}

Result<std::string> gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return fail("compress an archive: there is no memory for it");
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int answer = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return answer == Z_STREAM_END ? Result<std::string>(std::move(out)) : fail("compress an archive");
}

}   // namespace

Result<std::string> archive_of(std::string_view folder, const NamedTexts& files) {
  std::string tar;
  for (const auto& [name, text] : files) {
    tar += TRY(header_of(fmt::format("{}/{}", folder, name), text.size())) + text;
    tar.append((kBlock - tar.size() % kBlock) % kBlock, '\0');
  }
  tar.append(2 * kBlock, '\0');
  return gzip(tar);
}

}   // namespace sluice::cli
