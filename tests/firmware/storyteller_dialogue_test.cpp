// The console of the storyteller: what is typed, and what comes back.
#include <gtest/gtest.h>

#include <string>

#include "firmware/storyteller/numbers.h"
#include "tests/firmware/storyteller_support.h"

namespace thimble::testing {
namespace {

class StorytellerDialogue : public ::testing::Test {
 protected:
  // Starts on the usual board, does what was put into board_.deeds, and leaves in board_ what came after the start.
  void run() {
    make_usual(&board_);
    PowerOn teller(&board_);
    auto deeds = std::exchange(board_.deeds, {});
    teller.start();
    board_.text.clear();
    board_.log.clear();
    board_.deeds = std::move(deeds);
    board_.deed_yields = board_.yields;
    teller.serve();
  }

  FakeBoard board_;
};

TEST_F(StorytellerDialogue, TellsWhatEveryOtherEngineTells) {
  const Told told = tell_elsewhere(shipped_model(), "A cat named Tom", 34);
  board_.type("/seed 34");
  board_.type("/hash on");
  board_.type("A cat named Tom");
  board_.type("/stats");
  run();
  EXPECT_TRUE(contains(board_.text, told.text + "\n")) << board_.text;
  const std::string hash(storyteller::hex(told.hash));
  EXPECT_TRUE(contains(board_.text, "logits hash: " + hash + "\n")) << board_.text;
}

TEST_F(StorytellerDialogue, ForgetsSpacesAroundAPrompt) {
  board_.type("/seed 34");
  board_.type("  A cat named Tom,  ");
  board_.type("A cat named Tom,");
  run();
  EXPECT_EQ(count(board_.text, tell_elsewhere(shipped_model(), "A cat named Tom,", 34).text + "\n"), 2u) << board_.text;
}

TEST_F(StorytellerDialogue, TakesEverySetting) {
  board_.type("/temp 0");
  board_.type("/topp .5");
  board_.type("/topk 7");
  board_.type("/minp 0.25");
  board_.type("/len 5");
  board_.type("/seed 18446744073709551615");
  board_.type("One day");
  board_.type("/stats");
  run();
  for (const char* line : {"temp is 0.000", "topp is 0.500", "topk is 7", "minp is 0.250", "len is 5",
                           "seed is 18446744073709551615", "temp: 0.000", "topp: 0.500",
                           "last story: seed 1844674407370955"
                           "1615, 5 tokens, "}) {
    EXPECT_TRUE(contains(board_.text, std::string(line))) << line << "\n" << board_.text;
  }
  EXPECT_TRUE(contains(board_.text, "ended by length")) << board_.text;
}

TEST_F(StorytellerDialogue, ShowsASettingThatIsNotGiven) {
  board_.type("/temp");
  board_.type("/seed");
  run();
  EXPECT_EQ(board_.text, "temp is 0.800\n> seed is off\n> ");
}

TEST_F(StorytellerDialogue, NamesTheRemedyOfWhatCannotBe) {
  const std::pair<const char*, const char*> kWrong[] = {
      {"/temp hot", "/temp takes a number from 0 to 10, such as /temp 0.8"},
      {"/temp -1", "/temp takes a number from 0 to 10, such as /temp 0.8"},
      {"/temp 10.1", "/temp takes a number from 0 to 10, such as /temp 0.8"},
      {"/temp 1e1", "/temp takes a number from 0 to 10, such as /temp 0.8"},
      {"/temp .", "/temp takes a number from 0 to 10, such as /temp 0.8"},
      {"/topp 0", "/topp takes a number above 0, up to 1, such as /topp 0.95"},
      {"/topp 1.01", "/topp takes a number above 0, up to 1, such as /topp 0.95"},
      {"/topk 257", "/topk takes a whole number from 0 to 256, such as /topk 40"},
      {"/topk 1.5", "/topk takes a whole number from 0 to 256, such as /topk 40"},
      {"/minp 1", "/minp takes a number from 0 to 0.99, such as /minp 0.05"},
      {"/len many", "/len takes a whole number up to 1000000, such as /len 100"},
      {"/seed 18446744073709551616", "/seed takes a whole number below 2^64, or off, such as /seed 42"},
      {"/hash yes", "/hash takes on or off, such as /hash on"},
      {"/model 0", "/model takes a number from 1 to 6, or nothing, to list them"},
      {"/model 7", "/model takes a number from 1 to 6, or nothing, to list them"},
      {"/model x", "/model takes a number from 1 to 6, or nothing, to list them"},
      {"/tmep 1", "/tmep: no such command; /help lists them"},
      {"/\x1b[31m", "/?[31m: no such command; /help lists them"},
      {"/stop", "no story is being told"},
  };
  std::string expected;
  for (const auto& [typed, answer] : kWrong) {
    board_.type(typed);
    expected += std::string(answer) + "\n> ";
  }
  run();
  EXPECT_EQ(board_.text, expected);
  EXPECT_EQ(board_.log, "");
}

TEST_F(StorytellerDialogue, AnEmptyLineIsNoPrompt) {
  board_.type("");
  board_.type("   ");
  run();
  EXPECT_EQ(board_.text, "> > ");
}

TEST_F(StorytellerDialogue, HelpNamesEveryCommand) {
  board_.type("/help");
  run();
  for (const char* command : {"/help", "/temp", "/topp", "/topk", "/minp", "/len", "/seed", "/hash", "/stop", "/stats",
                              "/model", "/bench", "/selftest", "/mem"}) {
    EXPECT_TRUE(contains(board_.text, std::string("\n") + command + " ")) << command << "\n" << board_.text;
  }
}

TEST_F(StorytellerDialogue, SaysHowLongEachStageTook) {
  board_.type("One day");
  run();
  EXPECT_TRUE(contains(board_.log, "prompt: 3 tokens, 0.0")) << board_.log;
  EXPECT_TRUE(contains(board_.log, " a second; story: ")) << board_.log;
  EXPECT_TRUE(contains(board_.log, "first token after 0.0")) << board_.log;
  EXPECT_TRUE(contains(board_.log, " s; seed ")) << board_.log;
}

// --- stopping ---

TEST_F(StorytellerDialogue, StopEndsAStoryAtTheNextToken) {
  board_.type("/seed 34");
  board_.type("A cat named Tom");
  board_.type_after(10, "/stop");
  board_.type("/stats");
  run();
  EXPECT_TRUE(contains(board_.log, "stopped\n")) << board_.log;
  EXPECT_TRUE(contains(board_.text, "ended by cancelled")) << board_.text;
  EXPECT_FALSE(contains(board_.text, tell_elsewhere(shipped_model(), "A cat named Tom", 34).text)) << board_.text;
  EXPECT_TRUE(contains(board_.text, "A cat named Tom")) << board_.text;
}

TEST_F(StorytellerDialogue, ControlCEndsAStoryAtTheNextToken) {
  board_.type("A cat named Tom");
  board_.interrupt_after(10);
  board_.type("/stats");
  run();
  EXPECT_TRUE(contains(board_.log, "stopped\n")) << board_.log;
  EXPECT_TRUE(contains(board_.text, "ended by cancelled")) << board_.text;
}

// One letter is a token or more each: hundreds, of which a sweep reads eight.
std::string long_prompt(size_t bytes) {
  std::string prompt;
  while (prompt.size() < bytes) prompt += prompt.size() % 2 == 0 ? "q" : " ";
  return prompt;
}

TEST_F(StorytellerDialogue, StopEndsAPromptThatIsBeingRead) {
  board_.stage_milliseconds = 100;  // some seconds a sweep
  const uint64_t before = board_.yields;
  board_.type(long_prompt(200));
  board_.type_after(3, "/stop");
  run();
  EXPECT_TRUE(contains(board_.log, "stopped\n")) << board_.log;
  EXPECT_TRUE(contains(board_.log, "story: 0 tokens")) << board_.log;
  EXPECT_GT(board_.yields, before);
}

TEST_F(StorytellerDialogue, ControlCEndsAPromptThatIsBeingRead) {
  board_.type(long_prompt(200));
  board_.interrupt_after(3);
  board_.type("/stats");
  run();
  EXPECT_TRUE(contains(board_.log, "story: 0 tokens")) << board_.log;
  EXPECT_TRUE(contains(board_.text, "ended by cancelled")) << board_.text;
}

TEST_F(StorytellerDialogue, RefusesAPromptLongerThanTheContext) {
  board_.type(std::string(511, '1'));
  board_.type(long_prompt(511));
  run();
  EXPECT_TRUE(contains(board_.text, "put spaces into it\n> ")) << board_.text;
  EXPECT_TRUE(contains(board_.text, " tokens, and 256 are all that find room: shorten it\n> ")) << board_.text;
}

// --- what comes while a story is told ---

TEST_F(StorytellerDialogue, AnswersWhatWasTypedMeanwhileWhenTheStoryEnds) {
  const Told told = tell_elsewhere(shipped_model(), "A cat named Tom", 34);
  board_.type("/seed 34");
  board_.type("A cat named Tom");
  board_.type_after(5, "/temp 0.3");
  for (int i = 0; i < 8; ++i) board_.type_after(1, "/topk " + std::to_string(i));  // more than can be kept
  run();
  const size_t end = board_.text.find(told.text + "\n> ");
  ASSERT_NE(end, std::string::npos) << board_.text;
  const std::string after = board_.text.substr(end + told.text.size() + 3);
  // Lines that the story had taken are shown now; the port shows those that it kept.
  EXPECT_EQ(after,
            "/temp 0.3\ntemp is 0.300\n> /topk 0\ntopk is 0\n> /topk 1\ntopk is 1\n> /topk 2\ntopk is 2\n"
            "> topk is 3\n> topk is 4\n> topk is 5\n> topk is 6\n> topk is 7\n> ");
}

TEST_F(StorytellerDialogue, TheButtonTellsANewStory) {
  board_.press();
  board_.press();
  run();
  EXPECT_EQ(count(board_.log, "first token after"), 2u) << board_.log;
  EXPECT_EQ(count(board_.text, "> "), 2u) << board_.text;
  EXPECT_FALSE(contains(board_.log, "stopped"));
}

TEST_F(StorytellerDialogue, TheButtonEndsAStoryForANewOne) {
  board_.type("A cat named Tom");
  board_.press(10);
  run();
  EXPECT_EQ(count(board_.log, "stopped"), 1u) << board_.log;
  EXPECT_EQ(count(board_.log, "first token after"), 2u) << board_.log;
}

TEST_F(StorytellerDialogue, AnInterruptRightBehindALineEndsItsStory) {
  board_.type("A cat named Tom");
  board_.interrupt_after(0);
  run();
  EXPECT_TRUE(contains(board_.log, "stopped")) << board_.log;
}

TEST_F(StorytellerDialogue, AnInterruptWithoutAStoryEndsNoLaterOne) {
  board_.interrupt_after(0);
  board_.type("A cat named Tom");
  run();
  EXPECT_FALSE(contains(board_.log, "stopped")) << board_.log;
}

// --- figures ---

TEST_F(StorytellerDialogue, BenchPrintsOneLineOfJson) {
  board_.type("/bench");
  run();
  const std::string_view wanted[] = {"{\"bench\":\"storyteller\",\"version\":\"",
                                     "\"chip\":\"ESP32-S3\",\"revision\":2,\"workers\":2,\"cpu_mhz\":240",
                                     "\"flash_mode\":\"QIO\",\"flash_mhz\":80",
                                     "\"psram\":\"found\",\"psram_mode\":\"octal\",\"psram_mhz\":80",
                                     "\"cache_line\":64",
                                     "\"wifi\":false",
                                     "\"model\":\"story\",\"model_bytes\":225408,\"from\":\"built in\"",
                                     "\"context\":256",
                                     "\"kernels\":\"",
                                     "\"runs\":5,\"tokens\":100",
                                     "\"tokens_per_second\":{\"median\":",
                                     "\"min\":",
                                     "\"max\":",
                                     "\"hash\":\""};
  size_t at = 0;
  for (const std::string_view part : wanted) {
    at = board_.text.find(part, at);
    ASSERT_NE(at, std::string::npos) << part << "\n" << board_.text;
  }
  EXPECT_TRUE(board_.text.ends_with("\"}\n> ")) << board_.text;
  EXPECT_EQ(count(board_.text, "\n"), 1u) << board_.text;
  EXPECT_EQ(board_.log, "");
}

TEST_F(StorytellerDialogue, BenchCanBeStopped) {
  board_.type("/bench");
  board_.type_after(150, "/stop");
  run();
  EXPECT_EQ(board_.text, "/bench was stopped\n> ");
}

TEST_F(StorytellerDialogue, SelfTestSaysTheHash) {
  board_.type("/selftest");
  run();
  EXPECT_TRUE(contains(board_.log, "self-test: ok, hash fd7203c3b6507299 by the kernels ")) << board_.log;
}

TEST_F(StorytellerDialogue, SelfTestCanBeStopped) {
  board_.type("/selftest");
  board_.type_after(1, "/stop");
  run();
  EXPECT_TRUE(contains(board_.log, "self-test: cancelled")) << board_.log;
}

TEST_F(StorytellerDialogue, MemoryIsShown) {
  board_.type("/mem");
  run();
  EXPECT_TRUE(contains(board_.text,
                       "fast: 40000 bytes free of 300000 on the heap, least ever 30000, largest block 20000\n"
                       "stack never used: 1234 bytes\nheap: sound; guards of the engine's memory: sound\n"))
      << board_.text;
}

TEST_F(StorytellerDialogue, MemoryThatWasWrittenOverIsNoticed) {
  board_.type("/mem");
  make_usual(&board_);
  PowerOn teller(&board_);
  auto deeds = std::exchange(board_.deeds, {});
  teller.start();
  EXPECT_FALSE(contains(board_.log, "wrote beyond"));
  board_.memory(0).back() = std::byte{0};
  board_.heap_sound = false;
  board_.type("One day");
  board_.deeds.insert(board_.deeds.end(), deeds.begin(), deeds.end());
  teller.serve();
  EXPECT_TRUE(contains(board_.log, "error: something wrote beyond the engine's memory")) << board_.log;
  EXPECT_TRUE(contains(board_.text, "heap: DAMAGED; guards of the engine's memory: DAMAGED\n")) << board_.text;
}

}  // namespace
}  // namespace thimble::testing
