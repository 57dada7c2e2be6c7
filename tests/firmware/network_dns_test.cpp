// The name server of the access point: packets as phones send them, and as nobody should.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "firmware/network/dns.h"

namespace thimble::network {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint16_t kA = 1;
constexpr uint16_t kAaaa = 28;
constexpr uint16_t kHttps = 65;
constexpr uint16_t kAny = 255;

void put16(Bytes* bytes, unsigned value) {
  bytes->push_back(static_cast<uint8_t>(value >> 8));
  bytes->push_back(static_cast<uint8_t>(value));
}

// Labels of a name; "" for the root.
Bytes name_bytes(std::string name) {
  Bytes bytes;
  while (!name.empty()) {
    const size_t dot = std::min(name.find('.'), name.size());
    bytes.push_back(static_cast<uint8_t>(dot));
    bytes.insert(bytes.end(), name.begin(), name.begin() + static_cast<std::ptrdiff_t>(dot));
    name.erase(0, dot + 1);
  }
  bytes.push_back(0);
  return bytes;
}

Bytes question(const Bytes& name, uint16_t type, uint16_t kind = 1) {
  Bytes bytes = {0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0};
  for (const uint8_t byte : name) bytes.push_back(byte);
  put16(&bytes, type);
  put16(&bytes, kind);
  return bytes;
}
Bytes question(const std::string& name, uint16_t type) { return question(name_bytes(name), type); }

Bytes answer(const Bytes& packet) {
  Bytes out(kMostDnsBytes, 0xee);
  out.resize(answer_dns(packet, port::kAccessPointAddress, out));
  return out;
}

TEST(Dns, EveryNameIsHere) {
  const Bytes packet = question("connectivitycheck.gstatic.com", kA);
  Bytes expected = packet;
  expected[2] = 0x85;  // an answer, with authority, recursion desired
  expected[3] = 0x80;  // and available; no error
  expected[7] = 1;
  const Bytes record = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 10, 0, 4, 192, 168, 4, 1};
  expected.insert(expected.end(), record.begin(), record.end());
  EXPECT_EQ(answer(packet), expected);
}

TEST(Dns, AnyIsAnAddress) { EXPECT_EQ(answer(question("a.b", kAny)).size(), question("a.b", kAny).size() + 16); }

// Phones ask for both, and wait for both.
TEST(Dns, OtherKindsHaveAnAnswerWithoutAnAddress) {
  for (const uint16_t type : {kAaaa, kHttps, uint16_t{16}}) {
    const Bytes packet = question("captive.apple.com", type);
    const Bytes got = answer(packet);
    ASSERT_EQ(got.size(), packet.size()) << type;
    EXPECT_EQ(got[3] & 15, 0);
    EXPECT_EQ(got[7], 0);
  }
  const Bytes chaos = question(name_bytes("version.bind"), kA, 3);
  EXPECT_EQ(answer(chaos).size(), chaos.size());
}

TEST(Dns, WhatFollowsTheQuestionIsLeftOut) {
  Bytes packet = question("example.org", kA);
  packet[11] = 1;  // an OPT record, as resolvers add it
  const size_t plain = packet.size();
  packet.insert(packet.end(), {0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0});
  const Bytes got = answer(packet);
  EXPECT_EQ(got.size(), plain + 16);
  EXPECT_EQ(got[11], 0);
}

TEST(Dns, OtherRequestsAreNotImplemented) {
  Bytes packet = question("example.org", kA);
  packet[2] = 0x28;  // an update
  const Bytes got = answer(packet);
  ASSERT_EQ(got.size(), packet.size());
  EXPECT_EQ(got[2], 0xac);
  EXPECT_EQ(got[3] & 15, 4);
}

TEST(Dns, AnAnswerIsNotAnswered) {
  Bytes packet = question("example.org", kA);
  packet[2] |= 0x80;
  EXPECT_TRUE(answer(packet).empty());
}

TEST(Dns, NoneOrSeveralQuestionsAreNotAnswered) {
  for (const uint8_t count : Bytes{0, 2, 255}) {
    Bytes packet = question("example.org", kA);
    packet[5] = count;
    EXPECT_TRUE(answer(packet).empty()) << int{count};
  }
  Bytes packet = question("example.org", kA);
  packet[4] = 1;
  EXPECT_TRUE(answer(packet).empty());
}

TEST(Dns, EveryTruncationIsNotAnswered) {
  const Bytes packet = question("connectivitycheck.gstatic.com", kA);
  for (size_t bytes = 0; bytes < packet.size(); ++bytes) {
    EXPECT_TRUE(answer(Bytes(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(bytes))).empty()) << bytes;
  }
}

TEST(Dns, NamesHave255BytesAtMost) {
  Bytes name;
  for (int i = 0; i < 3; ++i) {
    name.push_back(63);
    name.insert(name.end(), 63, 'x');
  }
  Bytes longest = name;
  longest.push_back(61);
  longest.insert(longest.end(), 61, 'x');
  longest.push_back(0);
  ASSERT_EQ(longest.size(), 255u);
  EXPECT_EQ(answer(question(longest, kA)).size(), kMostDnsBytes);
  Bytes longer = name;
  longer.push_back(62);
  longer.insert(longer.end(), 62, 'x');
  longer.push_back(0);
  EXPECT_TRUE(answer(question(longer, kA)).empty());
}

TEST(Dns, PointersInQuestionsAreNotFollowed) {
  EXPECT_TRUE(answer(question(Bytes{0xc0, 12}, kA)).empty());
  EXPECT_TRUE(answer(question(Bytes{1, 'a', 0xc0, 12}, kA)).empty());
  EXPECT_TRUE(answer(question(Bytes{0x40, 'a', 0}, kA)).empty());
}

TEST(Dns, TheRootIsAName) { EXPECT_EQ(answer(question("", kA)).size(), 12u + 1 + 4 + 16); }

}  // namespace
}  // namespace thimble::network
