// Programs that are uploaded, and the trial of their first start: after every fault and every cut of the power the
// board starts, and with a program that has proved itself.
#include <gtest/gtest.h>

#include <string>

#include "firmware/update/program_update.h"
#include "firmware/update/trial.h"
#include "ports/program.h"
#include "tests/firmware/fake_flash.h"

namespace thimble::testing {
namespace {

using update::ProgramUpdate;
using update::Trial;
using State = ProgramPlace::State;

constexpr const char* kProject = "storyteller";
constexpr uint16_t kChip = 9;  // ESP32-S3
constexpr size_t kProgramBytes = 20'000;
constexpr size_t kPieceBytes = 1436;

class ProgramUpdateTest : public ::testing::Test {
 protected:
  ProgramUpdateTest() {
    flash_.facts = {kProject, "1.0", kChip, 64 * 1024, false, false};
    reset();
  }

  // A board that has run the old program for a while.
  void reset() {
    flash_.places[0] = {old_, State::kValid};
    flash_.places[1] = {};
    flash_.running = flash_.selected = 0;
    flash_.facts.is_on_trial = false;
  }

  Status send(std::span<const std::byte> image, size_t piece = kPieceBytes) {
    THIMBLE_RETURN_IF_ERROR(update_.begin(image.size(), now_));
    for (size_t at = 0; at < image.size(); at += piece) {
      THIMBLE_RETURN_IF_ERROR(update_.add(image.subspan(at, std::min(piece, image.size() - at)), now_));
    }
    return update_.finish();
  }

  void expect_refused(const Status& status, Code code, const std::string& subject) {
    EXPECT_EQ(status.code(), code) << subject;
    EXPECT_EQ(status.subject(), subject);
    EXPECT_FALSE(update_.is_under_way());
    EXPECT_FALSE(flash_.writing) << "the port's update was not ended";
    flash_.power_on();
    EXPECT_EQ(flash_.running, 0u);
  }
  bool runs(std::span<const std::byte> image) {
    const auto& running = flash_.places[flash_.running].image;
    return std::equal(image.begin(), image.end(), running.begin(), running.end());
  }

  Partitions partitions_;
  FakeFlash flash_{partitions_};
  ProgramUpdate update_;
  uint64_t now_ = 1'000'000;
  const std::vector<std::byte> old_ = FakeFlash::program(kProject, kChip, kProgramBytes, 0x11);
  const std::vector<std::byte> new_ = FakeFlash::program(kProject, kChip, kProgramBytes + 4096, 0x22);
};

TEST_F(ProgramUpdateTest, AWholeProgramStartsNextOnTrial) {
  ASSERT_TRUE(send(new_).ok());
  EXPECT_EQ(flash_.running, 0u);
  flash_.power_on();
  EXPECT_TRUE(runs(new_));
  EXPECT_TRUE(flash_.facts.is_on_trial);
}

TEST_F(ProgramUpdateTest, PiecesMayHaveAnySize) {
  for (const size_t piece : {size_t{1}, size_t{287}, size_t{288}, size_t{289}, new_.size()}) {
    reset();
    ASSERT_TRUE(send(new_, piece).ok()) << piece;
    flash_.power_on();
    EXPECT_TRUE(runs(new_)) << piece;
  }
}

// --- what is refused: by its header, before anything is erased ---

TEST_F(ProgramUpdateTest, ForAnotherChip) {
  const Status status = send(FakeFlash::program(kProject, 5, kProgramBytes, 0x22));
  expect_refused(status, Code::kMismatch, "chip");
  EXPECT_EQ(status.found(), 5u);
  EXPECT_EQ(flash_.steps, 0u);
}

TEST_F(ProgramUpdateTest, OfAnotherProject) {
  for (const char* project : {"blink", "storytelle", "storyteller2", ""}) {
    expect_refused(send(FakeFlash::program(project, kChip, kProgramBytes, 0x22)), Code::kMismatch, "project");
  }
  EXPECT_EQ(flash_.steps, 0u);
}

TEST_F(ProgramUpdateTest, NoProgramAtAll) {
  expect_refused(send(std::vector<std::byte>(5000, std::byte{'a'})), Code::kBadMagic, "program");
  auto undescribed = new_;
  undescribed[32] = std::byte{0};
  expect_refused(send(undescribed), Code::kBadMagic, "program");
  expect_refused(send(std::span(new_).first(287)), Code::kTruncated, "program");
  EXPECT_EQ(flash_.steps, 0u);
}

TEST_F(ProgramUpdateTest, TooLarge) {
  const Status status = send(FakeFlash::program(kProject, kChip, 64 * 1024 + 4, 0x22));
  expect_refused(status, Code::kOutOfMemory, "place of the program");
  EXPECT_EQ(status.found(), 64u * 1024);
}

TEST_F(ProgramUpdateTest, NoPlaceForASecondProgram) {
  flash_.facts.room = 0;
  expect_refused(send(new_), Code::kUnsupported, "second program");
}

TEST_F(ProgramUpdateTest, WhileTheRunningOneIsOnTrial) {
  ASSERT_TRUE(send(new_).ok());
  flash_.power_on();
  const Status status = send(old_);
  EXPECT_EQ(status.code(), Code::kNotReady);
  EXPECT_STREQ(status.subject(), "trial");
}

TEST_F(ProgramUpdateTest, ADamagedByteIsFoundAtTheEnd) {
  for (size_t at = 288; at < new_.size(); at += 1999) {
    auto damaged = new_;
    damaged[at] ^= std::byte{1};
    expect_refused(send(damaged), Code::kCorrupt, "program");
  }
}

TEST_F(ProgramUpdateTest, MoreThanWasAnnounced) {
  ASSERT_TRUE(update_.begin(kProgramBytes, now_).ok());
  ASSERT_TRUE(update_.add(std::span(old_).first(kProgramBytes), now_).ok());
  expect_refused(update_.add(std::span(old_).first(1), now_), Code::kMalformed, "length of the update");
}

TEST_F(ProgramUpdateTest, OneAtATime) {
  ASSERT_TRUE(update_.begin(kProgramBytes, now_).ok());
  EXPECT_EQ(update_.begin(kProgramBytes, now_).code(), Code::kNotReady);
  EXPECT_TRUE(update_.is_under_way());
  update_.abandon();
  EXPECT_EQ(update_.add(old_, now_).code(), Code::kNotReady);
  EXPECT_EQ(update_.finish().code(), Code::kNotReady);
}

// --- senders ---

TEST_F(ProgramUpdateTest, ASenderThatVanishes) {
  for (const size_t sent : {size_t{0}, size_t{287}, size_t{288}, size_t{10'000}, new_.size()}) {
    ASSERT_TRUE(update_.begin(new_.size(), now_).ok());
    ASSERT_TRUE(update_.add(std::span(new_).first(sent), now_).ok());
    update_.abandon();
    EXPECT_FALSE(flash_.writing);
    flash_.power_on();
    EXPECT_TRUE(runs(old_));
  }
}

TEST_F(ProgramUpdateTest, AnEndThatComesTooEarly) {
  ASSERT_TRUE(update_.begin(new_.size(), now_).ok());
  ASSERT_TRUE(update_.add(std::span(new_).first(new_.size() - 1), now_).ok());
  expect_refused(update_.finish(), Code::kTruncated, "program");
}

TEST_F(ProgramUpdateTest, AByteASecondIsGivenUp) {
  ASSERT_TRUE(update_.begin(new_.size(), now_).ok());
  Status status;
  for (uint32_t second = 0; status.ok() && second < 1000; ++second) {
    now_ += 1'000'000;
    status = update_.add(std::span(new_).subspan(second, 1), now_);
  }
  expect_refused(status, Code::kCancelled, "update that is too slow");
  ASSERT_TRUE(update_.begin(new_.size(), now_).ok());
  EXPECT_TRUE(update_.end_if_too_slow(now_ + 30'000'000));
}

// --- faults and cuts ---

TEST_F(ProgramUpdateTest, EveryStepMayFail) {
  ASSERT_TRUE(send(new_).ok());
  const uint64_t steps = flash_.steps;
  for (uint64_t step = 0; step < steps; ++step) {
    for (const Code code : {Code::kReadFailed, Code::kOutOfMemory}) {
      reset();
      flash_.fail_at = flash_.steps + step;
      flash_.fail_code = code;
      ASSERT_EQ(send(new_).code(), code) << "step " << step;
      ASSERT_FALSE(update_.is_under_way());
      ASSERT_FALSE(flash_.writing);
      flash_.power_on();
      ASSERT_TRUE(runs(old_)) << "step " << step;
    }
  }
}

TEST_F(ProgramUpdateTest, APowerCutAtEveryStepStartsTheOldProgram) {
  ASSERT_TRUE(send(new_).ok());
  const uint64_t steps = flash_.steps;
  ASSERT_GT(steps, 15u);
  for (uint64_t step = 0; step < steps; ++step) {
    for (const double part : {0.0, 0.5, 1.0}) {
      reset();
      flash_.cut_at = flash_.steps + step;
      flash_.cut_part = part;
      ASSERT_FALSE(send(new_).ok());
      update_.abandon();
      flash_.power_on();
      const bool selected = step == steps - 1 && part == 1.0;
      ASSERT_TRUE(runs(selected ? new_ : old_)) << "step " << step << ", part " << part;
    }
  }
}

// --- the trial ---

class ProgramTrialTest : public ProgramUpdateTest {
 protected:
  // The new program starts.
  void start_new() {
    reset();
    ASSERT_TRUE(send(new_).ok());
    flash_.power_on();
    ASSERT_TRUE(flash_.facts.is_on_trial);
    trial_.start(flash_.facts.is_on_trial, now_);
  }
  void follow(Trial::Verdict verdict) {
    if (verdict == Trial::Verdict::kKeep) (void)port::keep_program();
    if (verdict == Trial::Verdict::kReturn) port::return_to_program_before();
  }

  Trial trial_;
};

TEST_F(ProgramTrialTest, ItStaysAfterItsFirstStory) {
  start_new();
  EXPECT_EQ(trial_.on_time(now_), Trial::Verdict::kOpen);
  EXPECT_EQ(trial_.on_self_test(true), Trial::Verdict::kOpen);
  const Trial::Verdict verdict = trial_.on_story(true);
  EXPECT_EQ(verdict, Trial::Verdict::kKeep);
  follow(verdict);
  flash_.power_on();
  EXPECT_TRUE(runs(new_));
  EXPECT_FALSE(flash_.facts.is_on_trial);
  // And what follows decides nothing any more.
  EXPECT_EQ(trial_.on_self_test(false), Trial::Verdict::kNone);
  EXPECT_EQ(trial_.on_story(false), Trial::Verdict::kNone);
  EXPECT_EQ(trial_.on_time(UINT64_MAX), Trial::Verdict::kNone);
}

TEST_F(ProgramTrialTest, AFailedSelfTestBringsTheOldOneBack) {
  start_new();
  const Trial::Verdict verdict = trial_.on_self_test(false);
  EXPECT_EQ(verdict, Trial::Verdict::kReturn);
  follow(verdict);
  EXPECT_EQ(flash_.restarts, 1u);
  flash_.power_on();
  EXPECT_TRUE(runs(old_));
  EXPECT_FALSE(flash_.facts.is_on_trial);
}

TEST_F(ProgramTrialTest, AStoryThatBreaksOffBringsTheOldOneBack) {
  start_new();
  EXPECT_EQ(trial_.on_self_test(true), Trial::Verdict::kOpen);
  follow(trial_.on_story(false));
  flash_.power_on();
  EXPECT_TRUE(runs(old_));
}

TEST_F(ProgramTrialTest, AStoryWithoutASelfTestProvesNothing) {
  start_new();
  EXPECT_EQ(trial_.on_story(true), Trial::Verdict::kReturn);
}

TEST_F(ProgramTrialTest, SilenceBringsTheOldOneBack) {
  start_new();
  EXPECT_EQ(trial_.on_self_test(true), Trial::Verdict::kOpen);
  EXPECT_EQ(trial_.on_time(now_ + Trial::kMostMicroseconds - 1), Trial::Verdict::kOpen);
  follow(trial_.on_time(now_ + Trial::kMostMicroseconds));
  flash_.power_on();
  EXPECT_TRUE(runs(old_));
}

TEST_F(ProgramTrialTest, ARestartInTheMiddleBringsTheOldOneBack) {
  for (int told = 0; told < 2; ++told) {
    start_new();
    if (told == 1) (void)trial_.on_self_test(true);
    flash_.power_on();  // a crash, a watchdog, the plug
    EXPECT_TRUE(runs(old_));
    EXPECT_EQ(flash_.places[1].state, State::kAborted);
  }
}

TEST_F(ProgramTrialTest, ACutWithinTheVerdictLeavesAProgramThatWorks) {
  for (const double part : {0.0, 0.5, 1.0}) {
    start_new();
    (void)trial_.on_self_test(true);
    flash_.cut_at = flash_.steps;
    flash_.cut_part = part;
    follow(trial_.on_story(true));
    flash_.power_on();
    EXPECT_TRUE(runs(part == 1.0 ? new_ : old_)) << part;
  }
  for (const double part : {0.0, 1.0}) {
    start_new();
    flash_.cut_at = flash_.steps;
    flash_.cut_part = part;
    follow(trial_.on_self_test(false));
    flash_.power_on();
    EXPECT_TRUE(runs(old_)) << part;
  }
}

TEST_F(ProgramTrialTest, AProgramThatStayedHasNoTrial) {
  trial_.start(false, now_);
  EXPECT_EQ(trial_.on_self_test(false), Trial::Verdict::kNone);
  EXPECT_EQ(trial_.on_story(false), Trial::Verdict::kNone);
  EXPECT_EQ(trial_.on_time(UINT64_MAX), Trial::Verdict::kNone);
}

}  // namespace
}  // namespace thimble::testing
