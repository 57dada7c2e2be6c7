// The network's state machine: every way from power-on to a network, and back to the access point.

#include <functional>

#include "tests/firmware/network_support.h"

namespace thimble::testing {
namespace {

using network::Problem;
using network::State;
using port::WifiFailure;

// --- no credentials ---

TEST_F(NetworkTest, ANewBoardOpensItsAccessPoint) {
  start();
  EXPECT_EQ(report().state, State::kPortal);
  EXPECT_TRUE(radio.access_point);
  EXPECT_EQ(radio.access_point_name, "thimble-1A2B");
  EXPECT_EQ(radio.access_point_password, "");
  EXPECT_EQ(radio.announced, "thimble");
  step(1'000'000);
  EXPECT_EQ(radio.joins, 0u);
  EXPECT_EQ(radio.opens, 1u);
}

TEST_F(NetworkTest, TheNumberOfItsNameHasFourDigits) {
  radio.number = 0x00f0;
  start();
  EXPECT_STREQ(report().access_point, "thimble-00F0");
}

TEST_F(NetworkTest, NamesServedInTheAccessPointAreItself) {
  start();
  const uint8_t packet[] = {7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1};
  take(query(packet));
  ASSERT_EQ(radio.answer.size(), sizeof packet + 16);
  EXPECT_EQ(std::vector<uint8_t>(radio.answer.end() - 4, radio.answer.end()), (std::vector<uint8_t>{192, 168, 4, 1}));
}

// --- a network that is remembered ---

TEST_F(NetworkTest, JoinsTheNetworkThatItRemembers) {
  start("Home", "secret-7");
  EXPECT_EQ(report().state, State::kJoining);
  EXPECT_TRUE(report().trying);
  EXPECT_EQ(radio.ssid, "Home");
  EXPECT_EQ(radio.password, "secret-7");
  EXPECT_FALSE(radio.access_point);
  take(joined());
  EXPECT_EQ(report().state, State::kJoining);
  take(address(kHome));
  EXPECT_EQ(report().state, State::kOnline);
  EXPECT_EQ(report().address, kHome);
  EXPECT_STREQ(report().ssid, "Home");
  EXPECT_EQ(report().problem, Problem::kNone);
  step(1'000'000);
  EXPECT_EQ(radio.joins, 1u);
  EXPECT_FALSE(radio.access_point);
  EXPECT_EQ(store.saves, 0u);
}

// Pauses between attempts, in seconds; after the last the access point opens.
TEST_F(NetworkTest, TriesFiveTimesAndThenOpensItsAccessPoint) {
  start("Home");
  for (const uint64_t pause : {1u, 2u, 4u, 8u}) {
    take(failed(WifiFailure::kNotFound));
    EXPECT_EQ(report().problem, Problem::kNotFound);
    EXPECT_FALSE(radio.access_point);
    const uint32_t before = radio.joins;
    step(pause * 1000 - 1);
    EXPECT_EQ(radio.joins, before) << pause;
    step(1);
    EXPECT_EQ(radio.joins, before + 1) << pause;
  }
  take(failed(WifiFailure::kNotFound));
  EXPECT_EQ(report().state, State::kPortal);
  EXPECT_TRUE(radio.access_point);
  EXPECT_EQ(radio.joins, network::kAttempts);
}

class NetworkInPortal : public NetworkTest {
 protected:
  void SetUp() override {
    start("Home");
    fail_until_portal();
  }
  void fail_until_portal() {
    for (uint32_t i = 0; i < network::kAttempts; ++i) {
      take(failed(WifiFailure::kNotFound));
      step(8000);
    }
    ASSERT_TRUE(radio.access_point);
    ASSERT_EQ(radio.joins, network::kAttempts);
  }
};

TEST_F(NetworkInPortal, TriesBesideItOnceAMinute) {
  for (int i = 0; i < 3; ++i) {
    const uint32_t before = radio.joins;
    step(network::kBesidePortalMs);
    EXPECT_EQ(radio.joins, before + 1);
    EXPECT_EQ(report().state, State::kPortal);
    take(failed(WifiFailure::kNotFound));
    step(network::kBesidePortalMs - 1);
    EXPECT_EQ(radio.joins, before + 1);
    now -= network::kBesidePortalMs - 1;
  }
}

TEST_F(NetworkInPortal, LeavesItWhenTheNetworkReturns) {
  step(network::kBesidePortalMs);
  come_online();
  EXPECT_EQ(report().state, State::kOnline);
  EXPECT_TRUE(radio.access_point);
  step(network::kFarewellMs - 1);
  EXPECT_TRUE(radio.access_point);
  step(1);
  EXPECT_FALSE(radio.access_point);
  EXPECT_EQ(report().state, State::kOnline);
}

TEST_F(NetworkInPortal, WithAGuestItTriesNothingByItself) {
  take(guests(1));
  step(10 * network::kBesidePortalMs);
  EXPECT_EQ(radio.joins, network::kAttempts);
  take(guests(0));
  EXPECT_EQ(radio.joins, network::kAttempts + 1);
}

TEST_F(NetworkInPortal, LostInTheFarewellItStaysOpen) {
  step(network::kBesidePortalMs);
  come_online();
  take(failed(WifiFailure::kOther));
  step(10 * network::kFarewellMs);
  EXPECT_TRUE(radio.access_point);
}

TEST_F(NetworkTest, AWrongPasswordEndsInTheAccessPointToo) {
  start("Home", "wrong-pass");
  for (uint32_t i = 0; i < network::kAttempts; ++i) {
    take(failed(WifiFailure::kRefused));
    step(8000);
  }
  EXPECT_EQ(report().state, State::kPortal);
  EXPECT_EQ(report().problem, Problem::kWrongPassword);
  EXPECT_STREQ(store.kept.credentials.ssid, "Home");
}

TEST_F(NetworkTest, ANetworkThatGivesNoAddressHasFailed) {
  start("Home");
  take(joined());
  step(network::kAddressMs - 1);
  EXPECT_TRUE(radio.joining);
  step(1);
  EXPECT_FALSE(radio.joining);
  EXPECT_EQ(report().problem, Problem::kNoAddress);
  step(1000);
  EXPECT_EQ(radio.joins, 2u);
}

TEST_F(NetworkTest, ARadioThatSaysNothingHasFailed) {
  start("Home");
  step(network::kJoinMs);
  EXPECT_FALSE(radio.joining);
  EXPECT_EQ(report().problem, Problem::kNoAnswer);
  step(1000);
  EXPECT_EQ(radio.joins, 2u);
}

TEST_F(NetworkTest, ADriverThatRefusesCountsAsAnAttempt) {
  radio.join_status = Status::error(Code::kUnsupported, "Wi-Fi");
  start("Home");
  EXPECT_EQ(report().problem, Problem::kRefused);
  for (int i = 0; i < 4; ++i) step(8000);
  EXPECT_TRUE(radio.access_point);
  EXPECT_EQ(radio.joins, network::kAttempts);
}

// --- lost and found ---

TEST_F(NetworkTest, ALostNetworkIsJoinedAgainAtOnce) {
  start("Home");
  come_online();
  take(failed(WifiFailure::kOther));
  EXPECT_EQ(report().problem, Problem::kLost);
  EXPECT_EQ(report().state, State::kJoining);
  EXPECT_EQ(report().address, 0u);
  EXPECT_EQ(radio.joins, 2u);
  come_online();
  EXPECT_EQ(report().state, State::kOnline);
  EXPECT_EQ(report().problem, Problem::kNone);
}

TEST_F(NetworkTest, LostForLongItOpensTheAccessPointAndComesBack) {
  start("Home");
  come_online();
  take(failed(WifiFailure::kOther));
  for (uint32_t i = 0; i < network::kAttempts; ++i) {
    take(failed(WifiFailure::kNotFound));
    step(8000);
  }
  EXPECT_EQ(report().state, State::kPortal);
  step(network::kBesidePortalMs);
  come_online();
  step(network::kFarewellMs);
  EXPECT_EQ(report().state, State::kOnline);
  EXPECT_FALSE(radio.access_point);
}

TEST_F(NetworkTest, TheSignalIsLookedAtWhileOnline) {
  start("Home");
  EXPECT_EQ(report().signal, 0);
  radio.signal = -48;
  come_online();
  EXPECT_EQ(report().signal, -48);
  radio.signal = -80;
  step(1000);
  EXPECT_EQ(report().signal, -48) << "so soon nobody asks again";
  step(1000);
  EXPECT_EQ(report().signal, -80);
  take(failed(port::WifiFailure::kOther));
  EXPECT_EQ(report().signal, 0);
  come_online();
  EXPECT_EQ(report().signal, -80);
}

TEST_F(NetworkTest, AnotherAddressIsNoNews) {
  start("Home");
  come_online();
  take(address(kHome + 1));
  EXPECT_EQ(report().address, kHome + 1);
  EXPECT_EQ(radio.joins, 1u);
}

TEST_F(NetworkTest, EventsThatNobodyWaitsForAreNothing) {
  start();
  take({.kind = port::WifiEvent::Kind::kJoined});
  take({.kind = port::WifiEvent::Kind::kAddress, .address = kHome});
  take({.kind = port::WifiEvent::Kind::kFailed});
  take({.kind = port::WifiEvent::Kind::kScanFailed});
  take({.kind = port::WifiEvent::Kind::kScanned});
  take({});
  EXPECT_EQ(report().state, State::kPortal);
  EXPECT_EQ(report().problem, Problem::kNone);
  EXPECT_EQ(report().scans, 0u);
}

// --- somebody names a network ---

TEST_F(NetworkTest, WhatSucceedsIsRemembered) {
  start();
  take(guests(1));
  EXPECT_TRUE(net.join("Home", "secret-7"));
  EXPECT_TRUE(report().trial);
  step();
  EXPECT_EQ(radio.ssid, "Home");
  EXPECT_EQ(store.saves, 0u);
  come_online();
  EXPECT_STREQ(store.kept.credentials.ssid, "Home");
  EXPECT_STREQ(store.kept.credentials.password, "secret-7");
  EXPECT_EQ(report().trials, 1u);
  EXPECT_EQ(report().trial_problem, Problem::kNone);
  EXPECT_TRUE(radio.access_point);  // so that the page can say so
  step(network::kFarewellMs);
  EXPECT_FALSE(radio.access_point);
}

TEST_F(NetworkTest, WhatFailsIsForgotten) {
  start();
  take(guests(1));
  EXPECT_TRUE(net.join("Home", "wrong-pass"));
  step();
  take(failed(WifiFailure::kRefused));
  EXPECT_EQ(report().trials, 0u);
  step(1000);
  EXPECT_EQ(radio.joins, 2u);
  take(failed(WifiFailure::kRefused));
  EXPECT_EQ(report().trials, 1u);
  EXPECT_EQ(report().trial_problem, Problem::kWrongPassword);
  EXPECT_EQ(report().problem, Problem::kWrongPassword);
  EXPECT_STREQ(report().ssid, "");
  EXPECT_EQ(store.saves, 0u);
  EXPECT_TRUE(radio.access_point);
  step(1'000'000);
  EXPECT_EQ(radio.joins, 2u);
}

TEST_F(NetworkTest, AfterAFailedTrialTheOldNetworkIsJoinedAgain) {
  start("Home");
  come_online();
  EXPECT_TRUE(net.join("Other", "secret-8"));
  step();
  EXPECT_EQ(radio.ssid, "Other");
  EXPECT_FALSE(radio.access_point);
  take(failed(WifiFailure::kNotFound));
  step(1000);
  take(failed(WifiFailure::kNotFound));
  EXPECT_EQ(report().trial_problem, Problem::kNotFound);
  EXPECT_EQ(radio.ssid, "Home");
  come_online();
  EXPECT_EQ(report().state, State::kOnline);
  EXPECT_STREQ(store.kept.credentials.ssid, "Home");
  EXPECT_FALSE(radio.access_point);
}

TEST_F(NetworkTest, ASecondTrialTakesThePlaceOfTheFirst) {
  start();
  EXPECT_TRUE(net.join("One", "secret-1"));
  step();
  EXPECT_TRUE(net.join("Two", "secret-2"));
  step();
  EXPECT_EQ(radio.ssid, "Two");
  come_online();
  EXPECT_STREQ(store.kept.credentials.ssid, "Two");
}

TEST_F(NetworkTest, RefusesWhatNoNetworkCanHave) {
  start();
  EXPECT_FALSE(net.join("", ""));
  EXPECT_FALSE(net.join(std::string(33, 'x'), ""));
  EXPECT_FALSE(net.join("Home", "seven77"));
  EXPECT_FALSE(net.join("Home", std::string(64, 'x')));
  EXPECT_FALSE(net.join("Home", std::string(65, '1')));
  EXPECT_FALSE(net.join(std::string_view("a\0b", 3), ""));
  EXPECT_FALSE(net.join("Home", std::string_view("1234567\0", 8)));
  EXPECT_FALSE(report().trial);
  EXPECT_TRUE(net.join(std::string(32, 'x'), std::string(64, 'f')));
  EXPECT_TRUE(net.join("Home", ""));
  EXPECT_TRUE(net.join("Home", std::string(63, 'x')));
}

TEST_F(NetworkTest, FlashThatDoesNotTakeItIsSaid) {
  store.works = false;
  start();
  EXPECT_TRUE(net.join("Home", "secret-7"));
  step();
  come_online();
  EXPECT_EQ(report().state, State::kOnline);
  EXPECT_EQ(report().problem, Problem::kNotSaved);
  EXPECT_EQ(report().trial_problem, Problem::kNone);
}

TEST_F(NetworkTest, ForgettingOpensTheAccessPoint) {
  start("Home");
  come_online();
  net.forget();
  step();
  EXPECT_FALSE(radio.joined);
  EXPECT_TRUE(radio.access_point);
  EXPECT_EQ(report().state, State::kPortal);
  EXPECT_TRUE(store.kept.credentials.empty());
  EXPECT_STREQ(store.kept.credentials.password, "");
}

TEST_F(NetworkTest, ForgettingEndsATrial) {
  start();
  EXPECT_TRUE(net.join("Home", "secret-7"));
  step();
  net.forget();
  step();
  EXPECT_FALSE(radio.joining);
  EXPECT_EQ(report().trials, 1u);
  EXPECT_NE(report().trial_problem, Problem::kNone);
}

// --- off, and no radio ---

TEST_F(NetworkTest, OffHoldsAfterARestart) {
  start("Home");
  come_online();
  net.turn(false);
  step();
  EXPECT_FALSE(radio.open);
  EXPECT_EQ(report().state, State::kOff);
  EXPECT_TRUE(store.kept.off);
  EXPECT_STREQ(store.kept.credentials.ssid, "Home");
  step(1'000'000);
  EXPECT_EQ(radio.opens, 1u);
  net.turn(true);
  step();
  EXPECT_TRUE(radio.joining);
  EXPECT_FALSE(store.kept.off);
}

TEST_F(NetworkTest, ABoardThatIsOffNeverOpensItsRadio) {
  store.kept.off = true;
  start("Home");
  step(1'000'000);
  EXPECT_EQ(radio.opens, 0u);
  EXPECT_EQ(report().state, State::kOff);
  net.turn(false);  // as it is
  step();
  EXPECT_EQ(store.saves, 0u);
}

TEST_F(NetworkTest, JoiningTurnsItOn) {
  store.kept.off = true;
  start();
  EXPECT_TRUE(net.join("Home", "secret-7"));
  step();
  EXPECT_TRUE(radio.joining);
  EXPECT_FALSE(store.kept.off);
}

TEST_F(NetworkTest, WithTooLittleMemoryItTriesOnceAMinute) {
  radio.open_status = Status::error(Code::kOutOfMemory, "Wi-Fi");
  start("Home");
  EXPECT_EQ(report().state, State::kOff);
  EXPECT_EQ(report().problem, Problem::kNoMemory);
  step(network::kRadioAgainMs - 1);
  EXPECT_EQ(radio.opens, 1u);
  radio.open_status = {};
  step(1);
  EXPECT_EQ(radio.opens, 2u);
  EXPECT_TRUE(radio.joining);
  EXPECT_EQ(report().problem, Problem::kNone);
}

TEST_F(NetworkTest, WithoutARadioNobodyWaits) {
  radio.open_status = Status::error(Code::kUnsupported, "Wi-Fi");
  start();
  EXPECT_TRUE(net.join("Home", "secret-7"));
  net.scan();
  step();
  EXPECT_EQ(report().trials, 1u);
  EXPECT_EQ(report().trial_problem, Problem::kRefused);
  EXPECT_EQ(report().scans, 1u);
  EXPECT_FALSE(report().scan_succeeded);
  EXPECT_FALSE(report().scanning);
}

TEST_F(NetworkTest, WithTooLittleMemoryForAnAccessPointItTriesOnceAMinute) {
  radio.access_point_status = Status::error(Code::kOutOfMemory, "Wi-Fi");
  start();
  EXPECT_EQ(report().problem, Problem::kNoMemory);
  EXPECT_EQ(report().state, State::kJoining);
  radio.access_point_status = {};
  step(network::kRadioAgainMs - 1);
  EXPECT_FALSE(radio.access_point);
  step(1);
  EXPECT_TRUE(radio.access_point);
}

// --- who is around ---

TEST_F(NetworkTest, AScanListsEachNameOnceStrongestFirst) {
  start();
  net.scan();
  EXPECT_TRUE(report().scanning);
  step();
  EXPECT_EQ(radio.scans, 1u);
  radio.seen = {network("Home", -40), network("", -41), network("Cafe", -50, false), network("Home", -70)};
  take(scanned());
  ASSERT_EQ(net.networks().size(), 2u);
  EXPECT_STREQ(net.networks()[0].ssid, "Home");
  EXPECT_EQ(net.networks()[0].rssi, -40);
  EXPECT_STREQ(net.networks()[1].ssid, "Cafe");
  EXPECT_FALSE(net.networks()[1].secured);
  EXPECT_EQ(report().scans, 1u);
  EXPECT_TRUE(report().scan_succeeded);
  EXPECT_FALSE(report().scanning);
}

TEST_F(NetworkTest, AScanKeepsSixteen) {
  start();
  net.scan();
  step();
  for (int i = 0; i < 40; ++i) radio.seen.push_back(network("n" + std::to_string(i), -40));
  take(scanned());
  EXPECT_EQ(net.networks().size(), network::kMostNetworks);
  EXPECT_TRUE(radio.seen.empty());  // the driver's memory is free again
}

TEST_F(NetworkTest, AScanThatFailsCanBeAskedForAgain) {
  start();
  net.scan();
  step();
  take(scan_failed());
  EXPECT_EQ(report().scans, 1u);
  EXPECT_FALSE(report().scan_succeeded);
  radio.scan_status = Status::error(Code::kUnsupported, "Wi-Fi");
  net.scan();
  step();
  EXPECT_EQ(report().scans, 2u);
  EXPECT_FALSE(report().scanning);
  radio.scan_status = {};
  net.scan();
  step();
  step(network::kScanMs);
  EXPECT_EQ(report().scans, 3u);
  EXPECT_FALSE(report().scanning);
}

TEST_F(NetworkTest, AScanWaitsForAnAttemptAndAnAttemptForAScan) {
  start("Home");
  net.scan();
  step();
  EXPECT_EQ(radio.scans, 0u);
  take(failed(WifiFailure::kNotFound));
  EXPECT_EQ(radio.scans, 1u);
  step(5000);
  EXPECT_EQ(radio.joins, 1u);
  take(scanned());
  EXPECT_EQ(radio.joins, 2u);
}

TEST_F(NetworkTest, AScanWhileOnlineLeavesTheLinkAlone) {
  start("Home");
  come_online();
  net.scan();
  step();
  take(scanned());
  EXPECT_EQ(report().state, State::kOnline);
  EXPECT_EQ(radio.joins, 1u);
}

TEST_F(NetworkTest, TurningOffEndsAScan) {
  start();
  net.scan();
  step();
  net.turn(false);
  step();
  EXPECT_EQ(report().scans, 1u);
  EXPECT_FALSE(report().scanning);
}

// --- laws ---

// Whatever happens, in whatever order: the radio's rules hold (FakeRadio checks them), the report is true, and a board
// that has a radio and no network can be found.
TEST_F(NetworkTest, AnyOrderOfEventsAndWishesKeepsTheLaws) {
  uint32_t chance = 1;
  const auto draw = [&](uint32_t below) {
    chance = chance * 1664525u + 1013904223u;
    return (chance >> 8) % below;
  };
  const auto maybe = [&](Code code) { return draw(4) == 0 ? Status::error(code, "Wi-Fi") : Status(); };
  const bool &joining = radio.joining, &linked = radio.joined;
  const std::function<void()> deeds[] = {
      [&] {
        if (joining) take(joined());
      },
      [&] {
        if (joining || linked) take(address(kHome));
      },
      [&] {
        if (joining || linked) take(failed(static_cast<WifiFailure>(draw(3))));
      },
      [&] {
        if (radio.scanning) take(scanned());
      },
      [&] {
        if (radio.scanning) take(scan_failed());
      },
      [&] {
        if (radio.access_point) take(guests(draw(3)));
      },
      [&] {
        if (draw(20) == 0) (void)net.join("Other", "secret-8");
      },
      [&] {
        if (draw(50) == 0) net.forget();
      },
      [&] {
        if (draw(50) == 0) net.turn(draw(2) == 0);
      },
      [&] { net.scan(); },
      [&] { radio.open_status = maybe(Code::kOutOfMemory); },
      [&] { radio.join_status = maybe(Code::kUnsupported); },
      [&] { radio.access_point_status = maybe(Code::kOutOfMemory); },
      [&] { step(draw(30'000)); },
  };
  start("Home");
  for (int i = 0; i < 100'000; ++i) {
    deeds[draw(std::size(deeds))]();
    step();
    const network::Report r = report();
    ASSERT_EQ(r.access_point_open, radio.access_point);
    ASSERT_EQ(r.state == State::kOnline, radio.joined);
    ASSERT_EQ(r.state == State::kOff, !radio.open);
    ASSERT_EQ(r.off, store.kept.off);
    if (!radio.open || r.ssid[0] != '\0' || !radio.access_point_status.ok()) continue;
    step(network::kRadioAgainMs);
    ASSERT_TRUE(radio.access_point);
  }
}

}  // namespace
}  // namespace thimble::testing
