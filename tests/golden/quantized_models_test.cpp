// Real models with quantised weights and cache: how much they lose, and the very bits of their logits.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "tests/support/engine_fixture.h"
#include "tests/support/shared_models.h"

namespace thimble {
namespace {

using testing::TestEngine;
using tools::WeightType;

const testing::SharedModel& shared_model(const std::string& name) {
  for (const testing::SharedModel& model : testing::shared_models()) {
    if (model.name == name) return model;
  }
  throw std::out_of_range(name);
}

tools::ImageBytes image_of(const std::string& name, WeightType type) {
  const testing::SharedModel& model = shared_model(name);
  return testing::import_shared(model.checkpoint, model.tokenizer, type);
}

std::vector<std::string> first_stories(size_t count) {
  const std::string text = testing::read_text(testing::shared_folder() / "eval/tinystories_tail.txt");
  const std::string separator = "<|endoftext|>";
  std::vector<std::string> stories;
  for (size_t at = 0; stories.size() < count;) {
    const size_t end = text.find(separator, at);
    std::string story = text.substr(at, end - at);
    story.erase(0, story.find_first_not_of(" \n"));
    story.erase(story.find_last_not_of(" \n") + 1);
    if (!story.empty()) stories.push_back(story);
    if (end == std::string::npos) break;
    at = end + separator.size();
  }
  return stories;
}

std::vector<uint32_t> encode(const Model& model, const std::string& text, size_t most) {
  Tokenizer tokenizer;
  if (!tokenizer.open(model.vocabulary(), model.config().vocab_size).ok()) throw std::runtime_error("tokenizer");
  std::vector<std::byte> workspace(Tokenizer::workspace_bytes(text.size() + 1));
  std::vector<uint32_t> tokens(text.size() + 2);
  size_t count = 0;
  if (!tokenizer.encode(text, {}, workspace, tokens, &count).ok()) throw std::runtime_error("encode");
  tokens.resize(std::min(count, most));
  return tokens;
}

// Nats per token that a model needs for the first stories of the evaluation text.
double nats_per_token(std::span<const std::byte> image, KvType kv_type, size_t stories) {
  TestEngine run(image, {.max_batch = kMaxBatch, .kv_type = kv_type});
  double nats = 0;
  size_t count = 0;
  for (const std::string& story : first_stories(stories)) {
    const auto tokens = encode(run.model(), story, run.engine().context());
    const auto logits = run.logits(tokens);
    for (size_t t = 0; t + 1 < tokens.size(); ++t) {
      const double largest = static_cast<double>(*std::max_element(logits[t].begin(), logits[t].end()));
      double sum = 0;
      for (const float logit : logits[t]) sum += std::exp(static_cast<double>(logit) - largest);
      nats += largest + std::log(sum) - static_cast<double>(logits[t][tokens[t + 1]]);
      ++count;
    }
  }
  return nats / static_cast<double>(count);
}

struct Loss {
  const char* model;
  WeightType weights;
  KvType kv;
  double most;  // nats per token above f32
};

void PrintTo(const Loss& loss, std::ostream* out) {
  *out << loss.model << "_" << tools::weight_type_name(loss.weights) << "_kv_" << kv_type_name(loss.kv);
}

class QuantizedModel : public ::testing::TestWithParam<Loss> {};

// The bars of the project hold for 200 and 100 stories (docs/QUANTIZATION.md); 12 are quick, and scatter more.
TEST_P(QuantizedModel, LosesLittle) {
  THIMBLE_NEED_SHARED();
  constexpr size_t kStories = 12;
  const Loss& loss = GetParam();
  const auto exact = image_of(loss.model, WeightType::kF32);
  const auto quantized = image_of(loss.model, loss.weights);
  const double extra =
      nats_per_token(quantized.span(), loss.kv, kStories) - nats_per_token(exact.span(), KvType::kF32, kStories);
  EXPECT_LT(extra, loss.most);
  EXPECT_GT(extra, -loss.most);
}

INSTANTIATE_TEST_SUITE_P(Profiles, QuantizedModel,
                         ::testing::Values(Loss{"stories260K", WeightType::kQ8, KvType::kF32, 0.008},
                                           Loss{"stories260K", WeightType::kQ8, KvType::kI8, 0.010},
                                           Loss{"stories260K", WeightType::kQ4, KvType::kI8, 0.10},
                                           Loss{"stories260K", WeightType::kF32, KvType::kI8, 0.005},
                                           Loss{"babyllama105", WeightType::kQ8, KvType::kI8, 0.010},
                                           Loss{"babyllama105", WeightType::kQ4, KvType::kI8, 0.06},
                                           Loss{"babyllama105", WeightType::kMixed, KvType::kI8, 0.05}));

// A device with 400 kB for everything but code: model, plan, objects, and 4 KiB of stack.
TEST(QuantizedMemory, AStoryModelRunsIn400kB) {
  THIMBLE_NEED_SHARED();
  constexpr size_t kStackBytes = 4096;
  const auto image = image_of("stories260K", WeightType::kQ8);
  const TestEngine run(image.span(), {.context = 256, .max_batch = 1});
  ASSERT_EQ(run.plan().options.kv_type, KvType::kI8);
  const size_t objects = sizeof(Model) + sizeof(Engine) + sizeof(Generator);
  EXPECT_LT(image.span().size() + run.plan().total_bytes() + objects + kStackBytes, 400'000u);
}

}  // namespace
}  // namespace thimble
