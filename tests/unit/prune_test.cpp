// Pruning by hand: which pieces stay, why, and what becomes of their rows.

#include "tools/vocabulary/prune.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "format/layout.h"
#include "tests/support/model_fixture.h"
#include "tests/support/shared_models.h"
#include "tests/support/vocabulary_fixture.h"
#include "thimble/engine.h"
#include "tools/error.h"
#include "tools/import/llama2c.h"

namespace thimble {
namespace {

using tools::Vocabulary;
using Ids = std::vector<uint32_t>;

// <unk> <s> </s> 'a' | a b c d | ab cd abcd bc, and padding
Vocabulary letters() {
  Vocabulary v;
  v.unk = 0, v.bos = 1, v.eos = 2;
  v.add_space = false;
  v.pieces = {{"<unk>", 0, PieceType::kUnknown}, {"<s>", 0, PieceType::kControl},  {"</s>", 0, PieceType::kControl},
              {"a", 0, PieceType::kByte},        {"a", -9, PieceType::kNormal},    {"b", -9, PieceType::kNormal},
              {"c", -9, PieceType::kNormal},     {"d", -9, PieceType::kNormal},    {"ab", -1, PieceType::kNormal},
              {"cd", -2, PieceType::kNormal},    {"abcd", -3, PieceType::kNormal}, {"bc", -4, PieceType::kNormal},
              {"", 0, PieceType::kUnused}};
  return v;
}

TEST(Prune, KeepsStepsOnTheWayAndNothingElse) {
  const tools::Pruning pruning = tools::needed_pieces(letters(), Ids{1, 10});
  EXPECT_EQ(pruning.kept, (Ids{0, 1, 2, 3, 4, 5, 6, 7, 10}));
  EXPECT_EQ(pruning.steps, (Ids{8, 9}));  // not bc, not the padding
  EXPECT_EQ(pruning.in_text, 1u);
  EXPECT_EQ(pruning.characters, 4u);
  EXPECT_EQ(pruning.always, 4u);
}

TEST(Prune, DropsWhatNothingLeadsTo) {
  EXPECT_EQ(tools::needed_pieces(letters(), Ids{11}).kept, (Ids{0, 1, 2, 3, 5, 6, 11}));
  EXPECT_EQ(tools::needed_pieces(letters(), Ids{}).kept, (Ids{0, 1, 2, 3}));
}

// "abc" is made of "a" and "bc" alone, as a list of merges has it, though "ab" merges earlier elsewhere.
TEST(Prune, MergesByAListAndByBytes) {
  Vocabulary v = letters();
  v.split_rule = byte_level::SplitRule::kGpt2;
  v.pieces[8].score = -5;  // ab, behind bc
  v.pieces[10] = {"abc", -6, PieceType::kNormal, 1};
  EXPECT_EQ(tools::needed_pieces(v, Ids{10}).kept, (Ids{0, 1, 2, 3, 4, 5, 6, 10}));
  EXPECT_EQ(tools::needed_pieces(v, Ids{10}).steps, Ids{11});
  v.pieces[10].left = 2;
  v.pieces[8].score = -3;
  EXPECT_EQ(tools::needed_pieces(v, Ids{10}).kept, (Ids{0, 1, 2, 3, 4, 5, 6, 10}));
  EXPECT_EQ(tools::needed_pieces(v, Ids{10}).steps, Ids{8});
  v.pieces[4].text = "\xc3";  // half of a character
  v.pieces[5].text = "\xa9";
  v.pieces[8] = {"\xc3\xa9", -3, PieceType::kNormal};
  EXPECT_EQ(tools::needed_pieces(v, Ids{8}).kept, (Ids{0, 1, 2, 3, 4, 5, 8}));
}

// A text that ends at a step falls apart there; one that goes through it does not.
TEST(Prune, StepsFallApart) {
  tools::ImportedModel model;
  model.vocabulary = letters();
  tools::keep_pieces(tools::needed_pieces(model.vocabulary, Ids{1, 10}), &model);
  const auto section = tools::write_vocabulary(model.vocabulary);
  Tokenizer tokenizer;
  ASSERT_TRUE(tokenizer.open(section, model.config.vocab_size).ok());
  EXPECT_EQ(tokenizer.vocab_size(), 9u);
  EncodeOptions options;
  options.add_bos = false;
  EXPECT_EQ(testing::encode(tokenizer, "abcd", options), Ids{8});
  EXPECT_EQ(testing::encode(tokenizer, "abcdab", options), (Ids{8, 4, 5}));
  EXPECT_EQ(testing::encode(tokenizer, "cdabb", options), (Ids{6, 7, 4, 5, 5}));
  // No id of a step is an id of the tokenizer.
  EXPECT_EQ(tokenizer.type(9), PieceType::kUnused);
  EXPECT_EQ(tokenizer.name(9), "");
  EXPECT_EQ(tokenizer.find("ab"), kNoToken);
  EXPECT_EQ(tools::read_vocabulary_section(section, 9).steps, 2u);
  EXPECT_FALSE(tokenizer.open(section, 12).ok());  // fewer pieces than tokens
  EXPECT_FALSE(tokenizer.open(section, 8).ok());   // a token behind the model's
}

// A piece that was unused before merges and falls apart: without "ab", "abc" would be taken as a and bc.
TEST(Prune, KeepsUnusedPiecesThatMerge) {
  tools::ImportedModel model;
  model.vocabulary = letters();
  model.vocabulary.merge_unused = true;
  model.vocabulary.pieces[8].type = PieceType::kUnused;   // ab
  model.vocabulary.pieces[10].type = PieceType::kUnused;  // abcd, of ab and cd
  const tools::Pruning pruning = tools::needed_pieces(model.vocabulary, Ids{1, 4, 5, 6, 11});
  EXPECT_EQ(pruning.kept, (Ids{0, 1, 2, 3, 4, 5, 6, 7, 11}));
  EXPECT_EQ(pruning.steps, (Ids{8, 9, 10}));
  tools::keep_pieces(pruning, &model);
  const auto section = tools::write_vocabulary(model.vocabulary);
  Tokenizer tokenizer;
  ASSERT_TRUE(tokenizer.open(section, model.config.vocab_size).ok());
  EncodeOptions options;
  options.add_bos = false;
  EXPECT_EQ(testing::encode(tokenizer, "abc", options), (Ids{4, 5, 6}));  // not a, bc
  EXPECT_EQ(testing::encode(tokenizer, "bcb", options), (Ids{8, 5}));
}

TEST(Prune, KeepsRowsWithTheirPieces) {
  for (const testing::FixtureSpec& spec : {testing::small_spec(), testing::untied_spec()}) {
    tools::ImportedModel model = testing::to_imported(testing::make_fixture(spec));
    const tools::ImportedModel before = model;
    Ids kept = {0, 1, 2};
    for (uint32_t id = 3; id < spec.vocab_size; id += 7) kept.push_back(id);
    tools::Pruning pruning;
    pruning.kept = kept;
    tools::keep_pieces(pruning, &model);
    EXPECT_EQ(model.config.vocab_size, kept.size());
    for (size_t t = 0; t < model.tensors.size(); ++t) {
      const Role role = model.tensors[t].role;
      const bool table = role == Role::kTokenEmbedding || role == Role::kClassifier;
      ASSERT_EQ(model.tensors[t].rows, table ? kept.size() : before.tensors[t].rows);
      std::vector<float> now(model.tensors[t].cols), then(now);
      for (uint32_t row = 0; row < model.tensors[t].rows; ++row) {
        model.tensors[t].read_row(row, now);
        before.tensors[t].read_row(table ? kept[row] : row, then);
        ASSERT_EQ(now, then);
      }
    }
  }
}

// After each of the tokens, in f32.
std::vector<std::vector<float>> logits_of(const tools::ImportedModel& source, const Ids& tokens) {
  tools::ConvertOptions options;
  options.self_test = false;
  const tools::ImageBytes image = tools::convert(source, options);
  Model model;
  EXPECT_TRUE(model.open(image.span()).ok());
  PlanOptions plan_options;
  plan_options.context = model.config().max_context;
  plan_options.max_batch = 1;
  const Plan plan = make_plan(model, plan_options, MemoryLayout::unlimited());
  EXPECT_TRUE(plan.status.ok());
  tools::ImageBytes memory(plan.total_bytes());
  Engine engine;
  EXPECT_TRUE(engine.init(model, plan, Memory(memory.span())).ok());
  std::vector<std::vector<float>> logits;
  for (const uint32_t token : tokens) {
    std::vector<float>& row = logits.emplace_back(model.config().vocab_size);
    const LogitsSink sink = {[](void* to, uint32_t, uint32_t first, std::span<const float> part) {
                               std::ranges::copy(part, static_cast<float*>(to) + first);
                             },
                             row.data()};
    EXPECT_TRUE(engine.forward({&token, 1}, LogitsOf::kAll, &sink).ok());
  }
  return logits;
}

// Readers that know no steps refuse the file by its version.
TEST(Prune, StepsAreOfVersion3) {
  tools::ImportedModel model = testing::to_imported(testing::make_fixture(testing::small_spec()));
  const auto minor = [&] { return load_u16(tools::convert(model, {}).span().data() + format::header::kMinorAt); };
  tools::Pruning pruning;
  for (uint32_t id = 0; id < 280; ++id) pruning.kept.push_back(id);
  tools::ImportedModel whole = model;
  tools::keep_pieces(pruning, &model);
  EXPECT_EQ(minor(), 0);
  model = whole;
  pruning.steps = {290, 291};
  tools::keep_pieces(pruning, &model);
  EXPECT_EQ(minor(), 3);
  model.config.vocab_size = 281;
  EXPECT_THROW(tools::convert(model, {}), tools::Error);  // a row for a step
}

// The logits of the rows that stay are those of the whole model, bit for bit.
TEST(Prune, LeavesLogitsOfWhatStaysAsTheyWere) {
  for (const testing::FixtureSpec& spec : {testing::small_spec(), testing::untied_spec()}) {
    tools::ImportedModel model = testing::to_imported(testing::make_fixture(spec));
    const tools::ImportedModel before = model;
    const tools::Pruning pruning = tools::needed_pieces(model.vocabulary, Ids{5, 270, 271, 299 % spec.vocab_size});
    tools::keep_pieces(pruning, &model);
    Ids tokens, old_tokens;
    for (uint32_t i = 0; i < 12; ++i) {
      tokens.push_back(i * 31 % model.config.vocab_size);
      old_tokens.push_back(pruning.kept[tokens.back()]);
    }
    const auto now = logits_of(model, tokens);
    const auto then = logits_of(before, old_tokens);
    for (size_t t = 0; t < now.size(); ++t) {
      for (size_t row = 0; row < now[t].size(); ++row) ASSERT_EQ(now[t][row], then[t][pruning.kept[row]]) << t << row;
    }
  }
}

// The 32,000 pieces of Llama for the stories of ../shared/eval, each of which must keep its ids.
TEST(Prune, RealVocabularyForRealStories) {
  THIMBLE_NEED_SHARED();
  const auto file = testing::read_file(testing::shared_folder() / "models/llama32k/tokenizer.model");
  const auto checkpoint = testing::read_file(testing::shared_folder() / "models/llama32k/tinyrandom_unshared.bin");
  tools::ImportedModel model = tools::import_llama2c(checkpoint, "tinyrandom_unshared.bin");
  model.vocabulary = tools::read_vocabulary(file, "tokenizer.model", 32000);
  const std::string text = testing::read_text(testing::shared_folder() / "eval/tinystories_tail.txt");
  constexpr std::string_view kSeparator = "<|endoftext|>";
  std::vector<std::string> stories;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(kSeparator, at), text.size());
    const size_t first = std::min(text.find_first_not_of(" \n", at), end);
    const size_t last = text.find_last_not_of(" \n", end == 0 ? 0 : end - 1);
    if (first < end) stories.push_back(text.substr(first, last + 1 - first));
    at = end + kSeparator.size();
  }
  ASSERT_EQ(stories.size(), 1910u);

  const auto encode_all = [&](const Vocabulary& vocabulary) {
    const auto section = tools::write_vocabulary(vocabulary);
    Tokenizer tokenizer;
    const auto tokens = static_cast<uint32_t>(vocabulary.pieces.size() - vocabulary.steps);
    EXPECT_TRUE(tokenizer.open(section, tokens).ok());
    std::vector<Ids> ids;
    for (const std::string& story : stories) ids.push_back(testing::encode(tokenizer, story));
    return ids;
  };
  const std::vector<Ids> before = encode_all(model.vocabulary);
  Ids all;
  for (const Ids& ids : before) all.insert(all.end(), ids.begin(), ids.end());
  const tools::Pruning pruning = tools::needed_pieces(model.vocabulary, all);
  EXPECT_EQ(pruning.kept.size() + pruning.steps.size(), 6158u);
  const tools::ImportedModel unpruned = model;
  tools::keep_pieces(pruning, &model);
  std::vector<Ids> after = encode_all(model.vocabulary);
  const Ids first_story(after[0].begin(), after[0].begin() + 32);
  for (Ids& ids : after) {
    for (uint32_t& id : ids) id = pruning.kept[id];
  }
  EXPECT_EQ(after, before);

  const auto now = logits_of(model, first_story);
  const auto then = logits_of(unpruned, Ids(before[0].begin(), before[0].begin() + 32));
  for (size_t t = 0; t < now.size(); ++t) {
    for (size_t row = 0; row < now[t].size(); ++row) ASSERT_EQ(now[t][row], then[t][pruning.kept[row]]);
  }
}

}  // namespace
}  // namespace thimble
