// SPDX-License-Identifier: GPL-2.0-or-later
// The sentences are those that the daemon logs.
#include "show/log_subject.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

void says(std::string_view sentence, std::string_view object, std::string_view reason) {
  const LogSubject subject = subject_of(sentence);
  EXPECT_EQ(subject.object, object) << sentence;
  EXPECT_EQ(subject.reason, reason) << sentence;
}

TEST(LogSubject, IsWhatTheSentenceNamesFirst) {
  says("interface \"eth9\" does not exist", "interface/eth9", "does not exist");
  says("network \"office\": create VLAN 100 on eth1: Operation not supported", "network/office",
       "create VLAN 100 on eth1: Operation not supported");
  says("end the routing of network \"sites\": bgpd (process 7) does not end", "network/sites",
       "bgpd (process 7) does not end");
  says("bgpd of network \"sites\" had ended, and was started again", "network/sites",
       "had ended, and was started again");
  says("masquerade \"out\": no tcp port of 203.0.113.1 is free for 192.168.10.3", "masquerade/out",
       "no tcp port of 203.0.113.1 is free for 192.168.10.3");
}

TEST(LogSubject, OfARevisionAnEndpointAndAVrfIsNotQuoted) {
  says("revision 7 is in force", "revision/7", "is in force");
  says("revision 3 is in force again instead of revision 4 (sluiced: not confirmed within 60 s)",
       "revision/3", "is in force again instead of revision 4 (sluiced: not confirmed within 60 s)");
  says("go back to revision 3: there is no revision 3 (any more): `sluice history` lists them", "revision/3",
       "there is no revision 3 (any more): `sluice history` lists them");
  says("endpoint office/anna: masquerade \"out\": tcp 10.0.0.2:5 is 203.0.113.1:5 outside",
       "endpoint/office/anna", "masquerade \"out\": tcp 10.0.0.2:5 is 203.0.113.1:5 outside");
  says("VRF 10: no room for another flow, which 192.168.10.3 asks for", "VRF/10",
       "no room for another flow, which 192.168.10.3 asks for");
}

TEST(LogSubject, IsNothingWhereNothingIsNamed) {
  for (const char* sentence : {"ready", "no revision is in force", "", "a revision ", " \"", "say \"so",
                               "put the machine right: \"x\" is no name"})
    says(sentence, "", "");
  EXPECT_TRUE(subject_fields("ready").empty());
}

TEST(LogSubject, BecomesTwoFieldsOfTheJournal) {
  EXPECT_EQ(subject_fields("interface \"eth9\" does not exist"),
            (std::vector<std::string>{"SLUICE_OBJECT=interface/eth9", "SLUICE_REASON=does not exist"}));
}

}   // namespace
}   // namespace sluice
