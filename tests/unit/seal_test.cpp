// SPDX-License-Identifier: GPL-2.0-or-later
// Sealed files: whole, or one sentence.
#include <gtest/gtest.h>

#include "seal/sealed_file.hpp"

namespace sluice {
namespace {

constexpr PassphraseCost kCheap{.passes = 1, .kibibytes = 8};
constexpr size_t kPiece = 65536, kHeader = 64, kMore = 17;   // of a file with a passphrase

std::string long_text(size_t bytes) {
  std::string text;
  for (size_t i = 0; text.size() < bytes; ++i) text += std::to_string(i) + "\n";
  text.resize(bytes);
  return text;
}

std::string locked(std::string_view text) { return seal_with_passphrase(text, "secret", kCheap).value(); }

std::string refusal_of(std::string_view file) {
  const auto opened = open_with_passphrase(file, "secret");
  return opened ? "it opened" : opened.error().message;
}

TEST(Seal, GivesBackWhatWasSealedWhateverItsLength) {
  const SealKeyPair keys = make_seal_keys();
  for (const size_t bytes : {size_t{0}, size_t{1}, kPiece - 1, kPiece, kPiece + 1, 3 * kPiece}) {
    const std::string text = long_text(bytes);
    EXPECT_EQ(open_with_passphrase(locked(text), "secret").value(), text) << bytes;
    EXPECT_EQ(open_with_key(seal_for_key(text, keys.public_key).value(), keys).value(), text) << bytes;
  }
}

TEST(Seal, IsAnotherFileEachTime) { EXPECT_NE(locked("the same"), locked("the same")); }

TEST(Seal, RefusesAnotherPassphraseOrKey) {
  EXPECT_EQ(open_with_passphrase(locked("text"), "Secret").error().message,
            "the passphrase is not the one that it was made with, or it was altered");
  const SealKeyPair keys = make_seal_keys(), others = make_seal_keys();
  const std::string file = seal_for_key("text", keys.public_key).value();
  EXPECT_NE(
      open_with_key(file, others).error().message.find("sealed for another key than sluice-backup-key:"),
      std::string::npos);
  EXPECT_NE(open_with_passphrase(file, "secret").error().message.find("--key-file"), std::string::npos);
  EXPECT_EQ(open_with_key(locked("text"), keys).error().message,
            "it is sealed with a passphrase and not for a public key");
}

TEST(Seal, NoticesEveryByteThatIsAltered) {
  const SealKeyPair keys = make_seal_keys();
  const std::string with_key = seal_for_key("text", keys.public_key).value();
  for (size_t at = 0; at < with_key.size(); ++at) {
    std::string altered = with_key;
    altered[at] = static_cast<char>(altered[at] ^ 0x40);
    EXPECT_FALSE(open_with_key(altered, keys)) << "byte " << at;
  }
  const std::string file = locked("text");
  for (size_t at = 0; at < file.size(); ++at) {
    std::string altered = file;
    altered[at] = static_cast<char>(altered[at] ^ 1);   // of the cost: one that is still permitted
    EXPECT_FALSE(open_with_passphrase(altered, "secret")) << "byte " << at;
  }
}

TEST(Seal, NoticesEveryEndThatIsMissing) {
  const std::string file = locked("a text");
  for (size_t bytes = 0; bytes < file.size(); ++bytes)
    EXPECT_FALSE(open_with_passphrase(std::string_view(file).substr(0, bytes), "secret")) << bytes;
}

TEST(Seal, NoticesPiecesThatAreMissingMovedOrTooMany) {
  const std::string file = locked(long_text(3 * kPiece));
  const size_t piece = kPiece + kMore;
  EXPECT_EQ(refusal_of(file.substr(0, kHeader + piece)), "it is cut off");
  EXPECT_EQ(refusal_of(file.substr(0, kHeader + piece + 5)), "it is cut off");
  EXPECT_EQ(refusal_of(file.substr(0, file.size() - 1)), "it was altered or cut off");
  EXPECT_EQ(refusal_of(file + "x"), "something was put behind its end");
  std::string moved = file;
  std::swap_ranges(moved.begin() + kHeader, moved.begin() + kHeader + piece, moved.begin() + kHeader + piece);
  EXPECT_NE(refusal_of(moved), "it opened");
  EXPECT_EQ(refusal_of(file.substr(0, kHeader) + file.substr(kHeader + piece)),
            "the passphrase is not the one that it was made with, or it was altered");
}

TEST(Seal, DoesNoMoreWorkThanABackupTakes) {
  std::string file = locked("text");
  for (const size_t at : {16, 20})
    for (const char byte : {'\0', '\xff'}) {
      std::string altered = file;
      for (size_t i = at; i < at + 4; ++i) altered[i] = byte;
      EXPECT_EQ(refusal_of(altered), "its header asks for more work than any backup does: it was altered");
    }
}

TEST(Seal, SaysWhatIsNoneOrOfALaterRelease) {
  EXPECT_EQ(sealed_for("{}").error().message, "it is no backup of sluice");
  EXPECT_EQ(sealed_for("").error().message, "it is no backup of sluice");
  std::string file = locked("text");
  file[12] = 2;
  EXPECT_NE(sealed_for(file).error().message.find("format 2, and this release knows format 1"),
            std::string::npos);
}

TEST(SealKeys, AreReadBackAndNoLetterIsLostUnseen) {
  const SealKeyPair keys = make_seal_keys();
  const std::string text = public_text(keys.public_key);
  EXPECT_EQ(parse_public(" " + text + "\n").value(), keys.public_key);
  EXPECT_EQ(parse_secret(secret_text(keys)).value().public_key, keys.public_key);
  EXPECT_FALSE(parse_public(secret_text(keys)));
  EXPECT_FALSE(parse_secret(text));
  for (size_t at = 0; at < text.size(); ++at) {
    std::string wrong = text;
    wrong[at] = wrong[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(parse_public(wrong)) << at;
    EXPECT_FALSE(parse_public(text.substr(0, at))) << at;
  }
  EXPECT_EQ(parse_secret("sluice-backup-secret:tooshort").error().message.find("tooshort"),
            std::string::npos);
}

}   // namespace
}   // namespace sluice
