// GGUF files, from fixtures and, where they are at hand, from real ones; and what is refused.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

#include "base/bytes.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/memory_files.h"
#include "tests/support/shared_models.h"
#include "tools/convert/convert.h"
#include "tools/import/importers.h"

namespace thimble::tools {
namespace {

using testing::GgufWriter;
using Bytes = std::vector<std::byte>;

// Where the words of the file "m.gguf" begin.
struct Imported {
  explicit Imported(const Bytes& bytes) : files("m.gguf", {{"m.gguf", bytes}}) {
    model = import_model(files, {}, &notes);
  }
  testing::MemoryFiles files;
  Notes notes;
  ImportedModel model;
};

std::string refusal(const Bytes& bytes) {
  try {
    Imported imported(bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "not refused";
}
std::string refusal(const GgufWriter& file) { return refusal(file.bytes()); }

void expect_refusal(const GgufWriter& file, const std::string& words) {
  EXPECT_NE(refusal(file).find(words), std::string::npos) << refusal(file);
}

GgufWriter smallest() { return testing::gguf_of(testing::make_fixture(testing::smallest_spec())); }

TEST(Gguf, GivesTheFixtureBack) {
  for (const testing::FixtureSpec& spec : testing::all_specs()) {
    const testing::Fixture fixture = testing::make_fixture(spec);
    const Imported imported(testing::gguf_of(fixture).bytes());
    EXPECT_EQ(imported.model.config, fixture.config);
    EXPECT_EQ(imported.model.format, "GGUF v3");
    EXPECT_EQ(imported.model.name, "m");
    ASSERT_EQ(imported.model.tensors.size(), fixture.tensors.size());
    std::vector<float> row;
    for (const SourceTensor& t : imported.model.tensors) {
      row.resize(t.cols);
      for (uint32_t r = 0; r < t.rows; ++r) {
        t.read_row(r, row);
        const float* expected = fixture.tensor(t.role, t.layer).values.data() + size_t{r} * t.cols;
        EXPECT_EQ(std::memcmp(row.data(), expected, row.size() * sizeof(float)), 0) << role_name(t.role) << " " << r;
      }
    }
    const Vocabulary expected = testing::to_imported(fixture).vocabulary;
    ASSERT_EQ(imported.model.vocabulary.pieces.size(), expected.pieces.size());
    for (size_t id = 0; id < expected.pieces.size(); ++id) {
      EXPECT_EQ(imported.model.vocabulary.pieces[id].text, expected.pieces[id].text) << id;
      EXPECT_EQ(imported.model.vocabulary.pieces[id].type, expected.pieces[id].type) << id;
    }
  }
}

TEST(Gguf, ReadsScaledRope) {
  GgufWriter linear = smallest();
  linear.key("llama.rope.scaling.type", std::string_view("linear"));
  linear.key("llama.rope.scaling.factor", 4.0f);
  linear.key("llama.rope.freq_base", 5e5f);
  const Imported a(linear.bytes());
  EXPECT_EQ(a.model.rope_divisors, (std::vector<double>{4, 4, 4, 4}));
  EXPECT_EQ(a.model.config.rope_theta, 5e5f);
  GgufWriter frequencies = smallest();
  Bytes factors(16);
  for (size_t i = 0; i < 4; ++i) store_f32(factors.data() + 4 * i, static_cast<float>(i + 1));
  frequencies.tensor("rope_freqs.weight", {4}, 0, factors);
  EXPECT_EQ(Imported(frequencies.bytes()).model.rope_divisors, (std::vector<double>{1, 2, 3, 4}));
}

TEST(Gguf, RecognisesChatTemplates) {
  GgufWriter file = smallest();
  file.key("tokenizer.chat_template", std::string_view("{{'<|im_start|>' + x + '<|im_end|>'}}"));
  EXPECT_EQ(Imported(file.bytes()).model.chat_template,
            "<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n");
  GgufWriter other = smallest();
  other.key("tokenizer.chat_template", std::string_view("{{ messages }}"));
  const Imported imported(other.bytes());
  EXPECT_EQ(imported.model.chat_template, "");
  ASSERT_EQ(imported.notes.size(), 1u);
  EXPECT_NE(imported.notes[0].find("none of ChatML"), std::string::npos);
}

TEST(Gguf, RefusesWhatItDoesNotComputeByName) {
  const std::vector<std::pair<std::string, std::function<void(GgufWriter&)>>> cases = {
      {"key llama.expert_count: mixtures of experts are not supported",
       [](GgufWriter& f) { f.key("llama.expert_count", 8u); }},
      {"key llama.attention.sliding_window: sliding windows are not",
       [](GgufWriter& f) { f.key("llama.attention.sliding_window", 4096u); }},
      {"key llama.rope.scaling.type: rope scaling of type yarn is not",
       [](GgufWriter& f) { f.key("llama.rope.scaling.type", std::string_view("yarn")); }},
      {"tensor blk.0.attn_q.bias: biases are not supported",
       [](GgufWriter& f) { f.tensor("blk.0.attn_q.bias", {8}, 0, Bytes(32)); }},
      {"tensor blk.0.attn_q_norm.weight has no place",
       [](GgufWriter& f) { f.tensor("blk.0.attn_q_norm.weight", {8}, 0, Bytes(32)); }},
      {"key llama.rope.dimension_count is 4, the size of a head is 8",
       [](GgufWriter& f) { f.key("llama.rope.dimension_count", 4u); }},
      {"key llama.embedding_length is there twice", [](GgufWriter& f) { f.key("llama.embedding_length", 8u); }},
      {"tensor output_norm.weight is there twice",
       [](GgufWriter& f) { f.tensor("output_norm.weight", {8}, 0, Bytes(32)); }},
      {"general.alignment is 3, expected a power of two", [](GgufWriter& f) { f.key("general.alignment", 3u); }},
  };
  for (const auto& [words, spoil] : cases) {
    GgufWriter file = smallest();
    spoil(file);
    expect_refusal(file, words);
  }
  GgufWriter qwen;
  qwen.key("general.architecture", std::string_view("qwen2"));
  qwen.tensor("token_embd.weight", {8, 8}, 0, Bytes(256));
  expect_refusal(qwen, "architecture qwen2 (key general.architecture) is not supported");
}

// The fixture with one tensor more, which takes the place of output.weight.
GgufWriter with_output(const std::vector<uint64_t>& dims, uint32_t type, size_t bytes) {
  GgufWriter file = smallest();
  file.tensor("output.weight", dims, type, Bytes(bytes));
  return file;
}

TEST(Gguf, RefusesTensorsThatDoNotFit) {
  expect_refusal(with_output({8, 9}, 0, 288), "tensor output.weight has shape 8 x 9, expected 8 x 8");
  expect_refusal(with_output({8, 8}, 23, 64), "tensor output.weight has type IQ4_XS, which is not supported");
  expect_refusal(with_output({8, 8}, 99, 64), "tensor output.weight has type 99, which is not");
  expect_refusal(with_output({8, 8}, 8, 64), "tensor output.weight has rows of 8 weights, blocks of Q8_0 have 32");
  expect_refusal(with_output({8, 8}, 0, 64), "tensor output.weight takes 256 bytes at offset");
  expect_refusal(with_output({8, 8, 1, 1, 1}, 0, 256), "tensor output.weight has 5 dimensions");
  expect_refusal(with_output({uint64_t{1} << 62, uint64_t{1} << 62}, 0, 0), "tensor output.weight");
}

TEST(Gguf, RefusesCountsBeyondTheFile) {
  for (const size_t at : {8u, 16u}) {  // tensors, keys
    Bytes file = smallest().bytes();
    store_u64(file.data() + at, UINT64_MAX);
    EXPECT_NE(refusal(file), "not refused");
  }
  GgufWriter strings = smallest();
  Bytes array(12);
  store_u32(array.data(), 8);
  store_u64(array.data() + 4, UINT64_MAX);
  strings.raw_key("general.tags", 9, array);
  EXPECT_NE(refusal(strings), "not refused");
  GgufWriter nested = smallest();
  store_u32(array.data(), 9);
  nested.raw_key("general.tags", 9, array);
  expect_refusal(nested, "key general.tags has a value of type 9");
}

TEST(Gguf, AWeightThatIsNoNumberIsRefusedByItsPlace) {
  const testing::Fixture fixture = testing::make_fixture(testing::smallest_spec());
  Bytes file = testing::gguf_of(fixture).bytes();
  Bytes weight(sizeof(float)), none(sizeof(float));
  store_f32(weight.data(), fixture.tensor(Role::kWDown, 0).values[3]);
  store_f32(none.data(), std::numeric_limits<float>::quiet_NaN());
  const auto place = std::search(file.begin(), file.end(), weight.begin(), weight.end());
  ASSERT_NE(place, file.end());
  std::copy(none.begin(), none.end(), place);
  const Imported imported(file);
  try {
    (void)convert(imported.model, {});
    FAIL() << "not refused";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("row 0, column 3 is not a number"), std::string::npos) << error.what();
  }
}

TEST(Gguf, RefusesEveryTruncation) {
  const Bytes file = smallest().bytes();
  ASSERT_EQ(refusal(file), "not refused");
  for (size_t length = 0; length < file.size(); ++length) {
    const Bytes cut(file.begin(), file.begin() + static_cast<ptrdiff_t>(length));
    ASSERT_EQ(refusal(cut).find("m.gguf: "), 0u) << length;
  }
}

TEST(Gguf, LeavesOutARepeatedClassifier) {
  THIMBLE_NEED_SHARED();
  const auto bytes = testing::read_file(testing::shared_folder() / "models/stories260K/stories260K.gguf");
  const Imported imported(bytes);
  EXPECT_TRUE(imported.model.config.tied_classifier);
  EXPECT_EQ(imported.notes, Notes{"output.weight repeats token_embd.weight, and is left out"});
}

}  // namespace
}  // namespace thimble::tools
