// Predictions of Thimble itself: instructions against the record of the emulators, plans against the storyteller's,
// bytes against the file.

#include "tools/plan/prediction.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "firmware/storyteller/plan_for_memory.h"
#include "ports/host/file.h"
#include "tests/plan/blank_model.h"
#include "tests/support/engine_fixture.h"
#include "tools/error.h"
#include "tools/flash/board.h"
#include "tools/plan/fitting.h"
#include "tools/plan/token_work.h"

namespace thimble {
namespace {

using testing::Blank;
using testing::known;
using tools::Medium;
using tools::Prediction;
using tools::WeightType;

const host::MappedFile& story_file() {
  static const host::MappedFile file(THIMBLE_SOURCE_DIR "/models/story.thm");
  return file;
}

ModelConfig pruned(ModelConfig config, uint32_t vocabulary) {
  config.vocab_size = vocabulary;
  return config;
}

// Instructions of a token, all weights in place: costs at one cycle an instruction.
double instructions(const Model& model, const std::string& kernels, uint32_t tokens) {
  PlanOptions options;
  const Plan plan = make_plan(model, options, MemoryLayout::unlimited());
  EXPECT_TRUE(plan.status.ok());
  tools::Sweep sweep;
  sweep.positions = (tokens + 1) / 2.0;
  double cycles = 0;
  for (const tools::Work& work : sweep_work(model, plan, tools::kernel_costs(kernels, 1), sweep)) cycles += work.cycles;
  return cycles;
}

// bench/emu-baseline: image, model, tokens, instructions.
std::map<std::string, double> baseline() {
  std::ifstream file(THIMBLE_SOURCE_DIR "/bench/emu-baseline");
  std::map<std::string, double> figures;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string image;
    std::string model;
    std::string tokens;
    double count = 0;
    if (words >> image >> model >> tokens >> count) figures[image + " " + model] = count;
  }
  return figures;
}

TEST(TokenWork, HasTheInstructionsThatTheEmulatorsCount) {
  const auto figures = baseline();
  const Blank q8(known("stories260K"), WeightType::kQ8);
  const Blank f32(known("stories260K"), WeightType::kF32);
  Model story;
  ASSERT_TRUE(story.open(story_file().bytes()).ok());
  const struct {
    const char* image;
    const char* name;
    const Model& model;
    const char* kernels;
    uint32_t tokens;
  } cases[] = {
      {"xtensa", "stories260K-q8", q8.model(), "xtensa-mac16", 256},
      {"xtensa", "story", story, "xtensa-mac16", 128},
      {"xtensa", "stories260K-f32", f32.model(), "xtensa-mac16", 32},
      {"rv32imc", "stories260K-q8", q8.model(), "riscv-scalar", 256},
      {"rv32imc", "story", story, "riscv-scalar", 128},
      {"rv32imafc", "stories260K-q8", q8.model(), "riscv-scalar-fpu", 256},
      {"rv32imafc", "stories260K-f32", f32.model(), "riscv-scalar-fpu", 32},
  };
  for (const auto& c : cases) {
    const double counted = figures.at(std::string(c.image) + " " + c.name);
    EXPECT_NEAR(instructions(c.model, c.kernels, c.tokens), counted, 0.06 * counted) << c.image << " " << c.name;
  }
}

// How often the cores meet is the engine's own count.
TEST(TokenWork, CountsTheCallsOfWorkersThatTheEngineMakes) {
  struct Calls {
    uint32_t count = 0;
    static void run(void* context, Parallel::Task task, void* argument) {
      ++static_cast<Calls*>(context)->count;
      for (uint32_t worker = 0; worker < 2; ++worker) task(argument, worker);
    }
  };
  PlanOptions options;
  options.max_workers = 2;
  testing::TestEngine made(story_file().bytes(), options);
  Calls calls;
  ASSERT_TRUE(made.engine().set_parallel({Calls::run, &calls, 2}).ok());
  const LogitsSink sink{[](void*, uint32_t, uint32_t, std::span<const float>) {}, nullptr};
  const uint32_t token = 1;
  ASSERT_TRUE(made.engine().forward({&token, 1}, LogitsOf::kLast, &sink).ok());
  double joins = 0;
  for (const auto& work : sweep_work(made.model(), made.plan(), tools::kernel_costs("xtensa-pie", 1.2), {})) {
    joins += work.joins;
  }
  EXPECT_EQ(joins, calls.count);
}

TEST(TokenWork, APromptSharesTheBytesOfASweep) {
  const Blank blank(pruned(known("stories15M"), 8192), WeightType::kQ4);
  const tools::Hardware board = tools::hardware_of("esp32-s3-n16r8", {});
  const Plan plan = tools::fit_plan(blank.model(), board, {});
  tools::Sweep one;
  one.logits = false;
  tools::Sweep eight = one;
  eight.tokens = 8;
  double bytes[2] = {};
  double cycles[2] = {};
  for (int i = 0; i < 2; ++i) {
    for (const tools::Work& work : sweep_work(blank.model(), plan, board.kernels, i == 0 ? one : eight)) {
      if (work.stage != "attention") bytes[i] += work.bytes;
      cycles[i] += work.cycles;
    }
  }
  EXPECT_EQ(bytes[0], bytes[1]);
  EXPECT_NEAR(cycles[1], 8 * cycles[0], 1);
}

TEST(FitPlan, IsTheStorytellers) {
  Model story;
  ASSERT_TRUE(story.open(story_file().bytes()).ok());
  const Blank small(known("stories260K"), WeightType::kQ8);
  const Blank large(pruned(known("stories15M"), 8192), WeightType::kQ4);
  for (const std::string& name : tools::board_names()) {
    const tools::Hardware board = tools::hardware_of(name, {});
    for (const Model* model : std::initializer_list<const Model*>{&story, &small.model(), &large.model()}) {
      Plan expected;
      storyteller::plan_for_memory(*model, board.memory, board.machine.cores, &expected);
      const Plan plan = tools::fit_plan(*model, board, {});
      EXPECT_EQ(plan.status.code(), expected.status.code()) << name;
      EXPECT_EQ(plan.options.context, expected.options.context) << name;
      EXPECT_EQ(plan.options.max_batch, expected.options.max_batch) << name;
      EXPECT_EQ(plan.resident_bytes, expected.resident_bytes) << name;
      EXPECT_EQ(plan.block_bytes, expected.block_bytes) << name;
    }
  }
}

TEST(Prediction, EveryByteOfEveryTensorHasAPlace) {
  const Blank blank(pruned(known("stories15M"), 8192), WeightType::kQ4);
  for (const std::string& name : tools::board_names()) {
    const Prediction p = tools::predict(blank.model(), tools::hardware_of(name, {}), {});
    ASSERT_EQ(p.problem, "") << name;
    ASSERT_EQ(p.tensors.size(), blank.model().tensor_count());
    for (uint32_t i = 0; i < blank.model().tensor_count(); ++i) {
      uint64_t bytes = 0;
      for (const uint64_t part : p.tensors[i].bytes) bytes += part;
      EXPECT_EQ(bytes, blank.model().tensor_at(i, nullptr, nullptr).bytes) << name << " " << i;
    }
    double sum = 0;
    for (const tools::StageTime& stage : p.speed.stages) sum += stage.time.total();
    EXPECT_NEAR(sum, p.speed.token_seconds, 1e-9) << name;
    EXPECT_GT(p.speed.first_token_seconds, 0) << name;
  }
}

// 5.85 MB: octal PSRAM holds it all, quad PSRAM of 2 MB and 4 MB of flash do not.
TEST(Prediction, WeightsGoWhereTheBoardHasRoom) {
  const Blank blank(pruned(known("stories15M"), 8192), WeightType::kQ4);
  const Prediction octal = tools::predict(blank.model(), tools::hardware_of("esp32-s3-n16r8", {}), {});
  EXPECT_EQ(octal.elsewhere, Medium::kFlash);
  for (const tools::TensorPlace& tensor : octal.tensors)
    EXPECT_EQ(tensor.bytes[static_cast<size_t>(Medium::kFlash)], 0u);
  const Prediction small = tools::predict(blank.model(), tools::hardware_of("esp32-s3-n4r2", {}), {});
  EXPECT_EQ(small.elsewhere, Medium::kCard);
  EXPECT_GT(small.plan.streamed_bytes, 0u);
  EXPECT_GT(small.speed.token_seconds, octal.speed.token_seconds);
  ASSERT_FALSE(small.remedies.empty());
}

// What emulated chips do (docs/BOARDS.md).
TEST(Prediction, TheStoryModelIsInInternalMemory) {
  Model story;
  ASSERT_TRUE(story.open(story_file().bytes()).ok());
  for (const char* name : {"esp32-s3-n16r8", "esp32-devkitc", "esp32-c3-supermini"}) {
    const Prediction p = tools::predict(story, tools::hardware_of(name, {}), {});
    EXPECT_EQ(p.plan.resident_bytes, 180352u) << name;
    for (const tools::StageTime& stage : p.speed.stages) EXPECT_EQ(stage.time.memory, 0) << name << " " << stage.stage;
  }
}

TEST(Prediction, WifiAndArduinoLeaveLess) {
  const Blank blank(known("stories260K"), WeightType::kQ8);
  const auto rate = [&](const tools::Setup& setup) {
    return 1 / tools::predict(blank.model(), tools::hardware_of("esp32-s3-n16r8", setup), {}).speed.token_seconds;
  };
  const double best = rate({});
  EXPECT_LT(rate({tools::Framework::kIdf, true}), best);
  EXPECT_LT(rate({tools::Framework::kArduino, false}), best);
  EXPECT_THROW(tools::hardware_of("esp32-p4-function-ev", {tools::Framework::kIdf, true}), tools::Error);
}

TEST(Prediction, WhatDoesNotFitHasRemedies) {
  const Blank blank(known("stories42M"), WeightType::kF32);
  tools::Wishes wishes;
  wishes.plan.context = 1024;
  const Prediction p = tools::predict(blank.model(), tools::hardware_of("esp32-c3-supermini", {}), wishes);
  EXPECT_NE(p.problem, "");
  EXPECT_TRUE(p.tensors.empty());
  std::string all;
  for (const std::string& remedy : p.remedies) all += remedy + "\n";
  EXPECT_NE(all.find("a board with PSRAM"), std::string::npos) << all;
}

// The context that is named fits, and the next longer one does not.
TEST(Prediction, ALongContextThatDoesNotFitIsOfferedShorter) {
  const Blank blank(known("stories15M"), WeightType::kQ4);
  tools::Wishes wishes;
  wishes.plan.context = 256;
  const tools::Hardware board = tools::hardware_of("esp32-s3-n8", {});
  const Prediction p = tools::predict(blank.model(), board, wishes);
  ASSERT_NE(p.problem, "");
  ASSERT_GE(p.remedies.size(), 2u);
  uint32_t context = 0;
  ASSERT_EQ(std::sscanf(p.remedies[0].c_str(), "a context of %u tokens", &context), 1);
  wishes.plan.context = context;
  EXPECT_EQ(tools::predict(blank.model(), board, wishes).problem, "");
  wishes.plan.context = context + 1;
  EXPECT_NE(tools::predict(blank.model(), board, wishes).problem, "");
}

TEST(Boards, AreFoundByTheNamesTheyAreSoldUnder) {
  EXPECT_EQ(tools::board_called("esp32-s3-n16r8"), "esp32-s3-n16r8");
  EXPECT_EQ(tools::board_called("esp32-s3-devkitc-1-n16r8"), "esp32-s3-n16r8");
  EXPECT_EQ(tools::board_called("ai-thinker-esp32-cam"), "esp32-cam");
  EXPECT_EQ(tools::board_called("esp32"), "");
}

TEST(KernelCosts, AreScaledByCyclesAndCompletedByOthers) {
  const tools::KernelCosts one = tools::kernel_costs("xtensa-mac16", 1);
  const tools::KernelCosts two = tools::kernel_costs("xtensa-mac16", 2);
  EXPECT_DOUBLE_EQ(two.products.at("q8").at("mac"), 2 * one.products.at("q8").at("mac"));
  const tools::KernelCosts pie = tools::kernel_costs("xtensa-pie", 2);
  EXPECT_DOUBLE_EQ(pie.products.at("q8").at("mac"),  // cycles as they are
                   tools::kernel_costs("xtensa-pie", 1).products.at("q8").at("mac"));
  EXPECT_DOUBLE_EQ(pie.integer_stages.at("engine").at("head"),
                   tools::kernel_costs("riscv-scalar-fpu", 2).integer_stages.at("engine").at("head"));
  EXPECT_THROW(tools::kernel_costs("none", 1), tools::Error);
}

}  // namespace
}  // namespace thimble
