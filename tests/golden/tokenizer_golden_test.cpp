// The real 32,000-piece vocabulary against the ids that llama.cpp gives (vocab/*.inp, *.out), from both formats that
// it comes in; and what no small vocabulary shows: a megabyte of text, and of one character.

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/shared_models.h"
#include "tests/support/vocabulary_file.h"
#include "tests/support/vocabulary_fixture.h"
#include "thimble/tokenizer.h"

namespace thimble {
namespace {

using testing::decode;
using testing::encode;
using testing::read_file;
using testing::read_text;
using testing::shared_folder;
using Ids = std::vector<uint32_t>;

constexpr EncodeOptions kWithoutBos = {.add_bos = false};

// The file's texts, which stand between lines of this form.
std::vector<std::string> texts() {
  const std::string separator = "\n__ggml_vocab_test__\n";
  std::string all = read_text(shared_folder() / "models/vocab/ggml-vocab-llama-spm.gguf.inp");
  std::vector<std::string> found;
  for (size_t at; (at = all.find(separator)) != std::string::npos; all.erase(0, at + separator.size())) {
    found.push_back(all.substr(0, at));
  }
  if (!all.empty()) found.push_back(all);
  return found;
}

// One line of ids per text.
std::vector<Ids> expected_ids() {
  std::istringstream lines(read_text(shared_folder() / "models/vocab/ggml-vocab-llama-spm.gguf.out"));
  std::vector<Ids> found;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream numbers(line);
    Ids ids;
    for (uint32_t id = 0; numbers >> id;) ids.push_back(id);
    found.push_back(std::move(ids));
  }
  return found;
}

class Llama32k : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    THIMBLE_NEED_SHARED();
    const auto file = read_file(shared_folder() / "models/llama32k" / GetParam());
    section_ = tools::write_vocabulary(tools::read_vocabulary(file, GetParam(), 32000));
    ASSERT_TRUE(tokenizer_.open(section_, 32000).ok());
  }

  std::string round_trip(const std::string& text) { return decode(tokenizer_, encode(tokenizer_, text)); }

  std::vector<std::byte> section_;
  Tokenizer tokenizer_;
};

TEST_P(Llama32k, GivesTheIdsOfLlamaCpp) {
  const std::vector<std::string> inputs = texts();
  const std::vector<Ids> expected = expected_ids();
  ASSERT_EQ(inputs.size(), expected.size());
  ASSERT_GT(inputs.size(), 40u);
  for (size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_EQ(encode(tokenizer_, inputs[i], kWithoutBos), expected[i]) << "text " << i << ": " << inputs[i];
    EXPECT_EQ(round_trip(inputs[i]), inputs[i]);
  }
}

// Of a vocabulary that is not in memory: the same ids and texts, and an opening that reads all of it twice.
TEST_P(Llama32k, GivesTheSameIdsWhereItIsRead) {
  testing::VocabularyFile file(section_);
  Tokenizer streamed;
  ASSERT_TRUE(file.open(32000, 160000, &streamed).ok());
  EXPECT_LE(file.reads(), 250u);
  EXPECT_LE(file.bytes(), 2 * section_.size() + 8192);
  EXPECT_EQ(streamed.sampled_size(), tokenizer_.sampled_size());
  for (const std::string& text : texts()) {
    for (const bool control : {false, true}) {
      const EncodeOptions options = {.parse_control = control};
      const Ids ids = encode(tokenizer_, text, options);
      EXPECT_EQ(encode(streamed, text, options), ids) << text;
      EXPECT_EQ(decode(streamed, ids), decode(tokenizer_, ids));
    }
  }
  for (uint32_t id = 0; id < 32000; ++id) {
    const size_t before = file.reads();
    ASSERT_EQ(streamed.name(id), tokenizer_.name(id));
    ASSERT_EQ(streamed.find(tokenizer_.name(id)), tokenizer_.find(tokenizer_.name(id)));
    ASSERT_LE(file.reads() - before, 4u);  // of two lookups
  }
}

TEST_P(Llama32k, EncodesAMegabyte) {
  constexpr size_t kMegabyte = 1000000;
  std::string text;
  for (const std::string& part : texts()) text += part;
  while (text.size() < kMegabyte) text += std::string(text);
  text.resize(kMegabyte);
  EXPECT_EQ(round_trip(text), text);
  // One run each; quadratic time would show as hours.
  for (const char c : {'a', ' ', '=', '\n'})
    EXPECT_EQ(round_trip(std::string(kMegabyte, c)), std::string(kMegabyte, c));
}

// A word needs a word's workspace, however long the text.
TEST_P(Llama32k, NeedsWorkspaceForTheLongestWordOnly) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "the longest word here is fourteen-bytes ";
  std::vector<uint32_t> ids(text.size());
  size_t count = 0;
  std::vector<uint32_t> workspace(Tokenizer::workspace_bytes(15) / sizeof(uint32_t));
  const auto bytes = std::as_writable_bytes(std::span(workspace));
  ASSERT_TRUE(tokenizer_.encode(text, {}, bytes, ids, &count).ok());
  ids.resize(count);
  EXPECT_EQ(decode(tokenizer_, ids), text);
}

INSTANTIATE_TEST_SUITE_P(Formats, Llama32k, ::testing::Values("tokenizer.bin", "tokenizer.model"),
                         [](const auto& test) { return std::string(test.param).substr(10); });

// The same vocabulary in both formats becomes the same section, but for what tokenizer.bin cannot say: whether extra
// spaces are removed.
TEST(RealVocabularies, AreTheSameFromBothFormats) {
  THIMBLE_NEED_SHARED();
  struct Pair {
    const char* binary;
    const char* model;
    bool removes_extra_spaces;
  };
  for (const Pair& pair : {Pair{"llama32k/tokenizer.bin", "llama32k/tokenizer.model", false},
                           {"stories260K/tok512.bin", "stories260K/tok512.model", true},
                           {"babyllama105/tok105.bin", "babyllama105/tok105.model", true}}) {
    const auto from = [](const char* path) {
      return tools::read_vocabulary(read_file(shared_folder() / "models" / path), path, 0);
    };
    tools::Vocabulary binary = from(pair.binary);
    EXPECT_FALSE(binary.remove_extra_spaces);
    EXPECT_EQ(from(pair.model).remove_extra_spaces, pair.removes_extra_spaces) << pair.model;
    binary.remove_extra_spaces = pair.removes_extra_spaces;
    EXPECT_EQ(tools::write_vocabulary(binary), tools::write_vocabulary(from(pair.model))) << pair.binary;
  }
}

}  // namespace
}  // namespace thimble
