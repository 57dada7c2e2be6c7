// Thimble.h on fake boards: one story whatever the memory, and what error() says where a board has none for it.

#include <Thimble.h>
#include <gtest/gtest.h>
#include <thimble_story_model.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <type_traits>
#include <vector>

#include <thimble/thimble.hpp>  // behind Arduino.h, whose macros it must bear

#include "fake.h"

namespace {

constexpr char kPrompt[] = "A cat named Tom";
constexpr size_t kModelBytes = sizeof(thimble_story_model);

std::vector<uint8_t> shipped_model() {
  std::ifstream file(STORY_MODEL, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string tell(Thimble& story, const char* prompt = kPrompt) {
  std::string text;
  EXPECT_TRUE(story.generate(prompt, [&](const char* piece) { text += piece; })) << story.error();
  return text;
}

// What seed 34 tells on a board where nothing is short.
std::string expected_story() {
  static const std::string text = [] {
    Thimble story(thimble_story_model);
    EXPECT_TRUE(story.begin()) << story.error();
    story.setSeed(34);
    return tell(story);
  }();
  return text;
}

class Library : public testing::Test {
 protected:
  void SetUp() override {
    fake::plug_in({});
    expected_ = expected_story();
    fake::plug_in({});
  }
  void TearDown() override { fake::plug_in({}); }  // which refuses leaks

  // That seed 34 tells the same on this board.
  void tells_on(const fake::Board& board, const ThimbleOptions& options, ThimbleFacts* facts = nullptr) {
    fake::plug_in(board);
    Thimble story(thimble_story_model);
    ASSERT_TRUE(story.begin(options)) << story.error();
    story.setSeed(34);
    EXPECT_EQ(tell(story), expected_);
    if (facts != nullptr) *facts = story.facts();
  }

  std::string error_of_begin(const fake::Board& board, const ThimbleOptions& options = {}) {
    fake::plug_in(board);
    Thimble story(thimble_story_model);
    EXPECT_FALSE(story.begin(options));
    EXPECT_FALSE(story.ready());
    EXPECT_EQ(fake::uses().blocks, 0u);
    EXPECT_FALSE(story.generate(kPrompt, [](const char*) {}));
    Thimble again(thimble_story_model);
    again.begin(options);
    return again.error();
  }

  std::string expected_;
};

fake::Board with_partition(std::vector<uint8_t> bytes) {
  fake::Board board;
  board.partitions = {{"nvs", 0x9000, std::vector<uint8_t>(0x5000)}, {"model", 0x210000, std::move(bytes)}};
  return board;
}

std::string error_of_partition(const fake::Board& board) {
  fake::plug_in(board);
  Thimble story;
  EXPECT_FALSE(story.beginFromPartition());
  EXPECT_EQ(fake::uses().mappings, 0u);
  EXPECT_EQ(fake::uses().blocks, 0u);
  return story.error();
}

// A folder that is /ffat.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("thimble_arduino_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  void write(const char* name, const std::vector<uint8_t>& bytes) {
    std::ofstream(path_ / name, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  fake::Board board() const {
    fake::Board board;
    board.ffat = path_.string();
    return board;
  }

 private:
  std::filesystem::path path_;
};

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

// --- boards and models that will not do ---

TEST_F(Library, TooLittleMemory) {
  const std::string error = error_of_begin({.internal = {50 * 1024}}, {.keepFree = 4096});
  EXPECT_NE(error.find("not enough memory: "), std::string::npos) << error;
  EXPECT_NE(error.find("begin({.context = 128}) would fit."), std::string::npos) << error;
  EXPECT_NE(error.find("No PSRAM was found"), std::string::npos) << error;
  EXPECT_NE(error.find("OPI for R8 and R16, QSPI for R2"), std::string::npos) << error;
  EXPECT_NE(error.find("board_build.arduino.memory_type)"), std::string::npos) << error;
  // What it advises works.
  fake::plug_in({.internal = {50 * 1024}});
  Thimble story(thimble_story_model);
  EXPECT_TRUE(story.begin({.context = 128, .keepFree = 4096})) << story.error();
}

TEST_F(Library, TooLittleMemoryForAnything) {
  EXPECT_EQ(error_of_begin({.internal = {2048}}).rfind("not enough memory: ", 0), 0u);
  const std::string error = error_of_begin({.internal = {16 * 1024}, .psram = {8192}}, {.keepFree = 4096});
  EXPECT_EQ(error.rfind("not enough memory: ", 0), 0u) << error;
  EXPECT_EQ(error.find("PSRAM"), std::string::npos) << error;
  EXPECT_EQ(error.find("would fit"), std::string::npos) << error;
}

TEST_F(Library, OptionsOutOfRange) {
  EXPECT_NE(error_of_begin({}, {.promptBatch = 9}).find("max_batch: found 9, at most 8"), std::string::npos);
  EXPECT_NE(error_of_begin({}, {.context = 257}).find("found 257, at most 256"), std::string::npos);
}

TEST_F(Library, WithoutAModel) {
  Thimble story;
  EXPECT_FALSE(story.begin());
  EXPECT_NE(std::strstr(story.error(), "thimble_story_model"), nullptr);
  EXPECT_FALSE(story.start(kPrompt));
  EXPECT_NE(std::strstr(story.error(), "begin()"), nullptr);
}

TEST_F(Library, AnArrayThatIsNoModel) {
  alignas(16) static uint8_t bytes[kModelBytes + 16];
  Thimble zeros(bytes);
  EXPECT_FALSE(zeros.begin());
  EXPECT_STREQ(zeros.error(), "the model: not a .thm file");
  std::memcpy(bytes + 8, thimble_story_model, kModelBytes);
  Thimble crooked(bytes + 8, kModelBytes);
  EXPECT_FALSE(crooked.begin());
  EXPECT_NE(std::strstr(crooked.error(), "alignas(16)"), nullptr);
  Thimble cut(thimble_story_model, kModelBytes - 1);
  EXPECT_FALSE(cut.begin());
  EXPECT_EQ(std::string(cut.error()).rfind("the model: truncated", 0), 0u) << cut.error();
}

TEST_F(Library, ModelInAPartition) {
  std::vector<uint8_t> bytes = shipped_model();
  bytes.resize(0x100000, 0xff);
  fake::plug_in(with_partition(bytes));
  Thimble story;
  ASSERT_TRUE(story.beginFromPartition()) << story.error();
  EXPECT_EQ(story.facts().modelBytes, kModelBytes);
  EXPECT_EQ(fake::uses().mappings, 1u);
  story.setSeed(34);
  EXPECT_EQ(tell(story), expected_);
  story.end();
  EXPECT_EQ(fake::uses().mappings, 0u);
}

TEST_F(Library, PartitionsThatWillNotDo) {
  EXPECT_NE(error_of_partition({}).find("there is no partition \"model\""), std::string::npos);
  const std::string empty = error_of_partition(with_partition(std::vector<uint8_t>(0x100000, 0xff)));
  EXPECT_NE(empty.find("holds no model"), std::string::npos) << empty;
  EXPECT_NE(empty.find("esptool write_flash 0x210000 story.thm"), std::string::npos) << empty;

  std::vector<uint8_t> bytes = shipped_model();
  fake::Board full = with_partition(bytes);
  full.mapping_fails = true;
  EXPECT_EQ(error_of_partition(full), "partition \"model\": read failed: mapping");

  std::vector<uint8_t> small(bytes.begin(), bytes.begin() + 0x10000);
  EXPECT_EQ(error_of_partition(with_partition(small)),
            "partition \"model\": truncated: model: found 65536, expected 220928");
  EXPECT_EQ(error_of_partition(with_partition({1, 2, 3})).rfind("partition \"model\": ", 0), 0u);

  bytes[kModelBytes - 5000] ^= 1;  // among the weights, whose checksums nobody reads but verify()
  EXPECT_EQ(error_of_partition(with_partition(bytes)).rfind("the model is damaged, write it again: corrupt", 0), 0u);
}

TEST_F(Library, ModelInAFile) {
  Folder folder;
  folder.write("story.thm", shipped_model());
  for (const bool psram : {false, true}) {
    fake::Board board = folder.board();
    board.internal = {340 * 1024};
    if (psram) board.psram = {2 << 20};
    fake::plug_in(board);
    Thimble story;
    ASSERT_TRUE(story.beginFromFile("/ffat/story.thm", {.fastWeights = true})) << story.error();
    EXPECT_EQ(story.facts().fastWeightBytes > 0, psram);  // not a second copy in the same memory
    EXPECT_EQ(story.facts().psramBytes >= kModelBytes, psram);
    EXPECT_TRUE(psram || story.facts().internalBytes >= kModelBytes);
    story.setSeed(34);
    EXPECT_EQ(tell(story), expected_);
  }
  fake::plug_in({});
}

TEST_F(Library, FilesThatWillNotDo) {
  Folder folder;
  std::vector<uint8_t> bytes = shipped_model();
  folder.write("story.thm", bytes);
  folder.write("text.thm", std::vector<uint8_t>(500, 'a'));
  folder.write("short.thm", {1, 2, 3});
  folder.write("cut.thm", {bytes.begin(), bytes.end() - 1});
  bytes[kModelBytes - 5000] ^= 1;
  folder.write("damaged.thm", bytes);
  const auto error_of = [&](const char* path) -> std::string {
    Thimble story;
    EXPECT_FALSE(story.beginFromFile(path));
    EXPECT_EQ(fake::uses().blocks, 0u);
    return story.error();
  };
  fake::plug_in(folder.board());
  EXPECT_EQ(error_of("/ffat/nothing.thm"),
            "there is no file /ffat/nothing.thm: put it there, and start its file system first (FFat.begin())");
  EXPECT_EQ(error_of("/ffat/text.thm"), "/ffat/text.thm is no model (a .thm file)");
  EXPECT_EQ(error_of("/ffat/short.thm"), "/ffat/short.thm: truncated: model: found 3, expected 128");
  EXPECT_EQ(error_of("/ffat/cut.thm"), "/ffat/cut.thm: truncated: model: found 220927, expected 220928");
  EXPECT_EQ(error_of("/ffat/damaged.thm").rfind("the model is damaged, write it again: corrupt", 0), 0u);
  fake::Board small = folder.board();
  small.internal = {100 * 1024};
  fake::plug_in(small);
  EXPECT_EQ(error_of("/ffat/story.thm").rfind("/ffat/story.thm: out of memory: file: found ", 0), 0u);
}

}  // namespace
