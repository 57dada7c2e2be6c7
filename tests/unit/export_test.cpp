// What is exported comes back through its importer, bit for bit; GGUF by its specification, too.

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>

#include "tests/support/memory_files.h"
#include "tests/support/model_fixture.h"
#include "tests/support/vocabulary_fixture.h"
#include "tools/error.h"
#include "tools/export/exporters.h"
#include "tools/import/importers.h"
#include "tools/import/llama2c.h"
#include "tools/vocabulary/merges.h"

namespace thimble {
namespace {

using Bytes = std::vector<std::byte>;

Bytes collected(const std::function<void(const tools::Sink&)>& export_to) {
  Bytes bytes;
  export_to([&](std::span<const std::byte> part) { bytes.insert(bytes.end(), part.begin(), part.end()); });
  return bytes;
}

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const tools::Error& error) {
    return error.what();
  }
  return "";
}

// The whole image, since `convert` writes the same bytes for the same model.
tools::ImageBytes image_of(tools::ImportedModel model) {
  tools::ConvertOptions options;
  model.format = "test", model.name = "test", model.source_bytes = 0, model.source_checksum = 0;
  model.vocabulary.format = "test";
  return tools::convert(model, options);
}

class Export : public ::testing::TestWithParam<testing::FixtureSpec> {};
INSTANTIATE_TEST_SUITE_P(AllSpecs, Export, ::testing::ValuesIn(testing::all_specs()));

TEST_P(Export, Llama2cComesBackBitForBit) {
  const tools::ImportedModel source = testing::to_imported(testing::make_fixture(GetParam()));
  const tools::ImageBytes image = image_of(source);
  Model model;
  ASSERT_TRUE(model.open(image.span()).ok());
  const Bytes checkpoint = collected([&](const tools::Sink& sink) { tools::export_llama2c(model, sink); });
  tools::ImportedModel back = tools::import_llama2c(checkpoint, "exported.bin");
  EXPECT_EQ(back.format, "llama2.c v0");
  const tools::Vocabulary vocabulary = tools::read_vocabulary_section(model.vocabulary(), model.config().vocab_size);
  const Bytes tokenizer = collected([&](const tools::Sink& sink) { tools::export_tokenizer_bin(vocabulary, sink); });
  back.vocabulary = tools::read_tokenizer_bin(tokenizer, "tokenizer.bin");
  const tools::ImageBytes again = image_of(back);
  ASSERT_EQ(again.span().size(), image.span().size());
  EXPECT_EQ(std::memcmp(again.span().data(), image.span().data(), image.span().size()), 0);
}

// The importer reads weights from the file until the image is made.
tools::ImageBytes through_gguf(const Model& model) {
  const Bytes file = collected([&](const tools::Sink& sink) { tools::export_gguf(model, sink); });
  testing::MemoryFiles files("exported.gguf", {{"exported.gguf", file}});
  tools::Notes notes;
  return image_of(tools::import_model(files, {}, &notes));
}

void expect_same_image(const tools::ImageBytes& a, const tools::ImageBytes& b) {
  ASSERT_EQ(a.span().size(), b.span().size());
  EXPECT_EQ(std::memcmp(a.span().data(), b.span().data(), a.span().size()), 0);
}

TEST_P(Export, GgufComesBackBitForBit) {
  const tools::ImageBytes image = image_of(testing::to_imported(testing::make_fixture(GetParam())));
  Model model;
  ASSERT_TRUE(model.open(image.span()).ok());
  expect_same_image(through_gguf(model), image);
}

// Bytes in an odd order, pieces made in one way of several, in all ways and in none, and every other type.
tools::Vocabulary byte_level_vocabulary(byte_level::SplitRule rule) {
  tools::Vocabulary v;
  v.split_rule = rule;
  v.add_bos = v.add_space = false;
  for (int byte = 255; byte >= 0; --byte) {
    v.pieces.push_back({std::string(1, static_cast<char>(byte)), 0, PieceType::kByte});
  }
  for (const char* text : {"bc", " t", "ab", "abc", "\n\n", "he", "the", " the", "\xc3\xa9", "alone"}) {
    v.pieces.push_back({text, 0, PieceType::kNormal});
  }
  v.pieces.push_back({"<|end|>", 0, PieceType::kControl});
  v.pieces.push_back({"a piece of the user's", 0, PieceType::kUser});
  tools::pad_vocabulary(&v, 272);
  v.eos = 266;
  const std::vector<tools::Merge> merges = {{"b", "c"},  {" ", "t"},   {"h", "e"},   {"ab", "c"},  {"a", "b"},
                                            {"t", "he"}, {" ", "the"}, {" t", "he"}, {"\n", "\n"}, {"\xc3", "\xa9"}};
  tools::apply_merges(merges, &v, "test");
  return v;
}

TEST(Export, ByteLevelVocabulariesComeBackBitForBit) {
  using enum byte_level::SplitRule;
  testing::FixtureSpec spec = testing::small_spec();
  spec.vocab_size = 272;
  tools::ImportedModel source = testing::to_imported(testing::make_fixture(spec));
  for (const auto rule : {kGpt2, kLlama3, kSmolLm, kQwen2}) {
    for (const bool whole_words : {false, true}) {
      if (whole_words && rule != kLlama3) continue;
      source.vocabulary = byte_level_vocabulary(rule);
      source.vocabulary.whole_words = whole_words;
      const tools::ImageBytes image = image_of(source);
      Model model;
      ASSERT_TRUE(model.open(image.span()).ok());
      expect_same_image(through_gguf(model), image);
    }
  }
}

// Header, and the sum of what it promises, against the bytes.
TEST_P(Export, GgufIsAsLongAsItsTensors) {
  for (const tools::WeightType type : {tools::WeightType::kF32, tools::WeightType::kF16}) {
    const tools::ImageBytes image = testing::to_thm(testing::make_fixture(GetParam()), type);
    Model model;
    ASSERT_TRUE(model.open(image.span()).ok());
    const Bytes file = collected([&](const tools::Sink& sink) { tools::export_gguf(model, sink); });
    EXPECT_EQ(std::memcmp(file.data(), "GGUF\3\0\0\0", 8), 0);
    uint64_t tensors = 0;
    std::memcpy(&tensors, file.data() + 8, sizeof tensors);
    EXPECT_EQ(tensors, model.tensor_count());
    EXPECT_EQ(file.size() % 32, 0u);
    // The last tensor ends the file, but for padding.
    Role role{};
    uint32_t layer = 0;
    const TensorView last = model.tensor_at(model.tensor_count() - 1, &role, &layer);
    const size_t element = last.type == DType::kF16 ? 2 : 4;
    const size_t bytes = size_t{last.rows} * last.cols * element;
    const std::byte* at = file.data() + file.size() - (bytes + 31) / 32 * 32;
    for (uint32_t row = 0; row < last.rows; ++row) {
      const size_t width = last.cols * element;
      ASSERT_EQ(std::memcmp(at + row * width, last.data + size_t{row} * last.row_bytes, width), 0);
    }
  }
}

TEST(Export, RefusesADamagedVocabulary) {
  auto section = tools::write_vocabulary(testing::make_vocabulary(300, 1));
  EXPECT_EQ(tools::read_vocabulary_section(section, 300).pieces.size(), 300u);
  EXPECT_THROW(tools::read_vocabulary_section(section, 301), tools::Error);
  section[1088] = std::byte{0xff};  // where the first record starts
  EXPECT_THROW(tools::read_vocabulary_section(section, 300), tools::Error);
}

TEST(Export, RefusesWhatItCannotSay) {
  const auto open = [](const tools::ImageBytes& image, Model* model) { EXPECT_TRUE(model->open(image.span()).ok()); };
  const testing::Fixture fixture = testing::make_fixture(testing::small_spec());
  Model model;
  const tools::ImageBytes integers = testing::to_thm(fixture, tools::WeightType::kQ8);
  open(integers, &model);
  const auto ignore = [](std::span<const std::byte>) {};
  const auto to_llama2c = [&] { tools::export_llama2c(model, ignore); };
  const auto to_gguf = [&] { tools::export_gguf(model, ignore); };
  EXPECT_TRUE(refusal(to_llama2c).starts_with("the model computes in integers"));
  EXPECT_TRUE(refusal(to_gguf).starts_with("the model computes in integers"));

  tools::ImportedModel other = testing::to_imported(fixture);
  other.config.norm_eps = 1e-6f;
  const tools::ImageBytes eps = image_of(other);
  open(eps, &model);
  EXPECT_EQ(refusal(to_llama2c), "norm_eps is 1e-06, but llama2.c knows 1e-5 alone; export a .gguf");
  EXPECT_EQ(refusal(to_gguf), "");

  other = testing::to_imported(fixture);
  other.config.rope_theta = 12345.678f;
  const tools::ImageBytes theta = image_of(other);
  open(theta, &model);
  EXPECT_EQ(refusal(to_gguf), "");
  const std::string odd = refusal(to_llama2c);
  EXPECT_TRUE(odd.empty() || odd.find("would come back as") != odd.npos) << odd;

  const auto refusal_of_vocabulary = [&](const std::function<void(tools::Vocabulary*)>& change) {
    testing::FixtureSpec spec = testing::small_spec();
    spec.vocab_size = 272;
    tools::ImportedModel changed = testing::to_imported(testing::make_fixture(spec));
    changed.vocabulary = byte_level_vocabulary(byte_level::SplitRule::kGpt2);
    change(&changed.vocabulary);
    const tools::ImageBytes image = image_of(changed);
    open(image, &model);
    return refusal(to_gguf);
  };
  EXPECT_EQ(refusal_of_vocabulary([](tools::Vocabulary* v) { v->whole_words = true; }),
            "its vocabulary takes whole words by another rule than Llama 3's, which GGUF cannot say");
  EXPECT_EQ(refusal_of_vocabulary([](tools::Vocabulary* v) { v->add_space = true; }),
            "its vocabulary adds a space to every text, which GGUF cannot say of bytes");

  tools::Vocabulary vocabulary = testing::make_vocabulary(300, 1);
  vocabulary.eos = 5;
  const std::string ids = refusal([&] { tools::export_tokenizer_bin(vocabulary, ignore); });
  EXPECT_NE(ids.find("as tokens 0, 1 and 2"), ids.npos);
}

}  // namespace
}  // namespace thimble
