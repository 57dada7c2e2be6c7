// Synthetic models: the shapes that they claim, the same bytes every time, and weights that run.

#include "tools/synth/synthetic_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "format/reader.h"
#include "tests/support/vocabulary_fixture.h"
#include "tools/convert/convert.h"

namespace thimble {
namespace {

const tools::Shape& shape(const std::string& name) {
  for (const tools::Shape& shape : tools::known_shapes()) {
    if (name == shape.name) return shape;
  }
  throw std::out_of_range(name);
}

// Parameters as their publishers state them, or as the files have them.
TEST(Synth, ShapesHaveTheirParameters) {
  const std::map<std::string, uint64_t> expected = {
      {"stories260K", 260032},    {"tiny-llm", 12988992},      {"stories15M", 15191712},      {"stories42M", 41689600},
      {"stories110M", 109529856}, {"smollm2-135m", 134515008}, {"tinyllama-1.1b", 1100048384}};
  ASSERT_EQ(tools::known_shapes().size(), expected.size());
  for (const tools::Shape& shape : tools::known_shapes()) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < expected_tensor_count(shape.config); ++i) {
      const TensorShape tensor = expected_tensor(shape.config, i);
      count += uint64_t{tensor.rows} * tensor.cols;
    }
    EXPECT_EQ(count, expected.at(shape.name)) << shape.name;
  }
}

TEST(Synth, SameSeedSameModel) {
  const auto image = [](uint64_t seed) {
    tools::ConvertOptions options;
    options.self_test = false;
    return tools::convert(tools::synthetic_model(shape("stories260K"), seed, 0), options);
  };
  const tools::ImageBytes a = image(7), b = image(7), c = image(8);
  EXPECT_TRUE(std::ranges::equal(a.span(), b.span()));
  EXPECT_FALSE(std::ranges::equal(a.span(), c.span()));
}

TEST(Synth, WeightsKeepActivationsNearOne) {
  const tools::ImportedModel model = tools::synthetic_model(shape("stories15M"), 1, 0);
  for (const tools::SourceTensor& tensor : model.tensors) {
    std::vector<float> row(tensor.cols);
    tensor.read_row(0, row);
    double squares = 0;
    for (const float w : row) squares += static_cast<double>(w) * static_cast<double>(w);
    const double norm = std::sqrt(squares);
    const bool unit_rows = tensor.role != Role::kTokenEmbedding && tensor.rows > 1;
    EXPECT_NEAR(unit_rows ? norm : norm / std::sqrt(tensor.cols), 1.0, 0.15) << role_name(tensor.role);
  }
}

TEST(Synth, VocabularyEncodesAnything) {
  const tools::ImportedModel model = tools::synthetic_model(shape("stories260K"), 1, 64);
  EXPECT_EQ(model.config.max_context, 64u);
  const auto section = tools::write_vocabulary(model.vocabulary);
  Tokenizer tokenizer;
  ASSERT_TRUE(tokenizer.open(section, model.config.vocab_size).ok());
  for (const char* text : {"once upon a time", "Ünïcode, 語 and 42!"}) {
    EXPECT_EQ(testing::decode(tokenizer, testing::encode(tokenizer, text)), text);
  }
}

}  // namespace
}  // namespace thimble
