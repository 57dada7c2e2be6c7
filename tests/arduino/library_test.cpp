// Thimble.h on fake boards: one story whatever the memory, told in whichever way.

#include <cstring>
#include <thimble/thimble.hpp>  // behind Arduino.h, whose macros it must bear

#include "library_fixture.h"

namespace {

TEST_F(Library, HoldsTheModelThatShips) {
  const std::vector<uint8_t> file = shipped_model();
  ASSERT_EQ(file.size(), kModelBytes);
  EXPECT_EQ(std::memcmp(thimble_story_model, file.data(), kModelBytes), 0);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(thimble_story_model) % 16, 0u);
}

TEST_F(Library, TellsOneStoryWhateverTheMemory) {
  EXPECT_GT(expected_.size(), 200u);
  ThimbleFacts facts;
  tells_on({.internal = {100 * 1024}}, {}, &facts);
  EXPECT_EQ(facts.psramBytes, 0u);
  EXPECT_EQ(facts.fastWeightBytes, 0u);
  EXPECT_EQ(facts.cores, 1u);
  // In pieces, none of which would do.
  tells_on({.internal = {20000, 24000, 22000, 25000}}, {.keepFree = 0});
  // Moved when it is cut.
  tells_on({.internal = {30000, 50000, 20000, 90000}, .realloc_moves = true}, {.keepFree = 1000});
  // No room but for the objects: the buffers go to PSRAM.
  tells_on({.internal = {12 * 1024}, .psram = {2 << 20}}, {.keepFree = 4096}, &facts);
  EXPECT_GT(facts.psramBytes, 40000u);
  // Half in internal memory, half in PSRAM.
  tells_on({.internal = {40 * 1024}, .psram = {2 << 20}}, {.keepFree = 4096}, &facts);
  EXPECT_GT(facts.psramBytes, 10000u);
  EXPECT_GT(facts.internalBytes, 20000u);
  // The weights, too.
  tells_on({}, {.fastWeights = true, .keepFree = 0}, &facts);
  EXPECT_GT(facts.fastWeightBytes, 180000u);
  tells_on({.internal = {100 * 1024, 48 * 1024}}, {.fastWeights = true}, &facts);
  EXPECT_GT(facts.fastWeightBytes, 30000u);
  EXPECT_LT(facts.fastWeightBytes, 100000u);
}

TEST_F(Library, TakesNoMoreThanItNeedsAndNothingLater) {
  Thimble story(thimble_story_model);
  ASSERT_TRUE(story.begin());
  const fake::Uses taken = fake::uses();
  EXPECT_LT(taken.internal, 90000u);
  EXPECT_GE(taken.internal, story.facts().internalBytes);
  EXPECT_LE(taken.internal - story.facts().internalBytes, 1024u);  // of the workers
  tell(story);
  tell(story, "One day");
  EXPECT_EQ(fake::uses().allocations, taken.allocations);
  EXPECT_EQ(fake::uses().internal, taken.internal);
  story.end();
  EXPECT_EQ(fake::uses().blocks, 0u);
  story.end();
}

TEST_F(Library, LeavesToTheSketchWhatItAskedFor) {
  fake::plug_in({.internal = {90 * 1024}, .psram = {2 << 20}});
  Thimble story(thimble_story_model);
  ASSERT_TRUE(story.begin({.keepFree = 60 * 1024}));
  EXPECT_GE(90 * 1024 - fake::uses().internal, 60u * 1024);
}

TEST_F(Library, SharesTheWorkWithTheSecondCore) {
  ThimbleFacts facts;
  tells_on({}, {.secondCore = true}, &facts);
  EXPECT_EQ(facts.cores, 2u);
  // A board that makes no more tasks goes on with one core.
  tells_on({.tasks_fail = true}, {.secondCore = true}, &facts);
  EXPECT_EQ(facts.cores, 1u);
}

TEST_F(Library, FactsOfTheModel) {
  Thimble story(thimble_story_model);
  EXPECT_EQ(story.facts().parameters, 0u);
  ASSERT_TRUE(story.begin({.context = 100}));
  const ThimbleFacts facts = story.facts();
  EXPECT_STREQ(facts.license, "MIT");
  EXPECT_STRNE(facts.name, "");
  EXPECT_EQ(facts.parameters, 238144u);
  EXPECT_EQ(facts.modelBytes, kModelBytes);
  EXPECT_EQ(facts.context, 100u);
}

// --- texts ---

size_t pieces_seen = 0;
void count_piece(const char*) { ++pieces_seen; }

TEST_F(Library, CallbacksOfAnyKind) {
  Thimble story(thimble_story_model);
  ASSERT_TRUE(story.begin());
  story.setSeed(34);
  pieces_seen = 0;
  EXPECT_TRUE(story.generate(kPrompt, count_piece));
  EXPECT_GT(pieces_seen, 50u);
  std::string text;
  EXPECT_TRUE(story.generate(kPrompt, [&](const char* piece) {
    text += piece;
    return text.size() < 40;
  }));
  EXPECT_GE(text.size(), 40u);
  EXPECT_LT(text.size(), 60u);
  EXPECT_EQ(expected_.compare(0, text.size(), text), 0);
}

TEST_F(Library, StepsTellWhatGenerateTells) {
  Thimble story(thimble_story_model);
  ASSERT_TRUE(story.begin());
  story.setSeed(34);
  EXPECT_FALSE(story.running());
  EXPECT_EQ(story.step(), nullptr);
  ASSERT_TRUE(story.start(kPrompt));
  std::string text;
  size_t steps = 0;
  while (const char* piece = story.step()) {
    EXPECT_TRUE(story.running());
    text += piece;
    ++steps;
  }
  EXPECT_FALSE(story.running());
  EXPECT_EQ(text, expected_);
  EXPECT_GE(steps, story.tokens());
  EXPECT_GT(story.tokens(), 50u);
  EXPECT_EQ(story.step(), nullptr);
  EXPECT_STREQ(story.error(), "");
}

TEST_F(Library, StopsBetweenAnyTwoTokens) {
  Thimble story(thimble_story_model);
  story.stop();
  ASSERT_TRUE(story.begin());
  story.stop();
  ASSERT_TRUE(story.start(kPrompt));
  ASSERT_NE(story.step(), nullptr);
  story.stop();
  EXPECT_EQ(story.step(), nullptr);
  EXPECT_STREQ(story.error(), "");
  // Left in the middle, and begun again.
  ASSERT_TRUE(story.start(kPrompt));
  ASSERT_NE(story.step(), nullptr);
  story.setSeed(34);
  EXPECT_EQ(tell(story), expected_);
}

TEST_F(Library, SpacesBehindAPromptAreNoPartOfIt) {
  Thimble story(thimble_story_model);
  ASSERT_TRUE(story.begin());
  story.setSeed(34);
  EXPECT_EQ(tell(story, "A cat named Tom  "), expected_);
  story.setMaxTokens(5);
  for (const char* prompt : {"", " ", static_cast<const char*>(nullptr)}) EXPECT_NE(tell(story, prompt), "");
}

TEST_F(Library, SettingsAndTheirLimits) {
  fake::plug_in({.random = {1, 2, 3, 4}});
  Thimble story(thimble_story_model);
  story.setMaxTokens(7);
  ASSERT_TRUE(story.begin());
  tell(story);
  EXPECT_EQ(story.tokens(), 7u);
  EXPECT_EQ(story.seed(), 0x1'00000002u);
  tell(story);
  EXPECT_EQ(story.seed(), 0x3'00000004u);
  story.setTemperature(0);
  story.setTopP(0.5f);
  story.setTopK(3);
  story.setMinP(0.1f);
  story.setSeed(1);
  const std::string greedy = tell(story);
  story.setSeed(2);
  EXPECT_EQ(tell(story), greedy);
  story.setTopP(2);
  EXPECT_FALSE(story.generate(kPrompt, [](const char*) {}));
  EXPECT_NE(std::strstr(story.error(), "top_p"), nullptr) << story.error();
  story.setTopP(1);
  EXPECT_EQ(tell(story), greedy);
}

TEST_F(Library, SpeedIsOfTheComputingAlone) {
  Thimble story(thimble_story_model);
  ASSERT_TRUE(story.begin());
  EXPECT_EQ(story.tokensPerSecond(), 0);
  story.setMaxTokens(20);
  story.generate(kPrompt, [](const char*) { delay(1000); });
  // The clock of the fake goes on by 1 ms when it is asked, so a token takes 1 ms.
  EXPECT_NEAR(story.tokensPerSecond(), 1000, 60);
}

TEST_F(Library, WatchdogAndOtherTasksAreLookedAfter) {
  fake::plug_in({.loop_watched = true, .time_per_call = 200'000});  // a slow chip
  Thimble story(thimble_story_model);
  ASSERT_TRUE(story.begin({.promptBatch = 1}));
  tell(story, "A cat named Tom loved to count things. One spring day, Tom had an old ball. She took it to the park.");
  const fake::Uses uses = fake::uses();
  EXPECT_GT(uses.watchdog_resets, 30u);
  EXPECT_GT(uses.longest_awake, 0);
  EXPECT_LT(uses.longest_awake, 2'000'000);  // the watchdog bites after 5 s
}

TEST_F(Library, APromptThatIsTooLongIsRefused) {
  Thimble story(thimble_story_model);
  ASSERT_TRUE(story.begin({.context = 8}));
  EXPECT_FALSE(story.generate("A cat named Tom loved to count things. One spring day", [](const char*) {}));
  EXPECT_EQ(std::string(story.error()).rfind("context full", 0), 0u) << story.error();
  EXPECT_FALSE(story.running());
}

TEST_F(Library, SelfTest) {
  Thimble story(thimble_story_model);
  EXPECT_FALSE(story.selfTest());
  ASSERT_TRUE(story.begin());
  EXPECT_TRUE(story.selfTest()) << story.error();
  story.setSeed(34);
  EXPECT_EQ(tell(story), expected_);

  // A weight that flipped, in memory that nobody checks.
  alignas(16) static uint8_t copy[kModelBytes];
  std::memcpy(copy, thimble_story_model, kModelBytes);
  copy[kModelBytes - 5000] ^= 0x40;
  Thimble other(copy);
  ASSERT_TRUE(other.begin({.keepFree = 0})) << other.error();
  EXPECT_FALSE(other.selfTest());
  EXPECT_NE(std::strstr(other.error(), "memory"), nullptr);
}

}  // namespace
