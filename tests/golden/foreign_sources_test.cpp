// Real files of other formats, where they are at hand: the same model from three sources is the same model, and
// vocabularies give the ids that llama.cpp's own test vectors state.

#include <gtest/gtest.h>

#include <cstring>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/memory_files.h"
#include "tests/support/shared_models.h"
#include "tests/support/vocabulary_fixture.h"
#include "tools/import/importers.h"

namespace thimble {
namespace {

using testing::MemoryFiles;
using testing::read_file;
using testing::shared_folder;

// The .thm image in f32.
tools::ImageBytes imported(MemoryFiles files) {
  tools::Notes notes;
  tools::ImportedModel source = tools::import_model(files, {}, &notes);
  tools::attach_vocabulary(&source, files, "", &notes);
  tools::ConvertOptions options;
  options.self_test = false;
  return tools::convert(source, options);
}

void expect_same_weights(const Model& found, const Model& expected) {
  ModelConfig config = expected.config();
  config.max_context = found.config().max_context;  // the GGUF file states another than the model was trained with
  EXPECT_EQ(found.config(), config);
  for (uint32_t i = 0; i < expected.tensor_count(); ++i) {
    Role role{};
    uint32_t layer = 0;
    const TensorView a = expected.tensor_at(i, &role, &layer), b = found.tensor(role, layer);
    ASSERT_EQ(a.rows, b.rows);
    EXPECT_EQ(std::memcmp(a.data, b.data, a.row_bytes * a.rows), 0) << role_name(role) << " " << layer;
  }
  for (uint32_t pair = 0; pair < config.head_dim / 2; ++pair)
    EXPECT_EQ(found.rope_step(pair), expected.rope_step(pair));
}

TEST(ForeignSources, GiveTheModelOfTheCheckpoint) {
  THIMBLE_NEED_SHARED();
  const auto folder = shared_folder() / "models/stories260K";
  const tools::ImageBytes checkpoint =
      testing::import_shared("models/stories260K/stories260K.bin", "models/stories260K/tok512.bin");
  Model expected;
  ASSERT_TRUE(expected.open(checkpoint.span()).ok());
  std::map<std::string, std::vector<std::byte>> hugging_face;
  for (const char* name : {"config.json", "model.safetensors", "tokenizer.model"}) {
    hugging_face[std::string("hf/") + name] = read_file(folder / "hf" / name);
  }
  for (const MemoryFiles& files :
       {MemoryFiles("m.gguf", {{"m.gguf", read_file(folder / "stories260K.gguf")}}), MemoryFiles("hf", hugging_face)}) {
    const tools::ImageBytes image = imported(files);
    Model found;
    ASSERT_TRUE(found.open(image.span()).ok());
    expect_same_weights(found, expected);
  }
}

// Texts, each with a line of a mark behind it, and a line of ids for each.
TEST(ForeignSources, GiveTheIdsOfTestVectors) {
  THIMBLE_NEED_SHARED();
  for (const std::string& name : {std::string("llama-spm"), std::string("gpt-2")}) {
    const auto path = shared_folder() / ("models/vocab/ggml-vocab-" + name + ".gguf");
    const std::vector<std::byte> file = read_file(path);
    const tools::Vocabulary vocabulary = tools::read_vocabulary(file, name, 0);
    const std::vector<std::byte> section = tools::write_vocabulary(vocabulary);
    Tokenizer tokenizer;
    ASSERT_TRUE(tokenizer.open(section, static_cast<uint32_t>(vocabulary.pieces.size())).ok());
    const std::string mark = "\n__ggml_vocab_test__\n";
    std::string texts = testing::read_text(path.string() + ".inp");
    std::istringstream lines(testing::read_text(path.string() + ".out"));
    size_t count = 0;
    for (std::string line; !texts.empty() && std::getline(lines, line); ++count) {
      const size_t end = texts.find(mark);
      std::istringstream words(line);
      const std::vector<uint32_t> expected{std::istream_iterator<uint32_t>(words), {}};
      EXPECT_EQ(testing::encode(tokenizer, texts.substr(0, end), {.add_bos = false}), expected) << name << " " << count;
      texts.erase(0, end + mark.size());
    }
    EXPECT_EQ(count, 46u);
    EXPECT_TRUE(texts.empty());
  }
}

}  // namespace
}  // namespace thimble
