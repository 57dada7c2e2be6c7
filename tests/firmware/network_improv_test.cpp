// Improv over serial: packets among what is typed, and the answers. The bytes are written out as the protocol has them.

#include "firmware/network/improv.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/firmware/network_support.h"

namespace thimble::testing {
namespace {

using network::Improv;
using network::ImprovReader;
using port::WifiFailure;

using namespace std::string_literals;

std::string packet(char type, const std::string& data) {
  std::string bytes = "IMPROV\x01"s + type + static_cast<char>(data.size()) + data;
  unsigned sum = 0;
  for (const char byte : bytes) sum += static_cast<uint8_t>(byte);
  return bytes + static_cast<char>(sum);
}

std::string command(char which, const std::string& data = {}) {
  return packet(3, which + std::string(1, static_cast<char>(data.size())) + data);
}

std::string pascal(const std::string& text) { return std::string(1, static_cast<char>(text.size())) + text; }

// What the board says: each packet on a line of its own.
std::string line(const std::string& packet) { return "\n" + packet + "\n"; }
std::string error(char which) { return line(packet(2, std::string(1, which))); }
std::string stage(char which) { return line(packet(1, std::string(1, which))); }
std::string result(char which, const std::string& strings) {
  return line(packet(4, which + std::string(1, static_cast<char>(strings.size())) + strings));
}

// --- the stream ---

// What of a stream is text; "<packet>" and "<damaged>" for packets, "|" in it for a pause.
std::string read(const std::string& stream) {
  ImprovReader reader;
  std::string text;
  for (const char byte : stream) {
    std::string_view more;
    if (byte == '|') {
      text += reader.pause();
      continue;
    }
    const ImprovReader::Found found = reader.take(byte, &more);
    text += more;
    if (found == ImprovReader::Found::kPacket) text += "<packet>";
    if (found == ImprovReader::Found::kDamaged) text += "<damaged>";
  }
  return text + std::string(reader.pause());
}

TEST(ImprovReader, TextIsText) {
  EXPECT_EQ(read("Once upon a time\r"), "Once upon a time\r");
  EXPECT_EQ(read("IMPROVISE\n"), "IMPROVISE\n");
  EXPECT_EQ(read("IIMPRIMPROIMPROV \n"), "IIMPRIMPROIMPROV \n");
  EXPECT_EQ(read("\n\n"), "\n\n");
  EXPECT_EQ(read("I|M|PROV|\x01"), "IMPROV\x01");
}

TEST(ImprovReader, APacketIsNoText) {
  EXPECT_EQ(read(command(2)), "<packet>");
  EXPECT_EQ(read("a" + command(2) + "b"), "a<packet>b");
  EXPECT_EQ(read("IMP" + command(2) + command(3)), "IMP<packet><packet>");
  EXPECT_EQ(read(packet(3, std::string(255, 'x'))), "<packet>");
  EXPECT_EQ(read(packet(3, "")), "<packet>");
}

TEST(ImprovReader, TheNewlineBehindAPacketIsNoText) {
  EXPECT_EQ(read(command(2) + "\n" + command(3) + "\n\nx"), "<packet><packet>\nx");
  EXPECT_EQ(read(command(2) + "|\n"), "<packet>\n");
}

TEST(ImprovReader, AWrongSumIsSaid) {
  std::string bytes = command(2);
  for (size_t i = 7; i < bytes.size(); ++i) {
    if (i == 8) continue;  // another length: it would wait for more
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] + 1);
    EXPECT_EQ(read(damaged + "x"), "<damaged>x") << i;
  }
}

TEST(ImprovReader, APacketThatBreaksOffIsDroppedAfterASecond) {
  const std::string pauses(ImprovReader::kMostPauses, '|');
  for (size_t bytes = 7; bytes < command(2).size(); ++bytes) {
    EXPECT_EQ(read(command(2).substr(0, bytes) + pauses + "x"), "x") << bytes;
  }
  const std::string few(ImprovReader::kMostPauses - 1, '|');
  EXPECT_EQ(read(command(2).substr(0, 8) + few + command(2).substr(8)), "<packet>");
}

// --- the dialogue ---

class ImprovTest : public NetworkTest {
 protected:
  // Sends bytes, and lets the network task run; what came back.
  std::string say(const std::string& bytes) {
    for (const char byte : bytes) text += improv.take(byte);
    improv.step();
    return std::exchange(network_port().packets, {});
  }
  std::string then(const port::WifiEvent& event) {
    take(event);
    improv.step();
    return std::exchange(network_port().packets, {});
  }

  Improv improv{net, {"Thimble", "0.1.0", "ESP32-S3"}};
  std::string text;
};

TEST_F(ImprovTest, SaysWhatItIs) {
  start();
  EXPECT_EQ(say(command(3) + "\n"),
            error(0) + result(3, pascal("Thimble") + pascal("0.1.0") + pascal("ESP32-S3") + pascal("thimble-1A2B")));
  EXPECT_EQ(text, "");
}

TEST_F(ImprovTest, SaysItsState) {
  start();
  EXPECT_EQ(say(command(2)), error(0) + stage(2));
  EXPECT_TRUE(net.join("Home", "secret-7"));
  step();
  EXPECT_EQ(say(command(2)), error(0) + stage(3));
  come_online();
  EXPECT_EQ(say(command(2)), error(0) + stage(4) + result(2, pascal("http://192.168.0.23")));
}

TEST_F(ImprovTest, JoinsWhatItIsTold) {
  start();
  EXPECT_EQ(say(command(1, pascal("Home") + pascal("secret-7"))), error(0) + stage(3));
  step();
  EXPECT_EQ(radio.ssid, "Home");
  EXPECT_EQ(radio.password, "secret-7");
  EXPECT_EQ(then(joined()), "");
  EXPECT_EQ(then(address(kHome)), stage(4) + result(1, pascal("http://192.168.0.23")));
  EXPECT_EQ(then({}), "");
  EXPECT_STREQ(store.kept.credentials.ssid, "Home");
}

TEST_F(ImprovTest, AnOpenNetworkHasNoPassword) {
  start();
  EXPECT_EQ(say(command(1, pascal("Cafe") + pascal(""))), error(0) + stage(3));
  step();
  EXPECT_EQ(radio.ssid, "Cafe");
  EXPECT_EQ(radio.password, "");
}

TEST_F(ImprovTest, SaysThatItCannotJoin) {
  start();
  EXPECT_EQ(say(command(1, pascal("Home") + pascal("wrong-pass"))), error(0) + stage(3));
  step();
  EXPECT_EQ(then(failed(WifiFailure::kRefused)), "");
  step(1000);
  EXPECT_EQ(then(failed(WifiFailure::kRefused)), stage(2) + error(3));
  EXPECT_EQ(say(command(2)), error(0) + stage(2));
}

TEST_F(ImprovTest, WhatNoNetworkCanHaveIsNotTried) {
  start();
  EXPECT_EQ(say(command(1, pascal("Home") + pascal("short"))), error(0) + error(3));
  EXPECT_EQ(say(command(1, pascal("") + pascal(""))), error(0) + error(3));
  step();
  EXPECT_EQ(radio.joins, 0u);
}

TEST_F(ImprovTest, EveryTruncationOfACommandIsMalformed) {
  start();
  const std::string data = pascal("Home") + pascal("secret-7");
  for (size_t bytes = 0; bytes < data.size(); ++bytes) {
    EXPECT_EQ(say(command(1, data.substr(0, bytes))), error(0) + error(1)) << bytes;
  }
  EXPECT_EQ(say(command(1, data + "x")), error(0) + error(1));
  EXPECT_EQ(say(packet(3, "")), error(1));
  EXPECT_EQ(say(packet(3, "\x02")), error(1));
  EXPECT_EQ(say(packet(3, "\x02\x01"s)), error(1));
  EXPECT_EQ(say(packet(3, "\x02\x00x"s)), error(1));
  std::string damaged = command(2);
  damaged.back() = static_cast<char>(damaged.back() + 1);
  EXPECT_EQ(say(damaged), error(1));
  step();
  EXPECT_EQ(radio.joins, 0u);
}

TEST_F(ImprovTest, UnknownCommandsAreSaidToBe) {
  start();
  EXPECT_EQ(say(command(5)), error(0) + error(2));
  EXPECT_EQ(say(command(0)), error(0) + error(2));
  EXPECT_EQ(say(command('\xff')), error(0) + error(2));
}

TEST_F(ImprovTest, PacketsForAClientAreNotAnswered) {
  start();
  EXPECT_EQ(say(packet(1, "\x04")), "");
  EXPECT_EQ(say(packet(4, "\x02\x00"s)), "");
}

TEST_F(ImprovTest, ListsTheNetworksAround) {
  start();
  EXPECT_EQ(say(command(4)), error(0));
  step();
  radio.seen = {network("Home", -40), network("Cafe", -100, false), network("Next", 3)};
  EXPECT_EQ(then(scanned()), result(4, pascal("Home") + pascal("-40") + pascal("YES")) +
                                 result(4, pascal("Cafe") + pascal("-100") + pascal("NO")) +
                                 result(4, pascal("Next") + pascal("3") + pascal("YES")) + result(4, ""));
  EXPECT_EQ(then({}), "");
}

TEST_F(ImprovTest, AScanThatFailsIsSaid) {
  start();
  EXPECT_EQ(say(command(4)), error(0));
  step();
  EXPECT_EQ(then(scan_failed()), error('\xff'));
}

TEST_F(ImprovTest, WhatComesBeforeTheAnswerIsDropped) {
  start();
  for (const char byte : command(2) + command(3)) text += improv.take(byte);
  improv.step();
  EXPECT_EQ(network_port().packets, error(0) + stage(2));
  improv.step();
  EXPECT_EQ(network_port().packets, error(0) + stage(2));
}

TEST_F(ImprovTest, TextGoesOn) {
  start();
  EXPECT_EQ(say("Once" + command(2) + "\n upon\r"), error(0) + stage(2));
  EXPECT_EQ(text, "Once upon\r");
}

}  // namespace
}  // namespace thimble::testing
