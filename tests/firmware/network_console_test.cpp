// /wifi on the console, what is said when something changes, and what the board remembers.

#include <utility>

#include "firmware/network/settings_store.h"
#include "firmware/storyteller/wifi_console.h"
#include "tests/firmware/network_support.h"

namespace thimble::testing {
namespace {

using network::Problem;
using port::WifiFailure;

class WifiConsoleTest : public NetworkTest {
 protected:
  std::string answer(std::string_view argument) {
    console.answer(argument);
    step();
    return std::exchange(network_port().text, {});
  }
  // What is said by itself; a new line first, since a prompt may stand there.
  std::string report() {
    const bool said = console.report();
    EXPECT_EQ(said, !network_port().text.empty());
    return std::exchange(network_port().text, {});
  }
  void fail_until_portal() {
    for (uint32_t i = 0; i < network::kAttempts; ++i) {
      take(failed(WifiFailure::kRefused));
      step(8000);
    }
  }

  storyteller::WifiConsole console{net};
};

TEST_F(WifiConsoleTest, SaysWhereItIs) {
  start();
  EXPECT_EQ(answer(""), "the board's own network is open: join thimble-1A2B, and open http://192.168.4.1/setup/\n");
  EXPECT_EQ(answer("join Home secret-7"), "joining Home\n");
  EXPECT_EQ(radio.ssid, "Home");
  EXPECT_EQ(radio.password, "secret-7");
  come_online();
  EXPECT_EQ(answer(""), "in the network Home: http://192.168.0.23/\n");
}

TEST_F(WifiConsoleTest, SaysWhatWentWrong) {
  start("Home");
  EXPECT_EQ(answer(""), "joining Home\n");
  fail_until_portal();
  EXPECT_EQ(answer(""),
            "the board's own network is open: join thimble-1A2B, and open http://192.168.4.1/setup/\n"
            "it goes on trying Home\n"
            "the last attempt: it does not accept the password, or is too far away\n");
}

TEST_F(WifiConsoleTest, NamesWithSpacesStandInQuotes) {
  start();
  EXPECT_EQ(answer("join \"My Home\"  a pass word "), "joining My Home\n");
  EXPECT_EQ(radio.ssid, "My Home");
  EXPECT_EQ(radio.password, "a pass word");
}

TEST_F(WifiConsoleTest, OpenNetworksHaveNoPassword) {
  start();
  EXPECT_EQ(answer("join Cafe"), "joining Cafe\n");
  EXPECT_EQ(radio.password, "");
}

TEST_F(WifiConsoleTest, SaysWhatItTakes) {
  start();
  for (const char* argument : {"join", "jion Home", "scan now", "off please", "on 1", "forget it"}) {
    EXPECT_TRUE(answer(argument).starts_with("/wifi takes nothing, scan, join NAME PASSWORD")) << argument;
  }
  EXPECT_EQ(answer("join Home short"), "a name has 1 to 32 bytes, a password 8 to 63 characters, or none\n");
  EXPECT_EQ(answer("join \"\""), "a name has 1 to 32 bytes, a password 8 to 63 characters, or none\n");
  EXPECT_EQ(radio.joins, 0u);
}

TEST_F(WifiConsoleTest, OffAndOn) {
  start("Home");
  EXPECT_EQ(answer("off"), "Wi-Fi is off, also after a restart\n");
  EXPECT_FALSE(radio.open);
  EXPECT_EQ(answer(""), "Wi-Fi is off; /wifi on turns it on\n");
  radio.open_status = Status::error(Code::kOutOfMemory, "Wi-Fi");
  EXPECT_EQ(answer("on"), "Wi-Fi is on, also after a restart\n");
  EXPECT_EQ(answer(""),
            "there is no Wi-Fi: there is too little memory for Wi-Fi\n"
            "after a restart it takes its memory before the model does\n");
}

TEST_F(WifiConsoleTest, Forgets) {
  start("Home");
  come_online();
  EXPECT_EQ(answer("forget"), "forgotten; the board's own network opens\n");
  EXPECT_TRUE(radio.access_point);
}

TEST_F(WifiConsoleTest, ListsWhoIsAround) {
  start();
  (void)report();
  EXPECT_EQ(answer("scan"), "looking around\n");
  EXPECT_EQ(report(), "");
  radio.seen = {network("Home", -40), network("\x1b[2J", -100, false)};
  take(scanned());
  EXPECT_EQ(report(), "\nHome, -40 dBm, with a password\n?[2J, -100 dBm, open\n");
  EXPECT_EQ(report(), "");
  EXPECT_EQ(answer("scan"), "looking around\n");
  take(scanned());
  EXPECT_EQ(report(), "\nno network is in reach\n");
  EXPECT_EQ(answer("scan"), "looking around\n");
  take(scan_failed());
  EXPECT_EQ(report(), "\nthe scan failed; try again\n");
  net.scan();  // of somebody else
  step();
  take(scanned());
  EXPECT_EQ(report(), "");
}

TEST_F(WifiConsoleTest, SaysByItselfWhatHasChanged) {
  start("Home");
  EXPECT_EQ(report(), "");
  come_online();
  EXPECT_EQ(report(), "\nin the network Home: http://192.168.0.23/\n");
  EXPECT_EQ(report(), "");
  take(failed(WifiFailure::kOther));
  EXPECT_EQ(report(), "");  // it may be back in a second
  fail_until_portal();
  EXPECT_TRUE(report().starts_with("\nthe board's own network is open"));
}

TEST_F(WifiConsoleTest, SaysThatANetworkWasNotJoined) {
  start();
  (void)report();
  (void)answer("join Home wrong-pass");
  take(failed(WifiFailure::kRefused));
  step(1000);
  take(failed(WifiFailure::kRefused));
  EXPECT_EQ(report(), "\nnot joined: it does not accept the password, or is too far away\n");
  EXPECT_EQ(report(), "");
}

// --- what is remembered ---

class SettingsStoreTest : public ::testing::Test {
 protected:
  SettingsStoreTest() { network_port() = {}; }

  network::SettingsStore store;
};

TEST_F(SettingsStoreTest, ANewBoardRemembersNothing) {
  EXPECT_TRUE(store.load().credentials.empty());
  EXPECT_FALSE(store.load().off);
}

TEST_F(SettingsStoreTest, WhatIsSavedIsLoaded) {
  network::Remembered what;
  what.credentials = network::make_credentials(std::string(32, 'n'), std::string(64, 'f'));
  what.off = true;
  ASSERT_TRUE(store.save(what));
  const network::Remembered loaded = store.load();
  EXPECT_EQ(loaded.credentials.ssid, std::string(32, 'n'));
  EXPECT_EQ(loaded.credentials.password, std::string(64, 'f'));
  EXPECT_TRUE(loaded.off);
  ASSERT_TRUE(store.save({}));
  EXPECT_TRUE(store.load().credentials.empty());
  EXPECT_FALSE(store.load().off);
}

TEST_F(SettingsStoreTest, FlashThatFailsIsSaid) {
  network_port().settings_work = false;
  EXPECT_FALSE(store.save({}));
}

TEST_F(SettingsStoreTest, EveryTruncationAndContradictionIsANewBoard) {
  network::Remembered what;
  what.credentials = network::make_credentials("Home", "secret-7");
  ASSERT_TRUE(store.save(what));
  std::vector<std::byte>& bytes = network_port().settings["wifi"];
  const std::vector<std::byte> whole = bytes;
  for (size_t size = 0; size < whole.size(); ++size) {
    bytes.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(store.load().credentials.empty()) << size;
  }
  for (const size_t at : {0u, 2u, 7u}) {  // the version, and both lengths
    bytes = whole;
    bytes[at] = std::byte{200};
    EXPECT_TRUE(store.load().credentials.empty()) << at;
  }
  bytes = whole;
  bytes.push_back(std::byte{0});
  EXPECT_TRUE(store.load().credentials.empty());
  bytes = whole;
  bytes[4] = std::byte{0};  // a name with a zero byte
  EXPECT_TRUE(store.load().credentials.empty());
}

}  // namespace
}  // namespace thimble::testing
