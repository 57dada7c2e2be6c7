// Ids that the sentencepiece package (0.2.3) gives for a small model with every kind of piece, with and without
// remove_extra_whitespaces and add_dummy_prefix. tests/parity compares with the package itself, where it is installed.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/vocabulary_fixture.h"

namespace thimble {
namespace {

using Ids = std::vector<uint32_t>;

// Scores fall with the id.
tools::Vocabulary every_kind_of_piece() {
  using enum PieceType;
  tools::Vocabulary v;
  v.unk = 0, v.bos = 1, v.eos = 2;
  v.pieces = {{"<unk>", 0, kUnknown}, {"<s>", 0, kControl}, {"</s>", 0, kControl}, {"<sep>", 0, kUser},
              {" x", 0, kUser},       {"y ", 0, kUser},     {"  ", 0, kUser},      {"th", 0, kUnused},
              {"the", 0, kNormal},    {" the", 0, kNormal}, {" t", 0, kUnused},    {"in", 0, kUnused},
              {"ing", 0, kUnused},    {" a", 0, kNormal},   {"an", 0, kUnused},    {"and", 0, kNormal},
              {" and", 0, kUnused},   {"thing", 0, kUnused}};
  for (const char c : std::string(" theingadxy")) v.pieces.push_back({std::string(1, c), 0, kNormal});
  v.pieces.push_back({"z", 0, kUnused});
  for (size_t id = 0; id < v.pieces.size(); ++id) v.pieces[id].score = -static_cast<float>(id);
  return v;
}

struct Vector {
  const char* text;
  Ids as_is, as_is_without_prefix;
  Ids removed, removed_without_prefix;  // extra spaces, by remove_extra_whitespaces
};

const std::vector<Vector>& vectors() {
  static const std::vector<Vector> all = {
      {"the", {9}, {8}, {9}, {8}},
      {" the ", {6, 8, 18}, {9, 18}, {9}, {8}},
      {"  the   and", {6, 9, 6, 13, 23, 26}, {6, 8, 6, 13, 23, 26}, {9, 13, 23, 26}, {8, 13, 23, 26}},
      {"thing", {18, 19, 20, 22, 23, 24}, {19, 20, 22, 23, 24}, {18, 19, 20, 22, 23, 24}, {19, 20, 22, 23, 24}},
      {"zthzz", {18, 0, 19, 20, 0}, {0, 19, 20, 0}, {18, 0, 19, 20, 0}, {0, 19, 20, 0}},
      {"and then", {13, 23, 26, 9, 23}, {15, 9, 23}, {13, 23, 26, 9, 23}, {15, 9, 23}},
      {"a\u2581\u2581the\u2581 ", {13, 6, 8, 6}, {25, 6, 8, 6}, {13, 6, 8}, {25, 6, 8}},
      {"\u2581", {6}, {18}, {}, {}},
      {"   ", {6, 6}, {6, 18}, {}, {}},
      {"", {}, {}, {}, {}},
      {"x  x", {4, 6, 27}, {27, 6, 27}, {4, 4}, {27, 4}},
      {"y  y ", {18, 5, 18, 5}, {5, 18, 5}, {18, 5, 28}, {5, 28}},
      {"<sep>  <sep> ", {18, 3, 6, 3, 18}, {3, 6, 3, 18}, {18, 3, 18, 3}, {3, 18, 3}},
      {"ea    ae", {18, 21, 25, 6, 6, 25, 21}, {21, 25, 6, 6, 25, 21}, {18, 21, 25, 13, 21}, {21, 25, 13, 21}},
      {"  \u2581 the \u2581", {6, 6, 9, 6}, {6, 6, 8, 6}, {6, 9}, {6, 8}},
      {"q thqz", {18, 0, 18, 19, 20, 0}, {0, 18, 19, 20, 0}, {18, 0, 18, 19, 20, 0}, {0, 18, 19, 20, 0}},
      {"\u2581\u2581\u2581x", {6, 6, 27}, {6, 4}, {6, 6, 27}, {6, 4}},
      {" <s>  </s> ", {6, 0, 6, 0, 18}, {18, 0, 6, 0, 18}, {18, 0, 18, 0}, {0, 18, 0}},
  };
  return all;
}

// From the file that the package was given, so that reading it is tested, too.
Ids ids_of(const char* text, bool remove_extra_spaces, bool add_space) {
  tools::Vocabulary written = every_kind_of_piece();
  written.remove_extra_spaces = remove_extra_spaces;
  written.add_space = add_space;
  const auto read = tools::read_sentencepiece(testing::to_sentencepiece(written), "f.model");
  EXPECT_EQ(read.remove_extra_spaces, remove_extra_spaces);
  EXPECT_TRUE(read.merge_unused);
  const auto section = tools::write_vocabulary(read);
  Tokenizer tokenizer;
  EXPECT_TRUE(tokenizer.open(section, static_cast<uint32_t>(read.pieces.size())).ok());
  EXPECT_EQ(tokenizer.removes_extra_spaces(), remove_extra_spaces);
  return testing::encode(tokenizer, text, {.add_bos = false});
}

TEST(SentencepieceIds, AreThoseOfThePackage) {
  for (const Vector& v : vectors()) {
    EXPECT_EQ(ids_of(v.text, false, true), v.as_is) << v.text;
    EXPECT_EQ(ids_of(v.text, false, false), v.as_is_without_prefix) << v.text;
    EXPECT_EQ(ids_of(v.text, true, true), v.removed) << v.text;
    EXPECT_EQ(ids_of(v.text, true, false), v.removed_without_prefix) << v.text;
  }
}

}  // namespace
}  // namespace thimble
