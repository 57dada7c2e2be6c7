// The password of a board, and who may change it.
#include <gtest/gtest.h>

#include <string>

#include "firmware/access/held_button.h"
#include "firmware/access/password.h"
#include "firmware/access/permission.h"
#include "tests/firmware/fake_flash.h"

namespace thimble::testing {
namespace {

using access::Password;
using access::Permission;

constexpr const char* kRight = "once upon a time";
constexpr uint64_t kSecond = 1'000'000;

class PasswordTest : public ::testing::Test {
 protected:
  Password::Verdict check(std::string_view given) { return password_.check(given, now_ += 2 * kSecond); }
  bool admits(std::string_view given) { return check(given) == Password::Verdict::kAdmitted; }
  bool loads(Password& password) { return password.load().ok(); }

  Partitions partitions_;
  FakeFlash flash_{partitions_};
  Password password_;
  uint64_t now_ = 0;
};

TEST_F(PasswordTest, WithoutOneEverybodyIsAdmitted) {
  ASSERT_TRUE(password_.load().ok());
  EXPECT_FALSE(password_.is_set());
  EXPECT_TRUE(admits(""));
  EXPECT_TRUE(admits("anything"));
}

TEST_F(PasswordTest, OnlyTheRightOne) {
  ASSERT_TRUE(password_.set(kRight).ok());
  EXPECT_TRUE(password_.is_set());
  EXPECT_TRUE(admits(kRight));
  const std::string right = kRight;
  for (const std::string& wrong : {std::string("Once upon a time"), right + " ", right.substr(1), std::string(64, 'a'),
                                   std::string(65, 'a'), std::string("x")}) {
    EXPECT_EQ(check(wrong), Password::Verdict::kWrong) << wrong;
  }
  EXPECT_TRUE(admits(kRight));
}

TEST_F(PasswordTest, ItSurvivesTheNextStart) {
  ASSERT_TRUE(password_.set(kRight).ok());
  Password next;
  ASSERT_TRUE(next.load().ok());
  EXPECT_TRUE(next.is_set());
  EXPECT_EQ(next.check("wrong one", kSecond), Password::Verdict::kWrong);
  EXPECT_EQ(next.check(kRight, 3 * kSecond), Password::Verdict::kAdmitted);
}

TEST_F(PasswordTest, WhatIsStoredIsSaltedAndNotThePassword) {
  ASSERT_TRUE(password_.set(kRight).ok());
  const auto first = flash_.settings.at("password");
  EXPECT_EQ(first.size(), 4u + 16 + 32);
  const std::string text(reinterpret_cast<const char*>(first.data()), first.size());
  EXPECT_EQ(text.find("once"), std::string::npos);
  ASSERT_TRUE(password_.set(kRight).ok());
  EXPECT_NE(flash_.settings.at("password"), first) << "another salt";
}

TEST_F(PasswordTest, TheFirstRightOneCostsAllRoundsAndLaterOnesOne) {
  ASSERT_TRUE(password_.set(kRight).ok());
  uint64_t before = flash_.rounds;
  EXPECT_TRUE(admits(kRight));
  EXPECT_EQ(flash_.rounds - before, Password::kRounds + 1);
  before = flash_.rounds;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(admits(kRight));
  EXPECT_EQ(flash_.rounds - before, 5u);
  before = flash_.rounds;
  EXPECT_FALSE(admits("a wrong one"));
  EXPECT_EQ(flash_.rounds - before, Password::kRounds + 1);
}

TEST_F(PasswordTest, AfterAWrongOneNothingIsComparedForASecond) {
  ASSERT_TRUE(password_.set(kRight).ok());
  EXPECT_TRUE(admits(kRight));
  EXPECT_EQ(password_.check("a wrong one", now_), Password::Verdict::kWrong);
  const uint64_t rounds = flash_.rounds;
  EXPECT_EQ(password_.check("a wrong one", now_ + kSecond - 1), Password::Verdict::kPaused);
  EXPECT_EQ(password_.check(kRight, now_ + kSecond - 1), Password::Verdict::kPaused)
      << "else guesses would be told apart all the same";
  EXPECT_EQ(flash_.rounds, rounds);
  EXPECT_EQ(password_.check(kRight, now_ + kSecond), Password::Verdict::kAdmitted);
}

TEST_F(PasswordTest, NoPasswordIsNoGuess) {
  ASSERT_TRUE(password_.set(kRight).ok());
  EXPECT_EQ(password_.check("", 5), Password::Verdict::kWrong);
  EXPECT_EQ(password_.check(kRight, 6), Password::Verdict::kAdmitted);
}

TEST_F(PasswordTest, LengthsThatAreRefused) {
  for (const size_t bytes : {0u, 1u, 7u, 65u, 500u}) {
    EXPECT_EQ(password_.set(std::string(bytes, 'x')).code(), Code::kInvalidArgument) << bytes;
  }
  EXPECT_FALSE(password_.is_set());
  for (const size_t bytes : {8u, 64u}) {
    ASSERT_TRUE(password_.set(std::string(bytes, 'x')).ok());
    EXPECT_TRUE(admits(std::string(bytes, 'x')));
  }
}

TEST_F(PasswordTest, AnotherOneTakesItsPlaceAtOnce) {
  ASSERT_TRUE(password_.set(kRight).ok());
  EXPECT_TRUE(admits(kRight));
  ASSERT_TRUE(password_.set("another password").ok());
  EXPECT_FALSE(admits(kRight)) << "remembered";
  EXPECT_TRUE(admits("another password"));
  ASSERT_TRUE(password_.clear().ok());
  EXPECT_TRUE(admits(""));
  EXPECT_TRUE(flash_.settings.empty());
}

TEST_F(PasswordTest, ASettingThatFailsChangesNothing) {
  ASSERT_TRUE(password_.set(kRight).ok());
  for (const Code code : {Code::kReadFailed, Code::kOutOfMemory}) {
    flash_.fail_code = code;
    flash_.fail_at = flash_.steps;
    EXPECT_EQ(password_.set("another password").code(), code);
    flash_.fail_at = flash_.steps;
    EXPECT_EQ(password_.clear().code(), code);
    EXPECT_TRUE(admits(kRight));
  }
  flash_.no_cryptography = true;
  EXPECT_EQ(password_.set("another password").code(), Code::kUnsupported);
  EXPECT_FALSE(admits(kRight)) << "what cannot be checked is wrong";
}

TEST_F(PasswordTest, ADamagedRecordOpensToNobody) {
  ASSERT_TRUE(password_.set(kRight).ok());
  const auto record = flash_.settings.at("password");
  for (const size_t bytes : {size_t{0}, size_t{4}, record.size() - 1}) {
    flash_.settings["password"].assign(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(bytes));
    EXPECT_FALSE(loads(password_));
    EXPECT_TRUE(password_.is_set());
    EXPECT_FALSE(admits(kRight));
    EXPECT_FALSE(admits(""));
  }
  flash_.settings["password"].assign(100, std::byte{7});
  EXPECT_FALSE(loads(password_));
  EXPECT_FALSE(admits(kRight));
  flash_.settings["password"] = record;
  std::fill_n(flash_.settings["password"].begin(), 4, std::byte{0});  // no rounds at all
  EXPECT_FALSE(loads(password_));
  EXPECT_FALSE(admits(kRight));
  ASSERT_TRUE(password_.set(kRight).ok());
  EXPECT_TRUE(admits(kRight));
}

// --- permission ---

class PermissionTest : public PasswordTest {
 protected:
  Permission permission_{password_};
};

TEST_F(PermissionTest, WithoutAPasswordTheConsoleIsTheOnlyWay) {
  ASSERT_TRUE(password_.load().ok());
  EXPECT_EQ(permission_.may_change("", 0), Permission::Verdict::kNeedsConsole);
  EXPECT_EQ(permission_.may_change("anything", 0), Permission::Verdict::kNeedsConsole);
  permission_.allow(1000);
  EXPECT_EQ(permission_.may_change("", 1000), Permission::Verdict::kAdmitted);
  EXPECT_EQ(permission_.may_change("", 1000 + Permission::kAllowedMicroseconds - 1), Permission::Verdict::kAdmitted);
  EXPECT_EQ(permission_.may_change("", 1000 + Permission::kAllowedMicroseconds), Permission::Verdict::kNeedsConsole);
}

TEST_F(PermissionTest, ThePasswordIsEnough) {
  ASSERT_TRUE(password_.set(kRight).ok());
  EXPECT_EQ(permission_.may_change("", 0), Permission::Verdict::kWrong);
  EXPECT_EQ(permission_.may_change("a wrong one", 0), Permission::Verdict::kWrong);
  EXPECT_EQ(permission_.may_change(kRight, 0), Permission::Verdict::kPaused);
  EXPECT_EQ(permission_.may_change(kRight, kSecond), Permission::Verdict::kAdmitted);
}

TEST_F(PermissionTest, TheConsoleIsEnoughWithAPasswordToo) {
  ASSERT_TRUE(password_.set(kRight).ok());
  permission_.allow(0);
  EXPECT_EQ(permission_.may_change("a wrong one", kSecond), Permission::Verdict::kAdmitted);
  permission_.end_allowance();
  EXPECT_EQ(permission_.may_change("a wrong one", kSecond), Permission::Verdict::kWrong);
}

// --- the button ---

// The second, from power-on, in which a button that is down from `from` to `to` resets the board; 0: none.
uint64_t reset_second(uint64_t from, uint64_t to) {
  access::HeldButton button(100 * kSecond);
  uint64_t reset = 0;
  for (uint64_t second = 0; second < 200; ++second) {
    const bool held = button.look(second >= from && second < to, (100 + second) * kSecond);
    EXPECT_FALSE(held && reset != 0) << "once";
    if (held) reset = second;
  }
  return reset;
}

TEST(HeldButton, FiveSecondsSoonAfterPowerOn) {
  EXPECT_EQ(reset_second(1, 100), 5u);
  EXPECT_EQ(reset_second(3, 8), 7u);
  EXPECT_EQ(reset_second(3, 7), 0u) << "let go";
  EXPECT_EQ(reset_second(0, 200), 0u) << "low from the start: no button";
  EXPECT_EQ(reset_second(59, 200), 63u);
  EXPECT_EQ(reset_second(62, 200), 0u) << "somebody plays with it";
}

}  // namespace
}  // namespace thimble::testing
