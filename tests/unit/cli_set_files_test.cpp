// SPDX-License-Identifier: GPL-2.0-or-later
// Documents that name files.
#include "cli_rig.hpp"

namespace sluice::cli {
namespace {

struct SetFiles : CliTest {};

// The daemon opens nothing: what is in the files of sets goes with the document.
TEST_F(SetFiles, files_of_sets_are_read_beside_the_document_and_sent_along) {
  const auto document =
      file("listed.json", R"({"version": 1, "sets": {"blocked": {"file": "blocked.txt"}}})");
  EXPECT_EQ(run({"apply", document}).status, kExitInvalidDocument) << "not there yet";
  EXPECT_TRUE(daemon.service.documents.empty());
  file("blocked.txt", "192.0.2.1\n");
  EXPECT_EQ(run({"check", document}).status, kExitDone);
  EXPECT_EQ(run({"fmt", document}).status, kExitDone);
  for (const char* verb : {"plan", "apply"}) {
    EXPECT_EQ(run({verb, document}).status, kExitDone);
    EXPECT_EQ(daemon.service.documents.back().files, (NamedTexts{{"blocked.txt", "192.0.2.1\n"}}));
  }
}

TEST_F(SetFiles, a_complaint_about_a_file_of_a_set_does_not_tell_what_is_in_it) {
  const auto document =
      file("listed.json", R"({"version": 1, "sets": {"blocked": {"file": "blocked.txt"}}})");
  file("blocked.txt", "192.0.2.1\nsecret\n");
  const auto ran = run({"check", document});
  EXPECT_EQ(ran.status, kExitInvalidDocument);
  EXPECT_NE(ran.err.find("blocked.txt:2: is no address or prefix"), std::string::npos) << ran.err;
  EXPECT_EQ(ran.err.find("secret"), std::string::npos) << ran.err;
}

}   // namespace
}   // namespace sluice::cli
