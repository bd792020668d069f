// SPDX-License-Identifier: GPL-2.0-or-later
// A picture and a text of a QR code, read back module by module.
#include <gtest/gtest.h>
#include <png.h>
#include <qrencode.h>

#include <memory>

#include "base/text.hpp"
#include "network/qr.hpp"

namespace sluice {
namespace {

using ModuleRows = std::vector<std::string>;   // '#': dark

constexpr std::string_view kQrSample =
    "[Interface]\nPrivateKey = AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n";

// What libqrencode makes of it, with that many light modules around.
ModuleRows modules_of(std::string_view data, size_t quiet) {
  const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
      QRcode_encodeData(static_cast<int>(data.size()), reinterpret_cast<const unsigned char*>(data.data()), 0,
                        QR_ECLEVEL_L),
      QRcode_free);
  const auto width = static_cast<size_t>(code->width);
  ModuleRows rows(width + 2 * quiet, std::string(width + 2 * quiet, ' '));
  for (size_t i = 0; i < width * width; ++i)
    if (code->data[i] & 1) rows[i / width + quiet][i % width + quiet] = '#';
  return rows;
}

struct GrayPicture {
  size_t width = 0, height = 0;
  std::vector<uint8_t> gray;
};

GrayPicture read_png(const std::string& bytes) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_TRUE(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size())) << image.message;
  image.format = PNG_FORMAT_GRAY;
  GrayPicture picture{image.width, image.height, std::vector<uint8_t>(PNG_IMAGE_SIZE(image))};
  EXPECT_TRUE(png_image_finish_read(&image, nullptr, picture.gray.data(), 0, nullptr)) << image.message;
  return picture;
}

// Each pixel of each module must have its colour.
void expect_modules(const GrayPicture& picture, const ModuleRows& modules) {
  constexpr size_t kPixels = 8;
  ASSERT_EQ(picture.width, modules.size() * kPixels);
  ASSERT_EQ(picture.height, picture.width);
  size_t wrong = 0;
  for (size_t y = 0; y < picture.height; ++y)
    for (size_t x = 0; x < picture.width; ++x)
      wrong += picture.gray[y * picture.width + x] != (modules[y / kPixels][x / kPixels] == '#' ? 0 : 255);
  EXPECT_EQ(wrong, 0u);
}

TEST(QrPng, HasTheModulesInEightPixelsEachAndFourAround) {
  expect_modules(read_png(qr_png(kQrSample).value()), modules_of(kQrSample, 4));
}

// Two rows of modules out of a line without its colours.
void add_rows(std::string_view line, ModuleRows& rows) {
  std::string upper, lower;
  for (size_t at = 0; at < line.size(); at += character_at(line, at)) {
    const std::string_view block = line.substr(at, character_at(line, at));
    EXPECT_TRUE(block == " " || block == "▀" || block == "▄" || block == "█") << block;
    upper += block == " " || block == "▄" ? '#' : ' ';
    lower += block == " " || block == "▀" ? '#' : ' ';
  }
  rows.push_back(upper);
  rows.push_back(lower);
}

TEST(QrText, HasTheModulesInHalfBlocksAndTwoAround) {
  constexpr std::string_view kBegin = "\033[40;37;1m", kEnd = "\033[0m";
  const std::string text = qr_text(kQrSample).value();
  ModuleRows rows;
  for (std::string_view line : split(text, '\n')) {
    if (line.empty()) continue;
    ASSERT_TRUE(line.starts_with(kBegin) && line.ends_with(kEnd))
        << "every line sets its colours, and ends them";
    add_rows(line.substr(kBegin.size(), line.size() - kBegin.size() - kEnd.size()), rows);
  }
  ModuleRows wanted = modules_of(kQrSample, 2);
  wanted.emplace_back(wanted.size(), ' ');   // the codes have an odd number of rows
  EXPECT_EQ(rows, wanted);
}

TEST(Qr, BytesOfAnyValueAreTaken) {
  const std::string_view data("a\0\xff\n", 4);
  expect_modules(read_png(qr_png(data).value()), modules_of(data, 4));
}

TEST(Qr, TooMuchOrNothingIsOneError) {
  const std::string most(2953, '\xff');
  EXPECT_TRUE(qr_text(most));
  expect_modules(read_png(qr_png(most).value()), modules_of(most, 4));
  EXPECT_EQ(qr_png(most + "x").error().message, "a QR code has room for 2,953 bytes, and these are 2,954");
  EXPECT_EQ(qr_text(most + "x").error().message, qr_png(most + "x").error().message);
  EXPECT_EQ(qr_text("").error().message, "there is nothing to make a QR code of");
}

}   // namespace
}   // namespace sluice
