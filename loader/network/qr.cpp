// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/qr.hpp"

#include <fmt/format.h>
#include <png.h>
#include <qrencode.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "base/text.hpp"

namespace sluice {
namespace {

// Version 40, level L, bytes. The lowest level of correction has room for the most bytes; a screen is clean.
constexpr size_t kMostQrBytes = 2953;
constexpr int kQuietModules = 4;
constexpr int kQuietTextModules =
    2;   // as qrencode(1): configurations with all there is fit in 80 columns or so
constexpr int kPixelsPerModule = 8;

struct QrCodeDeleter {
  void operator()(QRcode* code) const { QRcode_free(code); }
};
using QrCode = std::unique_ptr<QRcode, QrCodeDeleter>;

Result<QrCode> encode_qr(std::string_view data) {
  if (data.empty()) return fail("there is nothing to make a QR code of");
  if (data.size() > kMostQrBytes)
    return fail(fmt::format("a QR code has room for {} bytes, and these are {}", with_commas(kMostQrBytes),
                            with_commas(data.size())));
  QrCode code(QRcode_encodeData(static_cast<int>(data.size()),
                                reinterpret_cast<const unsigned char*>(data.data()), 0, QR_ECLEVEL_L));
  if (!code) return fail_errno("make a QR code", errno);
  return code;
}

// Whatever is around the code is light.
bool is_dark(const QRcode& code, int x, int y) {
  if (x < 0 || y < 0 || x >= code.width || y >= code.width) return false;
  return (code.data[y * code.width + x] & 1) != 0;
}

// White on black, bold: the words that every terminal knows.
constexpr std::string_view kLightOnDark = "\033[40;37;1m";
constexpr std::string_view kOwnColours = "\033[0m";

std::string_view half_blocks(bool upper_dark, bool lower_dark) {
  if (upper_dark) return lower_dark ? " " : "▄";
  return lower_dark ? "▀" : "█";
}

std::vector<uint8_t> pixels_of(const QRcode& code, int side) {
  constexpr uint8_t kBlack = 0, kWhite = 255;
  std::vector<uint8_t> pixels;
  pixels.reserve(static_cast<size_t>(side) * static_cast<size_t>(side));
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      pixels.push_back(
          is_dark(code, x / kPixelsPerModule - kQuietModules, y / kPixelsPerModule - kQuietModules) ? kBlack
                                                                                                    : kWhite);
  return pixels;
}

}   // namespace

Result<std::string> qr_text(std::string_view data) {
  const QrCode code = TRY(encode_qr(data));
  const int end = code->width + kQuietTextModules;
  std::string text;
  for (int y = -kQuietTextModules; y < end; y += 2) {
    text += kLightOnDark;
    for (int x = -kQuietTextModules; x < end; ++x)
      text += half_blocks(is_dark(*code, x, y), is_dark(*code, x, y + 1));
    text += kOwnColours;
    text += '\n';
  }
  return text;
}

Result<std::vector<std::string>> qr_rows(std::string_view data) {
  const QrCode code = TRY(encode_qr(data));
  std::vector<std::string> rows(static_cast<size_t>(code->width));
  for (int y = 0; y < code->width; ++y)
    for (int x = 0; x < code->width; ++x) rows[static_cast<size_t>(y)] += is_dark(*code, x, y) ? '1' : '0';
  return rows;
}

Result<std::string> qr_png(std::string_view data) {
  const QrCode code = TRY(encode_qr(data));
  const int side = (code->width + 2 * kQuietModules) * kPixelsPerModule;
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = static_cast<png_uint_32>(side);
  image.format = PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string png(size, '\0');
  if (!png_image_write_to_memory(&image, png.data(), &size, 0, pixels_of(*code, side).data(), 0, nullptr))
    return fail(fmt::format("make a PNG: {}", image.message));
  png.resize(size);
  return png;
}

}   // namespace sluice
