// Thimble.h on boards and with models that will not do: what error() says, and that nothing is kept.

#include <cstring>

#include "library_fixture.h"

namespace {

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
            "partition \"model\": truncated: model: found 65536, expected 225408");
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
            "there is no file /ffat/nothing.thm: put it there, and start its file system first (FFat.begin(), "
            "SD_MMC.begin())");
  EXPECT_EQ(error_of("/ffat/text.thm"), "/ffat/text.thm is no model (a .thm file)");
  EXPECT_EQ(error_of("/ffat/short.thm"), "/ffat/short.thm: truncated: model: found 3, expected 128");
  EXPECT_EQ(error_of("/ffat/cut.thm"), "/ffat/cut.thm: truncated: model: found 225407, expected 225408");
  EXPECT_EQ(error_of("/ffat/damaged.thm").rfind("the model is damaged, write it again: corrupt", 0), 0u);
  // A bad file is passed over, and the model of the sketch tells.
  Thimble story(thimble_story_model);
  EXPECT_FALSE(story.beginFromFile("/ffat/damaged.thm"));
  ASSERT_TRUE(story.begin()) << story.error();
  story.setSeed(34);
  EXPECT_EQ(tell(story), expected_);
  story.end();

  fake::Board small = folder.board();
  small.internal = {100 * 1024};
  fake::plug_in(small);
  EXPECT_EQ(error_of("/ffat/story.thm").rfind("/ffat/story.thm: out of memory: file: found ", 0), 0u);
}

}  // namespace
