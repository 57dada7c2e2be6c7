#include "tests/firmware/storyteller_support.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/engine_fixture.h"
#include "tests/support/shared_models.h"

namespace thimble::testing {

std::span<const std::byte> shipped_model() {
  static const tools::ImageBytes image = [] {
    const auto bytes = read_file(std::filesystem::path(THIMBLE_SOURCE_DIR) / "models/story.thm");
    tools::ImageBytes aligned(bytes.size());
    std::memcpy(aligned.span().data(), bytes.data(), bytes.size());
    return aligned;
  }();
  return image.span();
}

void make_usual(FakeBoard* board, bool psram) {
  board->add_memory(Region::kFast, 256 * 1024);
  board->add_memory(Region::kFast, 64 * 1024);
  if (psram) {
    board->add_memory(Region::kBulk, 8u << 20);
  } else {
    board->facts.psram = port::Psram::kOff;
    board->facts.psram_mode = nullptr;
    board->facts.psram_bytes = board->facts.psram_mapped_bytes = 0;
    board->facts.psram_mhz = 0;
  }
}

PowerOn::PowerOn(FakeBoard* board, const storyteller::Options& options)
    : board_(*board), storyteller_(std::make_unique<storyteller::Storyteller>(options)) {}

PowerOn::~PowerOn() = default;

storyteller::Options PowerOn::with_shipped_model() {
  storyteller::Options options;
  options.built_in = shipped_model();
  return options;
}

PowerOn& PowerOn::start() {
  storyteller_->start();
  return *this;
}

PowerOn& PowerOn::serve() {
  constexpr size_t kMost = 1000;
  size_t rounds = 0;
  for (; !board_.deeds.empty() && rounds < kMost; ++rounds) storyteller_->serve();
  EXPECT_LT(rounds, kMost) << "a deed that nobody waits for";
  // What was typed while the last story was told.
  for (int i = 0; i < 5; ++i) storyteller_->serve();
  return *this;
}

Told tell_elsewhere(std::span<const std::byte> image, const std::string& prompt, uint64_t seed, float temperature) {
  TestEngine run(image);
  GeneratorParams params;
  params.sampler = model_sampling(run.model());
  params.sampler.seed = seed;
  if (temperature >= 0) params.sampler.temperature = temperature;
  params.hash_logits = true;
  const Generated story = generate(run.engine(), prompt, params);
  return {prompt + story.text, story.hash};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

}  // namespace thimble::testing
