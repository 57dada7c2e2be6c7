// Power-on of the storyteller: what it says of the board, what it does without some of it, and which model it finds.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "base/bytes.h"
#include "firmware/storyteller/numbers.h"
#include "tests/firmware/storyteller_support.h"
#include "tests/support/model_fixture.h"
#include "tests/support/thm_editor.h"

namespace thimble::testing {
namespace {

std::vector<std::byte> as_file(std::span<const std::byte> image) { return {image.begin(), image.end()}; }

constexpr size_t kPartitionBytes = 512 * 1024;
constexpr const char* kCard = "/sdcard/model.thm";

class StorytellerBoot : public ::testing::Test {
 protected:
  // Power-on, deeds, power-off. Then board_ holds what was said.
  void run(const storyteller::Options& options = PowerOn::with_shipped_model()) {
    PowerOn teller(&board_, options);
    teller.start().serve();
  }

  void expect_log(const std::string& part) { EXPECT_TRUE(contains(board_.log, part)) << part << "\n\n" << board_.log; }
  void expect_no_log(const std::string& part) {
    EXPECT_FALSE(contains(board_.log, part)) << part << "\n\n" << board_.log;
  }
  // Whether the model that the program holds tells.
  void expect_built_in() {
    expect_log("model: story from built in, 225408 bytes\n");
    expect_log("self-test: ok, hash fd7203c3b6507299");
    expect_log("first token after");
  }

  FakeBoard board_;
};

// --- the report ---

TEST_F(StorytellerBoot, ReportsTheBoard) {
  make_usual(&board_);
  run();
  expect_log("chip: ESP32-S3, 2 cores\nrevision: 0.02\nclock: 240 MHz of 240\nSDK: a fake\nstarted by: power on\n");
  expect_log("flash: 8 MB, QIO, 80 MHz; this program was built for 8 MB\n");
  expect_log("PSRAM: 8 MB, octal, 80 MHz\ndata cache: 64 KiB, lines of 64 bytes\n");
  expect_log("heap, fast: 40000 of 300000 bytes free, largest block 20000\n");
  expect_log("engine, fast memory: 257152 of 327424 bytes\nengine, bulk memory: 0 of 8388480 bytes\n");
  expect_log("weights copied there: 38 of 38 tensors, 180352 bytes; context: 256 of 256 tokens\n");
  expect_log("ready after ");
  expect_built_in();
  expect_no_log("warning");
  EXPECT_TRUE(board_.text.ends_with("\n> ")) << board_.text;
}

TEST_F(StorytellerBoot, GoesOnWherePsramIsNotFound) {
  make_usual(&board_, false);
  board_.facts.psram = port::Psram::kNotFound;
  board_.facts.psram_mode = "octal";
  run();
  expect_log("warning: this program was built for octal PSRAM, and none answered");
  expect_log("R2 at its end is quad, R8 and R16 are octal");
  expect_log(
      "idf.py menuconfig: Component config > ESP PSRAM > SPI RAM config > Mode (QUAD/OCT) of SPI RAM chip in use > "
      "Quad Mode PSRAM\n");
  expect_log("Arduino: Tools > PSRAM > QSPI PSRAM\n");
  expect_log("platformio.ini: board_build.arduino.memory_type = qio_qspi\n");
  expect_built_in();
}

TEST_F(StorytellerBoot, NamesTheOtherModeOfPsram) {
  make_usual(&board_, false);
  board_.facts.psram = port::Psram::kNotFound;
  board_.facts.psram_mode = "quad";
  run();
  expect_log("> Octal Mode PSRAM\n");
  expect_log("Arduino: Tools > PSRAM > OPI PSRAM\n");
  expect_log("platformio.ini: board_build.arduino.memory_type = qio_opi\n");
}

TEST_F(StorytellerBoot, AnEsp32HasOneModeOfPsram) {
  make_usual(&board_, false);
  board_.facts.chip = "ESP32";
  board_.facts.psram = port::Psram::kNotFound;
  board_.facts.psram_mode = "quad";
  run();
  expect_log("WROVER and PICO-V3-02 have PSRAM, WROOM has none\n");
  expect_no_log("Octal");
}

TEST_F(StorytellerBoot, SaysWhichSettingsAreSlow) {
  make_usual(&board_);
  board_.facts.data_cache_line_bytes = 32;
  board_.facts.cpu_mhz = 160;
  board_.facts.psram_mhz = 40;
  run();
  expect_log("warning: data cache lines of 32 bytes");
  expect_log("Component config > ESP System Settings > Cache config > Data cache line size > 64 Bytes\n");
  expect_log("Arduino: fixed in its core; ESP-IDF can set it\n");
  expect_log("warning: the CPU runs at 160 MHz of 240\n");
  expect_log("Component config > ESP System Settings > CPU frequency\n");
  expect_log("Arduino: Tools > CPU Frequency\n  platformio.ini: board_build.f_cpu = 240000000L\n");
  expect_log("warning: PSRAM runs at 40 MHz of 80\n");
  expect_log("Set RAM clock speed > 80MHz clock speed\n");
}

TEST_F(StorytellerBoot, QuadPsramIsCalledSlow) {
  make_usual(&board_);
  board_.facts.psram_mode = "quad";
  run();
  expect_log("note: quad PSRAM gives a third of what octal gives; a module of suffix R2 has no other\n");
}

TEST_F(StorytellerBoot, AChipWhoseLinesAreFixedIsNotBlamed) {
  make_usual(&board_, false);
  board_.facts.chip = "ESP32-C3";
  board_.facts.data_cache_line_bytes = 32;
  run();
  expect_no_log("warning");
}

TEST_F(StorytellerBoot, SaysWhenTheFlashIsSmallerThanConfigured) {
  make_usual(&board_);
  board_.facts.flash_bytes = 4u << 20;
  run();
  expect_log("warning: this program was built for 8 MB of flash, and the chip has 4 MB\n");
  expect_log("idf.py menuconfig: Serial flasher config > Flash size\n  Arduino: Tools > Flash Size\n");
  expect_log("platformio.ini: board_upload.flash_size = 4MB\n");
}

TEST_F(StorytellerBoot, SaysHowMuchPsramAnEsp32Reaches) {
  make_usual(&board_);
  board_.facts.chip = "ESP32";
  board_.facts.psram_mode = "quad";
  board_.facts.psram_mapped_bytes = 4u << 20;
  run();
  expect_log("warning: 4 MB of 8 MB of PSRAM are within reach; an ESP32 maps no more");
}

TEST_F(StorytellerBoot, SaysNothingOfWhatIsNotKnown) {
  make_usual(&board_);
  board_.facts = {};
  run();
  expect_log("chip: not known, 2 cores\n");
  expect_no_log("flash:");
  expect_no_log("warning");
  expect_built_in();
}

// --- memory ---

TEST_F(StorytellerBoot, TestsPsramAndGoesOnWithoutBadOne) {
  make_usual(&board_);
  const auto psram = board_.memory(2);
  board_.stuck_word = reinterpret_cast<uint32_t*>(psram.data() + 1'000'000);
  storyteller::Options options = PowerOn::with_shipped_model();
  options.test_memory = true;
  run(options);
  expect_log("warning: memory test: 2 of 4194304 reads were wrong, first at 0x");
  char address[20];
  std::snprintf(address, sizeof address, "%016zx", reinterpret_cast<uintptr_t>(board_.stuck_word));
  expect_log(address);
  EXPECT_LT(board_.log.find("chip: "), board_.log.find("memory test: ")) << "what is tested is said first";
  expect_log("going on without these 8388608 bytes of bulk memory\n");
  expect_no_log("engine, bulk memory");
  expect_built_in();
  EXPECT_GE(board_.yields, 4 * psram.size() / (256 * 1024));
}

TEST_F(StorytellerBoot, UsesPsramThatHoldsWhatIsWritten) {
  make_usual(&board_);
  storyteller::Options options = PowerOn::with_shipped_model();
  options.test_memory = true;
  run(options);
  expect_no_log("memory test");
  expect_log("engine, bulk memory");
}

TEST_F(StorytellerBoot, ManySmallPiecesAreEnoughTogether) {
  for (size_t i = 0; i < kMaxBlocks; ++i) board_.add_memory(Region::kFast, 12 * 1024);
  run();
  expect_log("context: 256 of 256 tokens\n");
  expect_built_in();
}

TEST_F(StorytellerBoot, LittleMemoryShortensTheContext) {
  board_.add_memory(Region::kFast, 36 * 1024);
  board_.facts.psram = port::Psram::kOff;
  board_.type("/seed 34");
  board_.type("A cat named Tom");
  run();
  const std::string start = "weights copied there: ";
  ASSERT_TRUE(contains(board_.log, start)) << board_.log;
  const size_t at = board_.log.find("context: ") + 9;
  const int context = std::stoi(board_.log.substr(at));
  EXPECT_GE(context, 32);
  EXPECT_LT(context, 256);
  expect_log("note: memory is short, so stories end early; ");
  expect_log("warning: PSRAM is off, and would give this model room, if the module has some\n");
  expect_log("idf.py menuconfig: Component config > ESP PSRAM > Support for external, SPI-connected RAM\n");
  expect_log("build_flags = -DBOARD_HAS_PSRAM\n");
  // What there is room for is told as everywhere.
  const std::string told = tell_elsewhere(shipped_model(), "A cat named Tom", 34).text;
  EXPECT_TRUE(contains(board_.text, told.substr(0, 60))) << board_.text;
}

TEST_F(StorytellerBoot, TooLittleMemoryIsSaidInBytes) {
  board_.add_memory(Region::kFast, 8 * 1024);
  board_.type("Once");
  board_.type("/stats");
  board_.type("/selftest");
  board_.type("/bench");
  board_.type("/model");
  board_.type("/mem");
  board_.press();
  run();
  expect_log("it needs ");
  expect_log(" bytes at least, and there are 8064 in 1 pieces, the largest of 8064\n");
  expect_log("built in is passed over: out of memory");
  expect_log("error: there is no model to run; /model says why\n");
  EXPECT_EQ(count(board_.text, "there is no model to tell with; /model says why\n"), 1u) << board_.text;
  EXPECT_EQ(count(board_.text, "there is no model; /model says why\n"), 3u) << board_.text;
  EXPECT_TRUE(contains(board_.text, "6 built in: passed over: out of memory")) << board_.text;
  EXPECT_TRUE(contains(board_.text, "stack never used: 1234 bytes\n")) << board_.text;
}

TEST_F(StorytellerBoot, NoMemoryAtAllIsNoCrash) {
  run();
  expect_log("error: there is no model to run; /model says why\n");
}

TEST_F(StorytellerBoot, TheWatchdogIsFedWhileASlowBoardProvesItself) {
  make_usual(&board_);
  board_.stage_milliseconds = 150;
  run();
  EXPECT_GT(board_.longest_hunger_milliseconds, 2500u) << "the board is not slow enough to prove anything";
  EXPECT_LT(board_.longest_hunger_milliseconds, 5000u);
}

// --- models ---

TEST_F(StorytellerBoot, AModelInAPartitionComesFirst) {
  make_usual(&board_);
  const auto image = to_thm(make_fixture(medium_spec()), tools::WeightType::kQ8);
  board_.partitions["model"] = as_partition(image.span(), kPartitionBytes);
  board_.type("/seed 5");
  board_.type("/hash on");
  board_.type("ab");
  board_.type("/stats");
  board_.type("/model");
  run();
  expect_log(" from partition model, " + std::to_string(image.span().size()) + " bytes\n");
  expect_log("self-test: ok");
  expect_no_log("built in");
  const Told told = tell_elsewhere(image.span(), "ab", 5);
  EXPECT_TRUE(contains(board_.text, told.text + "\n")) << board_.text;
  EXPECT_TRUE(contains(board_.text, "5 partition model: tells, ")) << board_.text;
  EXPECT_TRUE(contains(board_.text, "6 built in: not tried\n")) << board_.text;
}

TEST_F(StorytellerBoot, AModelOnACardComesBeforeAll) {
  make_usual(&board_);
  const auto image = to_thm(make_fixture(medium_spec()), tools::WeightType::kQ8);
  board_.files[kCard] = as_file(image.span());
  board_.partitions["model"] = as_partition(shipped_model(), kPartitionBytes);
  board_.type("/seed 5");
  board_.type("ab");
  run();
  expect_log(std::string(" from file ") + kCard + ", ");
  expect_no_log("from partition");
  EXPECT_TRUE(contains(board_.text, tell_elsewhere(image.span(), "ab", 5).text + "\n")) << board_.text;
}

TEST_F(StorytellerBoot, WeightsOfAFileMayFillPsram) {
  make_usual(&board_);
  const auto image = to_thm(make_fixture(medium_spec()), tools::WeightType::kF32);
  ASSERT_GT(image.span().size(), 320u * 1024);
  board_.files[kCard] = as_file(image.span());
  board_.type("/seed 5");
  board_.type("ab");
  run();
  expect_log("self-test: ok");
  EXPECT_TRUE(contains(board_.text, tell_elsewhere(image.span(), "ab", 5).text + "\n")) << board_.text;
}

TEST_F(StorytellerBoot, AFileThatIsLargerThanTheMemoryIsStreamed) {
  make_usual(&board_, false);
  const auto image = to_thm(make_fixture(medium_spec()), tools::WeightType::kF32);
  board_.files[kCard] = as_file(image.span());
  board_.type("/seed 5");
  board_.type("/hash on");
  board_.type("ab");
  board_.type("/stats");
  run();
  expect_log("the rest is read from the card: ");
  expect_log("self-test: ok");
  const Told told = tell_elsewhere(image.span(), "ab", 5);
  EXPECT_TRUE(contains(board_.text, told.text + "\n")) << board_.text;
  EXPECT_TRUE(contains(board_.text, "logits hash: " + std::string(storyteller::hex(told.hash)))) << board_.text;
  EXPECT_EQ(count(board_.log, " reads, waited for "), 3u) << board_.log;  // of two stories, and of /stats
}

TEST_F(StorytellerBoot, AFileThatFindsNoRoomForItsBuffersIsPassedOver) {
  board_.add_memory(Region::kFast, 20 * 1024);
  board_.files[kCard] = as_file(shipped_model());
  run();
  expect_log(std::string("file ") + kCard + " is passed over: out of memory");
}

TEST_F(StorytellerBoot, AnErasedPartitionIsNoModel) {
  make_usual(&board_);
  board_.partitions["model"] = as_partition({}, kPartitionBytes);
  board_.type("/model");
  run();
  expect_no_log("passed over");
  expect_built_in();
  EXPECT_TRUE(contains(board_.text, "5 partition model: nothing there\n")) << board_.text;
}

TEST_F(StorytellerBoot, APartitionOfSomethingElseIsPassedOver) {
  make_usual(&board_);
  board_.partitions["model"] = tools::ImageBytes(4096);
  run();
  expect_log("partition model is passed over: not a .thm file");
  expect_built_in();
}

TEST_F(StorytellerBoot, APartitionSmallerThanItsModelIsPassedOver) {
  make_usual(&board_);
  board_.partitions["model"] = as_partition(shipped_model().first(100'000), 100'000);
  board_.type("/model");
  run();
  expect_log("partition model is passed over: truncated: partition: found 100000, expected 225408\n");
  EXPECT_TRUE(contains(board_.text, "5 partition model: passed over: truncated: partition")) << board_.text;
  expect_built_in();
}

// The report of a card whose file said it was a gigabyte long: nobody asks for that much.
TEST_F(StorytellerBoot, ALengthThatIsNotTheFilesIsPassedOver) {
  make_usual(&board_);
  ThmEditor model(shipped_model());
  store_u64(model.at(format::header::kTotalBytesAt), 1'032'058'864);
  model.repair();
  board_.files[kCard] = as_file(model.bytes());
  board_.partitions["model"] = as_partition(model.bytes(), kPartitionBytes);
  run();
  expect_log(std::string("file ") + kCard + " is passed over: ");
  expect_log("partition model is passed over: ");
  expect_built_in();
}

TEST_F(StorytellerBoot, AnEmptyOrCutFileIsPassedOver) {
  for (const size_t bytes :
       {size_t{0}, size_t{1}, size_t{127}, size_t{128}, size_t{2000}, size_t{40'000}, size_t{220'927}}) {
    board_.log.clear();
    board_.pieces.clear();
    make_usual(&board_);
    board_.files[kCard] = as_file(shipped_model().first(bytes));
    run();
    expect_log(std::string("file ") + kCard + " is passed over: ");
    expect_built_in();
  }
}

// Every section with one byte that is not what it was. What is mapped is held to its checksums; of the weights of a
// file the self-test is the judge, and sees what the 16 tokens of its run touch, here a layer.
TEST_F(StorytellerBoot, DamagedModelsArePassedOver) {
  using namespace format::section;
  ThmEditor good(shipped_model());
  std::vector<size_t> places = {0, format::header::kDimAt, format::kHeaderBytes + 8};
  for (const uint32_t kind : {kTensors, kRope, kVocab, kBlockSums, kAbout, kData}) {
    places.push_back(static_cast<size_t>(good.section(kind) - good.at(0)) + 20);
  }
  const size_t data = places.back();  // the embedding of a piece that no story has
  places.push_back(shipped_model().size() - 100);
  for (const size_t place : places) {
    SCOPED_TRACE(place);
    ThmEditor bad(shipped_model());
    *bad.at(place) ^= std::byte{0x10};
    board_.log.clear();
    board_.pieces.clear();
    make_usual(&board_);
    board_.files[kCard] = as_file(bad.bytes());
    board_.partitions["model"] = as_partition(bad.bytes(), kPartitionBytes);
    if (place == data) board_.files.clear();
    run();
    if (place != data) expect_log(std::string("file ") + kCard + " is passed over: ");
    expect_log("partition model is passed over: ");
    expect_built_in();
  }
}

TEST_F(StorytellerBoot, ABuiltInModelThatProvesNothingTellsWithAWarning) {
  make_usual(&board_);
  ThmEditor model(shipped_model());
  // Another weight, behind checksums that agree.
  *model.at(shipped_model().size() - 100) ^= std::byte{1};
  model.repair();
  storyteller::Options options;
  options.built_in = model.bytes();
  run(options);
  expect_log("self-test: FAILED, hash ");
  expect_log(" for fd7203c3b6507299; the model is damaged, or this board's memory is\n");
  expect_log("first token after");
}

TEST_F(StorytellerBoot, AReadThatFailsPassesTheFileOver) {
  for (const uint64_t reads : {0u, 1u, 2u, 10u}) {
    board_.log.clear();
    board_.pieces.clear();
    make_usual(&board_);
    board_.files[kCard] = as_file(shipped_model());
    board_.reads_until_failure = reads;
    board_.failing_reads = 3;  // an engine tries again, twice
    run();
    expect_log(std::string("file ") + kCard + " is passed over: read failed");
    expect_built_in();
  }
}

// --- a card that goes away and comes back ---

std::string without_newlines(std::string text) {
  std::erase(text, '\n');
  return text;
}

// At some reads of a story, and for longer than an engine tries by itself.
TEST_F(StorytellerBoot, AStoryGoesOnWhenTheCardIsBack) {
  const auto image = to_thm(make_fixture(medium_spec()), tools::WeightType::kF32);
  const std::string told = without_newlines(tell_elsewhere(image.span(), "ab", 5).text);
  for (const uint64_t reads : {0u, 1u, 7u, 100u}) {
    board_.text.clear();
    board_.log.clear();
    board_.pieces.clear();
    make_usual(&board_, false);
    board_.files[kCard] = as_file(image.span());
    PowerOn teller(&board_);
    teller.start();
    board_.text.clear();
    board_.type("/seed 5");
    board_.reads_until_failure = reads;
    board_.failing_reads = 7;
    board_.type("ab");
    teller.serve();
    EXPECT_EQ(count(board_.log, "the card does not answer; put it back, and the story goes on"), 1u) << board_.log;
    expect_log(", 7 read again");
    EXPECT_TRUE(contains(without_newlines(board_.text), told)) << reads << "\n" << board_.text;
  }
}

TEST_F(StorytellerBoot, WhoDoesNotWaitForTheCardStopsTheStory) {
  make_usual(&board_, false);
  const auto image = to_thm(make_fixture(medium_spec()), tools::WeightType::kF32);
  board_.files[kCard] = as_file(image.span());
  PowerOn teller(&board_);
  teller.start();
  board_.type("/seed 5");
  board_.reads_until_failure = 8;
  board_.type("ab");
  board_.type_after(2000, "/stop");
  teller.serve();
  EXPECT_EQ(count(board_.text, "the story broke off: read failed"), 1u) << board_.text;
  EXPECT_TRUE(contains(board_.text, "the card does not answer; put it back, or copy the file to it again\n"));
  board_.failing_reads = 0;
  board_.type("ab");
  teller.serve();
  EXPECT_TRUE(contains(board_.text, tell_elsewhere(image.span(), "ab", 5).text + "\n")) << board_.text;
}

TEST_F(StorytellerBoot, EveryModelOfTheCardIsOffered) {
  make_usual(&board_);
  const auto image = to_thm(make_fixture(medium_spec()), tools::WeightType::kQ8);
  board_.files["/sdcard/a.thm"] = as_file(shipped_model());
  board_.files["/sdcard/b.thm"] = as_file(image.span());
  board_.files["/sdcard/notes.txt"] = {};
  PowerOn teller(&board_);
  teller.start();
  board_.type("/model");
  board_.type("/model 2");
  board_.type("/seed 5");
  board_.type("ab");
  teller.serve();
  EXPECT_TRUE(contains(board_.text, "1 file /sdcard/a.thm: tells, 225408 bytes\n2 file /sdcard/b.thm: not tried\n"))
      << board_.text;
  EXPECT_TRUE(contains(board_.text, tell_elsewhere(image.span(), "ab", 5).text + "\n")) << board_.text;
  // Another card, with the model that runs on it or not.
  board_.files.erase("/sdcard/a.thm");
  board_.files["/sdcard/c.thm"] = as_file(shipped_model());
  board_.text.clear();
  board_.type("/model");
  teller.serve();
  EXPECT_TRUE(contains(board_.text, "1 file /sdcard/c.thm: not tried\n2 file /sdcard/b.thm: tells, ")) << board_.text;
}

TEST_F(StorytellerBoot, ACardThatCannotBeReadIsNamedWithTheRemedy) {
  const std::pair<Status, std::string> kCases[] = {
      {Status::error(Code::kReadFailed, "card"), "no card answers: push it in until it holds"},
      {Status::error(Code::kUnsupported, "file system of the card"), "format the card as FAT32"},
      {Status::error(Code::kOutOfMemory, "card"), "Internal memory left to the rest of the program"},
  };
  for (const auto& [status, advice] : kCases) {
    board_.log.clear();
    board_.text.clear();
    board_.pieces.clear();
    make_usual(&board_);
    board_.card_status = status;
    board_.type("/model");
    run();
    expect_log("\ncard: ");
    expect_log(advice);
    EXPECT_TRUE(contains(board_.text, "1 card: nothing there\n  ")) << board_.text;
    EXPECT_TRUE(contains(board_.text, advice)) << board_.text;
    expect_built_in();
  }
}

TEST_F(StorytellerBoot, WithoutASlotNobodyAsksForACard) {
  make_usual(&board_);
  board_.card_status = Status::error(Code::kNotReady, "card");
  board_.type("/model");
  run();
  expect_no_log("card");
  EXPECT_TRUE(contains(board_.text, "1 card: nothing there\n  no card slot was chosen: ")) << board_.text;
}

// --- switching ---

TEST_F(StorytellerBoot, ModelSwitches) {
  make_usual(&board_);
  const auto image = to_thm(make_fixture(medium_spec()), tools::WeightType::kQ8);
  board_.files[kCard] = as_file(image.span());
  board_.type("/temp 0.1");
  board_.type("/model 6");
  board_.type("/seed 34");
  board_.type("A cat named Tom");
  board_.type("/model 1");
  board_.type("/seed 5");
  board_.type("ab");
  board_.type("/model");
  run();
  EXPECT_TRUE(contains(board_.text, "built in tells now, with the settings that it recommends\n")) << board_.text;
  EXPECT_TRUE(contains(board_.text, tell_elsewhere(shipped_model(), "A cat named Tom", 34).text + "\n")) << board_.text;
  EXPECT_TRUE(contains(board_.text, tell_elsewhere(image.span(), "ab", 5).text + "\n")) << board_.text;
  EXPECT_TRUE(contains(board_.text, std::string("1 file ") + kCard + ": tells, ")) << board_.text;
  EXPECT_TRUE(contains(board_.text, "6 built in: good, 225408 bytes\n")) << board_.text;
}

TEST_F(StorytellerBoot, ASwitchToABadModelGoesBack) {
  make_usual(&board_);
  board_.partitions["model"] = tools::ImageBytes(4096);
  board_.type("/model 5");
  board_.type("/model 1");
  board_.type("/seed 34");
  board_.type("A cat named Tom");
  run();
  EXPECT_TRUE(contains(board_.text, "model: not good; the one before goes on\n")) << board_.text;
  EXPECT_TRUE(contains(board_.text, "there is no model on the card; /model says why\n")) << board_.text;
  EXPECT_TRUE(contains(board_.text, tell_elsewhere(shipped_model(), "A cat named Tom", 34).text + "\n")) << board_.text;
}

TEST_F(StorytellerBoot, AFileGivenByNameComesFirst) {
  make_usual(&board_);
  board_.files[kCard] = as_file(shipped_model());
  board_.files["mine.thm"] = as_file(to_thm(make_fixture(medium_spec()), tools::WeightType::kQ8).span());
  storyteller::Options options = PowerOn::with_shipped_model();
  options.model_file = "mine.thm";
  run(options);
  expect_log(" from file mine.thm, ");
  expect_no_log(kCard);
}

}  // namespace
}  // namespace thimble::testing
