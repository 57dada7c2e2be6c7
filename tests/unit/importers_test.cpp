// What a source is taken for, the words that refuse what no importer takes, and where its vocabulary comes from.

#include "tools/import/importers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "tests/support/memory_files.h"
#include "tests/support/model_fixture.h"
#include "tests/support/vocabulary_fixture.h"

namespace thimble::tools {
namespace {

using namespace std::string_view_literals;
using testing::make_vocabulary;
using testing::MemoryFiles;
using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::string_view text) {
  const auto* p = reinterpret_cast<const std::byte*>(text.data());
  return {p, p + text.size()};
}

MemoryFiles one_file(const Bytes& bytes) { return {"dir/m.x", {{"dir/m.x", bytes}}}; }

std::string refusal(SourceFiles& files) {
  Notes notes;
  try {
    import_model(files, {}, &notes);
  } catch (const Error& error) {
    return error.what();
  }
  return "not refused";
}

std::string refusal(const Bytes& bytes) {
  MemoryFiles files = one_file(bytes);
  return refusal(files);
}

// All words of the file in the other byte order.
Bytes swapped_words(Bytes file) {
  for (size_t at = 0; at + 4 <= file.size(); at += 4) {
    std::reverse(file.begin() + static_cast<ptrdiff_t>(at), file.begin() + static_cast<ptrdiff_t>(at + 4));
  }
  return file;
}

Bytes thm() {
  const ImageBytes image = testing::to_thm(testing::make_fixture(testing::smallest_spec()));
  return {image.span().begin(), image.span().end()};
}

const char* kNoModel = ", not a model; name a .thm or GGUF file, a Hugging Face folder or a llama2.c checkpoint";
const char* kNameAModel = "; name a .thm file, a GGUF file, a Hugging Face folder or a llama2.c checkpoint";

struct Known {
  const char* name;
  Bytes bytes;
  std::string refusal;
};

std::vector<Known> known_files_without_importer() {
  const testing::Fixture fixture = testing::make_fixture(testing::smallest_spec());
  const std::string big_endian = "this is a big-endian llama2.c checkpoint; export it in little-endian order";
  const std::string swapped = "this is a .thm file with its bytes swapped in words; copy it again, byte for byte";
  return {
      {"thm", thm(), "is a .thm file already; convert the file it was made from"},
      {"damaged thm", bytes_of("\x89THM\n"), "is a .thm file already; convert the file it was made from"},
      {"swapped thm", swapped_words(thm()), swapped},
      {"thm in swapped halves", bytes_of("T\x89MH\r\n"), swapped},
      {"big-endian v0", swapped_words(testing::to_llama2c_v0(fixture)), big_endian},
      {"big-endian v1", swapped_words(testing::to_llama2c_v1(fixture)), big_endian},
      {"safetensors", bytes_of("\x40\0\0\0\0\0\0\0{\"a\":1}"sv),
       "this is a safetensors file; name the folder that has its config.json, too"},
      {"zip", bytes_of("PK\3\4archive/data.pkl"),
       std::string("this is a zip archive (PyTorch checkpoints are such)") + kNoModel},
      {"gzip", bytes_of("\x1f\x8b\x08"), std::string("this is a gzip archive") + kNoModel},
      {"pickle", bytes_of("\x80\2}q\1"), std::string("this is a Python pickle") + kNoModel},
      {"empty", {}, std::string("this is an empty file") + kNoModel},
      {"text", bytes_of("model_type: llama\n"), std::string("this is a text file") + kNoModel},
      {"text with a magic", bytes_of("24karat gold"), std::string("this is a text file") + kNoModel},
  };
}

struct Importable {
  std::string format;
  Bytes bytes;
};

std::vector<Importable> importable_files() {
  std::vector<Importable> out;
  for (const testing::FixtureSpec& spec : testing::all_specs()) {
    const testing::Fixture f = testing::make_fixture(spec);
    out.push_back({"llama2.c v0", testing::to_llama2c_v0(f)});
    out.push_back({"llama2.c v1", testing::to_llama2c_v1(f)});
    out.push_back({"llama2.c v2", testing::to_llama2c_v2(f, 1)});
  }
  return out;
}

ptrdiff_t importers_that_recognise(const SourceFiles& files) {
  return std::ranges::count_if(importers(), [&](const Importer* i) { return i->recognises(files); });
}

// So the order of the list does not matter.
TEST(Importers, ExactlyOneRecognisesEachSource) {
  for (const Importable& source : importable_files()) {
    MemoryFiles files = one_file(source.bytes);
    EXPECT_TRUE(is_recognised(files)) << source.format;
    ASSERT_EQ(importers_that_recognise(files), 1) << source.format;
    Notes notes;
    const ImportedModel model = import_model(files, {}, &notes);
    EXPECT_EQ(model.format, source.format);
    EXPECT_EQ(model.name, "m");
    EXPECT_TRUE(model.vocabulary.pieces.empty());
    EXPECT_TRUE(notes.empty());
  }
}

TEST(Importers, RefuseKnownFilesSayingWhatToDo) {
  for (const Known& file : known_files_without_importer()) {
    const MemoryFiles files = one_file(file.bytes);
    EXPECT_TRUE(is_recognised(files)) << file.name;
    EXPECT_EQ(importers_that_recognise(files), 0) << file.name;
    EXPECT_EQ(refusal(file.bytes), "dir/m.x: " + file.refusal) << file.name;
  }
}

TEST(Importers, LeaveTheUnknownToTheTokenizers) {
  for (const Bytes& bytes : {testing::to_tokenizer_bin(make_vocabulary(300, 1)), bytes_of("\1\0\0\0\1"sv),
                             testing::to_sentencepiece(make_vocabulary(300, 1)), Bytes(4096), bytes_of("a text")}) {
    EXPECT_FALSE(is_recognised(one_file(bytes)));
    EXPECT_EQ(refusal(bytes), std::string("dir/m.x: not a model that this version knows") + kNameAModel);
  }
}

TEST(Importers, LeaveFilesThatMayBeTokenizersToTheTokenizers) {
  const Bytes header = bytes_of("GGUF\3\0\0\0"sv);
  EXPECT_FALSE(is_recognised(one_file(header)));
  EXPECT_EQ(refusal(header), "dir/m.x: this GGUF file holds no weights; name a file with the model's tensors");
  const Bytes json = bytes_of("{\n  \"model\": {}\n}\n");
  EXPECT_FALSE(is_recognised(one_file(json)));
  EXPECT_EQ(refusal(json),
            "dir/m.x: this is a JSON file, not a model; name the folder that has the model's config.json and weights");
}

TEST(Importers, RefuseFoldersSayingWhatWasExpected) {
  MemoryFiles folder("dir", {{"dir/notes.txt", {}}, {"config.json", bytes_of("{}")}});
  EXPECT_TRUE(is_recognised(folder));  // as no tokenizer
  EXPECT_EQ(refusal(folder), std::string("dir: a folder without config.json") + kNameAModel);
}

// 640 is 0x280: the first two bytes are those of a pickle.
TEST(Importers, TakeACheckpointThatBeginsLikeAPickle) {
  Bytes file = testing::to_llama2c_v0(testing::make_fixture(testing::smallest_spec()));
  store_u32(file.data(), 640);
  EXPECT_NE(refusal(file).find("for a llama2.c v0 checkpoint of dim 640, "), std::string::npos) << refusal(file);
}

TEST(SourceFiles, NameTheirNeighbours) {
  EXPECT_EQ(MemoryFiles("m.bin", {{"m.bin", {}}}).path_of("t"), "t");
  EXPECT_EQ(MemoryFiles("/m.bin", {{"/m.bin", {}}}).path_of("t"), "/t");
  EXPECT_EQ(MemoryFiles("a//b/m.bin", {{"a//b/m.bin", {}}}).path_of("t"), "a//b/t");
  EXPECT_EQ(MemoryFiles("a/b", {}).path_of("t"), "a/b/t");
}

// A model of 300 ids in dir/, and what lies beside it.
class AttachVocabulary : public ::testing::Test {
 protected:
  AttachVocabulary() { model_.config.vocab_size = 300; }

  void put(const std::string& path, const Bytes& bytes) { files_[path] = bytes; }
  void put(const std::string& path, uint32_t pieces) {
    put(path, testing::to_tokenizer_bin(make_vocabulary(pieces, 1)));
  }

  // The pieces of what was attached.
  size_t attach(const std::string& tokenizer) {
    notes_.clear();
    MemoryFiles files("dir/m.bin", files_);
    attach_vocabulary(&model_, files, tokenizer, &notes_);
    return model_.vocabulary.pieces.size();
  }
  std::string refusal(const std::string& tokenizer) {
    try {
      attach(tokenizer);
    } catch (const Error& error) {
      return error.what();
    }
    return "not refused";
  }

  std::map<std::string, Bytes> files_ = {{"dir/m.bin", {}}};
  ImportedModel model_;
  Notes notes_;
};

TEST_F(AttachVocabulary, ReadsTheOneThatWasNamed) {
  put("other/t.bin", 300);
  put("dir/tokenizer.bin", 298);
  EXPECT_EQ(attach("other/t.bin"), 300u);
  EXPECT_EQ(notes_, Notes{});
  EXPECT_EQ(model_.vocabulary.pieces[299].type, PieceType::kNormal);
  EXPECT_EQ(refusal("other/none.bin"), "other/none.bin: no such file; check the path");
  put("other/m.thm", thm());
  EXPECT_EQ(refusal("other/m.thm"),
            "other/m.thm: is a model; --tokenizer takes a tokenizer.bin or a sentencepiece .model");
}

TEST_F(AttachVocabulary, PadsTheOneThatWasNamedUpToTwiceItsSize) {
  put("t", 150);
  EXPECT_EQ(attach("t"), 300u);
  EXPECT_EQ(notes_, Notes{"the tokenizer has 150 pieces for the model's 300 ids: the rest is padding, which nothing "
                          "will sample"});
  EXPECT_EQ(model_.vocabulary.pieces[150].type, PieceType::kUnused);
  put("t", 149);
  EXPECT_EQ(
      refusal("t"),
      "t: has 149 pieces, but the model m.bin has 300, more than padding explains; name the model's own tokenizer");
  put("t", 301);
  EXPECT_EQ(refusal("t"), "t: has 301 pieces, but the model m.bin has 300; name the model's own tokenizer");
}

TEST_F(AttachVocabulary, FindsOneBesideTheModelByItsUsualNames) {
  const auto found = [&] {
    model_.vocabulary = {};
    EXPECT_EQ(attach(""), 300u);
    return notes_;
  };
  for (const char* name : {"tokenizer.bin", "tokenizer.model", "tok300.bin", "tok300.model"}) {
    put(std::string("dir/") + name, 300);
    EXPECT_EQ(found(), Notes{std::string("using the tokenizer ") + name + ", found beside the model"});
  }
}

TEST_F(AttachVocabulary, SaysWhatItPassedOver) {
  put("dir/tok300.model", 280);
  put("dir/tokenizer.bin", 301);
  put("tokenizer.bin", 300);  // elsewhere
  EXPECT_EQ(refusal(""),
            "dir/m.bin: has no tokenizer inside, and none with 300 pieces lies beside it (passed over "
            "dir/tok300.model: has 280 pieces, the model 300, dir/tokenizer.bin: has 301 pieces, the model 300); name "
            "one with --tokenizer FILE");
  put("dir/tokenizer.bin", 299);
  EXPECT_EQ(attach(""), 300u);
  EXPECT_EQ(notes_, (Notes{"passed over dir/tok300.model: has 280 pieces, the model 300",
                           "using the tokenizer tokenizer.bin, found beside the model",
                           "the tokenizer has 299 pieces for the model's 300 ids: the rest is padding, which nothing "
                           "will sample"}));
  files_ = {{"dir/m.bin", {}}};
  model_.vocabulary = {};
  EXPECT_EQ(
      refusal(""),
      "dir/m.bin: has no tokenizer inside, and none with 300 pieces lies beside it; name one with --tokenizer FILE");
}

TEST_F(AttachVocabulary, KeepsTheSourcesOwnUnlessOneIsNamed) {
  model_.vocabulary = make_vocabulary(290, 7);
  put("dir/tokenizer.bin", 300);
  EXPECT_EQ(attach(""), 300u);
  EXPECT_EQ(model_.vocabulary.pieces[289].text, make_vocabulary(290, 7).pieces[289].text);
  EXPECT_EQ(model_.vocabulary.pieces[290].type, PieceType::kUnused);
  EXPECT_EQ(notes_.size(), 1u);
  EXPECT_EQ(attach("dir/tokenizer.bin"), 300u);
  EXPECT_EQ(model_.vocabulary.pieces[290].type, PieceType::kNormal);
}

}  // namespace
}  // namespace thimble::tools
