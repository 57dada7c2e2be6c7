// Models opened from their tables, without weights and vocabulary in memory, and engines and texts over them.

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "tests/support/engine_fixture.h"
#include "tests/support/failing_file.h"
#include "tests/support/model_fixture.h"
#include "tests/support/thm_editor.h"
#include "tools/convert/convert.h"
#include "tools/synth/synthetic_model.h"
#include "tools/vocabulary/write_words.h"

namespace thimble {
namespace {

using testing::to_string;
using File = testing::FailingFile;

constexpr PlanOptions kCopied = {.max_batch = 4, .weights = WeightHome::kFast};

// The parts of a file that open_tables() takes.
tools::ImageBytes tables_of(std::span<const std::byte> file) {
  const auto parts = Model::table_parts(file.first(std::min(file.size(), Model::kTableBytes)));
  EXPECT_TRUE(parts.ok()) << to_string(parts.status());
  EXPECT_EQ(parts->file_bytes, file.size());
  tools::ImageBytes tables(static_cast<size_t>(parts->bytes()));
  std::memcpy(tables.span().data(), file.data(), static_cast<size_t>(parts->front_bytes));
  std::memcpy(tables.span().data() + parts->front_bytes, file.data() + parts->back_at,
              static_cast<size_t>(parts->back_bytes));
  return tables;
}

class ModelFromTables : public ::testing::Test {
 protected:
  ModelFromTables()
      : image_(testing::to_thm(testing::make_fixture(testing::untied_spec()), tools::WeightType::kQ8)),
        tables_(tables_of(image_.span())) {
    const Status status = model_.open_tables(tables_.span(), image_.span().size());
    EXPECT_TRUE(status.ok()) << to_string(status);
    EXPECT_TRUE(whole_.open(image_.span()).ok());
  }

  Status init(Engine* engine, File* file, const PlanOptions& options = kCopied) {
    const Plan plan = make_plan(model_, options, MemoryLayout::unlimited());
    EXPECT_TRUE(plan.status.ok()) << to_string(plan.status);
    memory_ = tools::ImageBytes(plan.total_bytes());
    const WeightReader reader = file->reader();
    return engine->init(model_, plan, Memory(memory_.span()), &reader);
  }

  tools::ImageBytes image_;
  tools::ImageBytes tables_;
  tools::ImageBytes memory_;
  Model model_;
  Model whole_;
};

TEST_F(ModelFromTables, KnowsAllButPiecesAndWeights) {
  EXPECT_TRUE(whole_.has_vocabulary());
  EXPECT_FALSE(model_.has_vocabulary());
  EXPECT_FALSE(model_.has_weights());
  EXPECT_FALSE(Model().has_vocabulary());
  EXPECT_EQ(model_.config(), whole_.config());
  EXPECT_EQ(model_.about_count(), whole_.about_count());
  EXPECT_EQ(model_.about_text("license", "none"), whole_.about_text("license", "none"));
  EXPECT_EQ(model_.rope_step(1), whole_.rope_step(1));
  EXPECT_EQ(model_.weight_bytes(), whole_.weight_bytes());
  for (uint32_t i = 0; i < whole_.tensor_count(); ++i) {
    const TensorView there = whole_.tensor_at(i, nullptr, nullptr);
    const TensorView here = model_.tensor_at(i, nullptr, nullptr);
    EXPECT_EQ(here.data, nullptr);
    EXPECT_EQ(here.offset, there.offset);
    EXPECT_EQ(here.bytes, there.bytes);
  }
  const SectionPlace place = model_.vocabulary_place();
  EXPECT_EQ(place.bytes, whole_.vocabulary().size());
  EXPECT_EQ(image_.span().data() + place.offset, whole_.vocabulary().data());
  EXPECT_EQ(tables_.span().size() + place.bytes - model_.vocabulary().size() + model_.weight_bytes(),
            image_.span().size());
  // What is there of the vocabulary opens no tokenizer by itself.
  EXPECT_EQ(Tokenizer().open(model_.vocabulary(), model_.config().vocab_size).code(), Code::kTruncated);
}

// Whoever is held to words looks at many pieces a token.
TEST(ModelFromTablesWithLexicon, HasItsPiecesInMemory) {
  tools::ConvertOptions options;
  options.words = tools::write_words("the cat");
  const tools::ImageBytes image =
      tools::convert(testing::to_imported(testing::make_fixture(testing::untied_spec())), options);
  const tools::ImageBytes tables = tables_of(image.span());
  EXPECT_EQ(tables.span().size(), *Model::head_bytes(image.span()));
  Model model;
  ASSERT_TRUE(model.open_tables(tables.span(), image.span().size()).ok());
  EXPECT_TRUE(model.has_vocabulary());
  EXPECT_FALSE(model.has_weights());
  EXPECT_FALSE(model.words().empty());
}

TEST_F(ModelFromTables, RefusesTheWholeTheHeadAndLess) {
  Model model;
  for (size_t bytes = 0; bytes < tables_.span().size(); ++bytes) {
    EXPECT_EQ(model.open_tables(tables_.span().first(bytes), image_.span().size()).code(),
              bytes == 0 ? Code::kBadMagic : Code::kTruncated);
    EXPECT_FALSE(model.is_open());
  }
  EXPECT_EQ(model.open_tables(tables_.span(), image_.span().size() - 1).code(), Code::kTruncated);
  EXPECT_EQ(model.open_tables(tables_.span(), image_.span().size() + 1).code(), Code::kMalformed);
  EXPECT_FALSE(model.open_tables(image_.span(), image_.span().size()).ok());
  EXPECT_FALSE(model.open_head(tables_.span(), image_.span().size()).ok());
}

TEST_F(ModelFromTables, EveryFlippedBitOfTheTablesIsSeen) {
  for (size_t i = 0; i < tables_.span().size(); ++i) {
    const SectionPlace place = whole_.vocabulary_place();
    if (i >= place.offset && i < place.offset + model_.vocabulary().size())
      continue;  // Tokenizer::open_streamed sees it
    tables_.span()[i] ^= std::byte{4};
    Model model;
    EXPECT_FALSE(model.open_tables(tables_.span(), image_.span().size()).ok()) << i;
    tables_.span()[i] ^= std::byte{4};
  }
}

TEST_F(ModelFromTables, PartsOfHostileTablesAreRefused) {
  namespace s = format::section;
  for (const auto& [at, value] : {std::pair<size_t, uint64_t>{s::kOffsetAt, UINT64_MAX - 3},
                                  {s::kOffsetAt, 1u << 30},
                                  {s::kBytesAt, UINT64_MAX},
                                  {s::kBytesAt, 1u << 30}}) {
    testing::ThmEditor editor(image_.span());
    store_u64(editor.entry(s::kVocab) + at, value);
    editor.repair();
    EXPECT_EQ(Model::table_parts(editor.bytes()).status().code(), Code::kMalformed);
  }
}

TEST_F(ModelFromTables, EnginesComputeTheSameBits) {
  const auto tokens = testing::random_tokens(11, whole_.config().vocab_size, 4);
  testing::TestEngine plain(image_.span());
  File file(image_.span());
  Engine engine;
  const Status status = init(&engine, &file);
  ASSERT_TRUE(status.ok()) << to_string(status);
  EXPECT_EQ(testing::hash_of(engine, tokens), plain.hash(tokens));
}

// Beside a plan for the whole head: kStreamBytes, and nothing else.
TEST_F(ModelFromTables, PiecesTakeWhatThePlanSays) {
  Model head;
  ASSERT_TRUE(head.open_head(image_.span().first(*Model::head_bytes(image_.span())), image_.span().size()).ok());
  const Plan with = make_plan(head, kCopied, MemoryLayout::unlimited());
  const Plan without = make_plan(model_, kCopied, MemoryLayout::unlimited());
  EXPECT_EQ(without.at(Buffer::kTokenizer).bytes - with.at(Buffer::kTokenizer).bytes, Tokenizer::kStreamBytes);
  EXPECT_EQ(without.total_bytes() - with.total_bytes(), Tokenizer::kStreamBytes);
  // A plan for less room is refused.
  File file(image_.span());
  const WeightReader reader = file.reader();
  tools::ImageBytes memory(without.total_bytes());
  Engine engine;
  EXPECT_EQ(engine.init(model_, with, Memory(memory.span()), &reader).code(), Code::kMismatch);
  EXPECT_EQ(engine.init(model_, without, Memory(memory.span())).code(), Code::kNotReady);
  EXPECT_TRUE(engine.init(model_, without, Memory(memory.span()), &reader).ok());
  EXPECT_TRUE(engine.init(whole_, without, Memory(memory.span())).ok());
}

GeneratorParams params() {
  GeneratorParams p;
  p.sampler.seed = 3;
  p.max_tokens = 12;
  p.ignore_eos = p.hash_logits = true;
  return p;
}

TEST_F(ModelFromTables, TextsAreTheSame) {
  testing::TestEngine plain(image_.span());
  File file(image_.span());
  Engine engine;
  ASSERT_TRUE(init(&engine, &file).ok());
  for (const char* prompt : {"", "Once upon", "the <s> end"}) {
    const testing::Generated expected = testing::generate(plain.engine(), prompt, params());
    const testing::Generated found = testing::generate(engine, prompt, params());
    EXPECT_EQ(found.text, expected.text);
    EXPECT_EQ(found.tokens, expected.tokens);
    EXPECT_EQ(found.hash, expected.hash);
  }
}

// Of many pieces a long text asks for more than find room beside the place where it is encoded.
TEST(ModelFromTablesWithManyPieces, LongTextsAreTheSame) {
  const ModelConfig config = {32, 32, 1, 2, 2, 16, 32000, 1024, 10000.0F, 1e-5F, true};
  tools::ConvertOptions options;
  options.type = tools::WeightType::kQ8;
  options.self_test = false;
  const tools::ImageBytes image =
      tools::convert(tools::synthetic_model({"many pieces", config}, 1, 0), options, nullptr);
  const tools::ImageBytes tables = tables_of(image.span());
  Model whole;
  Model model;
  ASSERT_TRUE(whole.open(image.span()).ok());
  ASSERT_TRUE(model.open_tables(tables.span(), image.span().size()).ok());
  const Plan plan = make_plan(model, kCopied, MemoryLayout::unlimited());
  tools::ImageBytes memory(plan.total_bytes());
  File file(image.span());
  const WeightReader reader = file.reader();
  Engine engine;
  ASSERT_TRUE(engine.init(model, plan, Memory(memory.span()), &reader).ok());
  std::string prompt;
  for (uint32_t word = 0; word < 60; ++word) prompt += std::to_string(word * 7919) + " and ";
  testing::TestEngine plain(image.span());
  const testing::Generated expected = testing::generate(plain.engine(), prompt, params());
  const testing::Generated found = testing::generate(engine, prompt, params());
  EXPECT_GT(expected.tokens.size(), 300u);
  EXPECT_EQ(found.tokens, expected.tokens);
  EXPECT_EQ(found.hash, expected.hash);
}

// The card goes away at each read of a text, and comes back: the step is an error, and the text goes on as if nothing
// had happened.
TEST_F(ModelFromTables, AFailedReadEndsAStepAndTheTextGoesOn) {
  File file(image_.span());
  Engine engine;
  ASSERT_TRUE(init(&engine, &file).ok());
  const std::string prompt = "Once upon a time";
  const testing::Generated expected = testing::generate(engine, prompt, params());
  size_t failures = 0;
  for (size_t read = 0;; ++read) {
    ASSERT_TRUE(init(&engine, &file).ok());
    Generator generator(engine, params());
    file.fail_from(file.reads() + read);
    const size_t before = failures;
    if (!generator.start(prompt).ok()) {
      EXPECT_EQ(generator.status().code(), Code::kReadFailed);
      EXPECT_EQ(generator.resume().code(), Code::kNotReady);
      ++failures;
      file.come_back();
      ASSERT_TRUE(generator.start(prompt).ok());
    }
    std::string text;
    while (generator.finish_reason() != FinishReason::kLength) {
      const Piece piece = generator.next();
      text += piece.text();
      if (generator.finish_reason() != FinishReason::kError) continue;
      EXPECT_EQ(generator.status().code(), Code::kReadFailed);
      EXPECT_FALSE(generator.next());
      ++failures;
      file.come_back();
      ASSERT_TRUE(generator.resume().ok());
    }
    EXPECT_EQ(text, expected.text) << read;
    EXPECT_EQ(generator.logits_hash(), expected.hash) << read;
    file.come_back();
    if (failures == before) break;
  }
  EXPECT_GT(failures, 30u);
}

}  // namespace
}  // namespace thimble
