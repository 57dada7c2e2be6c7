// What is predicted for models that are larger than the memory, and the document that states it.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/plan/blank_model.h"
#include "tools/plan/prediction.h"

namespace thimble {
namespace {

using testing::Blank;
using tools::Hardware;
using tools::Medium;
using tools::Prediction;
using tools::WeightType;

struct Streamed {
  const char* what;
  const char* shape;
  WeightType type;
  const char* board;
  double card;          // bytes a second
  double at_least = 0;  // tokens a second that were aimed at; 0: none
  double psram = 0;     // bytes a second; 0: as the board has it
};

constexpr uint64_t kInMemory = 3'000'000;  // at most so many bytes of Tiny-LLM
constexpr double kSpi = 1.7e6;             // boards/chips/esp32s3.json
constexpr double kPsramAt40Mhz = 10e6;     // boards/chips/esp32.json

constexpr Streamed kStreamed[] = {
    {"Tiny-LLM, q8", "tiny-llm", WeightType::kQ8, "esp32-cam", 17e6, 3},
    {"Tiny-LLM, q8", "tiny-llm", WeightType::kQ8, "esp32-cam", 8.4e6, 1.8},
    {"Tiny-LLM, q8", "tiny-llm", WeightType::kQ8, "esp32-cam", 17e6, 0, kPsramAt40Mhz},
    {"Tiny-LLM, f32", "tiny-llm", WeightType::kF32, "esp32-cam", 17e6, 0.55},
    {"Tiny-LLM, f32", "tiny-llm", WeightType::kF32, "esp32-cam", 8.4e6, 0.27},
    {"stories15M, f32", "stories15M", WeightType::kF32, "esp32-s3-n16r8", 17e6, 0.25},
    {"stories15M, f32", "stories15M", WeightType::kF32, "esp32-s3-n16r8", 8.4e6},
    {"stories15M, f32", "stories15M", WeightType::kF32, "esp32-s3-n16r8", kSpi, 1.0 / 120},
};

struct Predicted {
  Prediction prediction;
  std::string row;  // of the document
};

Predicted predict(const Streamed& c) {
  const Blank blank(testing::known(c.shape), c.type);
  Hardware board = tools::hardware_of(c.board, {});
  board.machine.rates[static_cast<size_t>(Medium::kCard)] = {c.card, c.card};
  auto& psram = board.machine.rates[static_cast<size_t>(Medium::kBulk)];
  if (c.psram > 0) psram = {c.psram, c.psram};
  Prediction p = tools::predict(blank.model(), board, {});
  if (std::string(c.shape) == "tiny-llm") {
    EXPECT_GT(p.plan.resident_bytes, kInMemory);
    board.memory.regions[static_cast<size_t>(Region::kBulk)].block_bytes[0] -= p.plan.resident_bytes - kInMemory;
    p = tools::predict(blank.model(), board, {});
  }
  std::array<char, 256> row;
  std::snprintf(row.data(), row.size(), "| %s | %s, %.3g | %.1f | %.1f | %.1f | %.2g | %.1f s |", c.what, c.board,
                psram.one_core / 1e6, static_cast<double>(p.plan.resident_bytes) / 1e6,
                static_cast<double>(p.plan.streamed_bytes) / 1e6, c.card / 1e6, 1 / p.speed.token_seconds,
                p.speed.first_token_seconds);
  return {p, row.data()};
}

TEST(StreamedPredictions, ReachWhatWasAimedAtAndStandInTheDocument) {
  std::ifstream file(THIMBLE_SOURCE_DIR "/docs/PREDICTIONS.md");
  std::stringstream document;
  document << file.rdbuf();
  for (const Streamed& c : kStreamed) {
    const auto [p, row] = predict(c);
    ASSERT_EQ(p.problem, "") << c.what;
    std::printf("%s\n", row.c_str());
    EXPECT_GE(1 / p.speed.token_seconds, c.at_least) << row;
    EXPECT_NE(document.str().find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace thimble
