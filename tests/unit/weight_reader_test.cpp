// Models opened from their head: what is known of them, and engines whose weights come through a reader.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "tests/support/engine_fixture.h"
#include "tests/support/failing_file.h"
#include "tests/support/model_fixture.h"

namespace thimble {
namespace {

using testing::to_string;
using File = testing::FailingFile;

constexpr PlanOptions kCopied = {.max_batch = 4, .weights = WeightHome::kFast};

class ModelFromHead : public ::testing::TestWithParam<tools::WeightType> {
 protected:
  void make(const testing::FixtureSpec& spec) {
    image_ = testing::to_thm(testing::make_fixture(spec), GetParam());
    ASSERT_TRUE(whole_.open(image_.span()).ok());
    const auto head_bytes = Model::head_bytes(image_.span());
    ASSERT_TRUE(head_bytes.ok()) << to_string(head_bytes.status());
    // A copy, so that a sanitizer sees any read beyond it.
    head_ = tools::ImageBytes(static_cast<size_t>(*head_bytes));
    std::memcpy(head_.span().data(), image_.span().data(), head_.span().size());
    const Status status = model_.open_head(head_.span(), image_.span().size());
    ASSERT_TRUE(status.ok()) << to_string(status);
    tokens_ = testing::random_tokens(std::min(11u, spec.seq_len), spec.vocab_size, 4);
    testing::TestEngine plain(image_.span());
    expected_ = plain.hash(tokens_);
  }

  Status init(Engine* engine, File* file) {
    const Plan plan = make_plan(model_, kCopied, MemoryLayout::unlimited());
    EXPECT_TRUE(plan.status.ok()) << to_string(plan.status);
    memory_ = tools::ImageBytes(plan.total_bytes());
    const WeightReader reader = file->reader();
    return engine->init(model_, plan, Memory(memory_.span()), &reader);
  }

  tools::ImageBytes image_;
  tools::ImageBytes head_;
  tools::ImageBytes memory_;
  Model whole_;
  Model model_;
  std::vector<uint32_t> tokens_;
  uint64_t expected_ = 0;
};
std::string type_name(const ::testing::TestParamInfo<tools::WeightType>& type) {
  return tools::weight_type_name(type.param);
}
INSTANTIATE_TEST_SUITE_P(Types, ModelFromHead,
                         ::testing::Values(tools::WeightType::kF32, tools::WeightType::kF16, tools::WeightType::kQ8,
                                           tools::WeightType::kQ4),
                         type_name);

TEST_P(ModelFromHead, KnowsAllButTheWeights) {
  for (const testing::FixtureSpec& spec : testing::all_specs()) {
    make(spec);
    EXPECT_FALSE(model_.has_weights());
    EXPECT_TRUE(whole_.has_weights());
    EXPECT_EQ(model_.config(), whole_.config());
    EXPECT_EQ(model_.arithmetic(), whole_.arithmetic());
    EXPECT_EQ(model_.parameter_count(), whole_.parameter_count());
    EXPECT_EQ(model_.weight_bytes(), whole_.weight_bytes());
    EXPECT_EQ(model_.weight_bytes(), image_.span().size() - head_.span().size());
    EXPECT_EQ(model_.vocabulary().size(), whole_.vocabulary().size());
    EXPECT_EQ(model_.rope_step(0), whole_.rope_step(0));
    EXPECT_EQ(model_.verify().code(), Code::kNotReady);
    for (uint32_t i = 0; i < whole_.tensor_count(); ++i) {
      const TensorView there = whole_.tensor_at(i, nullptr, nullptr);
      const TensorView here = model_.tensor_at(i, nullptr, nullptr);
      EXPECT_EQ(here.data, nullptr);
      EXPECT_EQ(here.offset, there.offset);
      EXPECT_EQ(here.bytes, there.bytes);
      EXPECT_EQ(static_cast<size_t>(there.data - image_.span().data()), there.offset);
    }
  }
}

TEST_P(ModelFromHead, TakesMoreThanTheHeadAndNothingLess) {
  make(testing::small_spec());
  const size_t head = head_.span().size();
  for (const size_t bytes : {head + 1, head + 100, image_.span().size() - 1}) {
    Model model;
    EXPECT_TRUE(model.open_head(image_.span().first(bytes), image_.span().size()).ok()) << bytes;
    EXPECT_FALSE(model.has_weights()) << bytes;
  }
  for (size_t bytes = 0; bytes < head; ++bytes) {
    Model model;
    const Status status = model.open_head(image_.span().first(bytes), image_.span().size());
    EXPECT_EQ(status.code(), bytes == 0 ? Code::kBadMagic : Code::kTruncated) << bytes;
    EXPECT_FALSE(model.is_open()) << bytes;
  }
  Model model;
  EXPECT_EQ(model.open_head(head_.span(), image_.span().size() - 1).code(), Code::kTruncated);
  EXPECT_EQ(model.open_head(head_.span(), image_.span().size() + 1).code(), Code::kMalformed);
}

TEST_P(ModelFromHead, ItsLengthIsToldByItsTable) {
  make(testing::small_spec());
  const uint64_t head = head_.span().size();
  EXPECT_EQ(*Model::head_bytes(image_.span().first(Model::kTableBytes)), head);
  EXPECT_EQ(Model::head_bytes(image_.span().first(128)).status().code(), Code::kTruncated);
  EXPECT_EQ(Model::head_bytes(image_.span().first(127)).status().code(), Code::kTruncated);
}

// An embedding that is no classifier, and of many blocks.
testing::FixtureSpec large_embedding_spec() { return {64, 100, 1, 4, 2, 1500, 64, false, 5}; }

TEST_P(ModelFromHead, EnginesReadTheFileAtTheStartAndComputeTheSameBits) {
  for (const testing::FixtureSpec& spec : testing::all_specs()) {
    make(spec);
    File file(image_.span());
    Engine engine;
    const Status status = init(&engine, &file);
    ASSERT_TRUE(status.ok()) << to_string(status);
    const size_t before = file.reads();
    EXPECT_GT(before, 0u);
    EXPECT_EQ(testing::hash_of(engine, tokens_), expected_);
    if (spec.tied) {
      EXPECT_EQ(file.reads(), before);
    }
  }
  // An embedding that is no classifier stays where it is: a token reads a row of it.
  make(large_embedding_spec());
  File file(image_.span());
  Engine engine;
  ASSERT_TRUE(init(&engine, &file).ok());
  const size_t before = file.reads();
  EXPECT_EQ(testing::hash_of(engine, tokens_), expected_);
  EXPECT_GT(file.reads(), before);
  EXPECT_LE(file.reads(), before + 6 * tokens_.size());  // scales may lie in another block than the row
}

TEST_P(ModelFromHead, AFailedReadIsTheStatusOfInit) {
  make(testing::medium_spec());
  File counting(image_.span());
  Engine undisturbed;
  ASSERT_TRUE(init(&undisturbed, &counting).ok());
  for (size_t failing = 0; failing < counting.reads(); ++failing) {
    File file(image_.span());
    file.fail_from(failing);
    Engine engine;
    const Status status = init(&engine, &file);
    EXPECT_EQ(status.code(), Code::kReadFailed);
    EXPECT_STREQ(status.subject(), "card");
    EXPECT_FALSE(engine.ready());
  }
}

// Eleven tokens are three sweeps of at most four: a read fails in each place of each of them.
TEST_P(ModelFromHead, AFailedReadAppendsNothingAndTheCallMayBeMadeAgain) {
  make(large_embedding_spec());
  File counting(image_.span());
  Engine undisturbed;
  ASSERT_TRUE(init(&undisturbed, &counting).ok());
  const size_t first = counting.reads();
  ASSERT_EQ(testing::hash_of(undisturbed, tokens_), expected_);
  const size_t last = counting.reads();
  for (size_t failing = first; failing < last; ++failing) {
    File file(image_.span());
    Engine engine;
    ASSERT_TRUE(init(&engine, &file).ok());
    file.fail_from(failing);
    const Status status = engine.forward(tokens_, LogitsOf::kNone, nullptr);
    file.come_back();
    EXPECT_EQ(status.code(), Code::kReadFailed);
    EXPECT_EQ(engine.position(), 0u);
    ASSERT_TRUE(engine.forward(std::span(tokens_).first(3), LogitsOf::kNone, nullptr).ok());
    EXPECT_EQ(engine.position(), 3u);
    EXPECT_EQ(testing::hash_of(engine, tokens_), expected_) << failing;
  }
}

// Whoever writes to a card, or a bit that falls over on it, is found before anything is computed.
TEST_P(ModelFromHead, EveryByteThatComesIsVerified) {
  make(testing::medium_spec());
  for (size_t at = head_.span().size(); at < image_.span().size(); at += 4999) {
    image_.span()[at] ^= std::byte{4};
    File file(image_.span());
    Engine engine;
    EXPECT_EQ(init(&engine, &file).code(), Code::kCorrupt) << at;
    image_.span()[at] ^= std::byte{4};
  }
}

TEST_P(ModelFromHead, WhatItCannotRunIsRefused) {
  make(testing::small_spec());
  const Plan in_place = make_plan(model_, {}, MemoryLayout::unlimited());
  EXPECT_EQ(in_place.status.code(), Code::kInvalidArgument);

  const Plan plan = make_plan(model_, kCopied, MemoryLayout::unlimited());
  ASSERT_TRUE(plan.status.ok());
  const Plan too_little = make_plan(model_, kCopied, MemoryLayout().add(Region::kFast, plan.total_bytes() - 64));
  EXPECT_EQ(too_little.status.code(), Code::kOutOfMemory);
  EXPECT_STREQ(too_little.status.subject(), "token_embedding");
  EXPECT_LT(too_little.status.found(), too_little.status.expected());

  tools::ImageBytes memory(plan.total_bytes());
  Engine engine;
  EXPECT_EQ(engine.init(model_, plan, Memory(memory.span())).code(), Code::kNotReady);
  File file(image_.span());
  const WeightReader reader = file.reader();
  const Plan of_whole = make_plan(whole_, kCopied, MemoryLayout::unlimited());
  EXPECT_EQ(engine.init(model_, of_whole, Memory(memory.span()), &reader).code(), Code::kMismatch);
  // A plan of smaller weights leaves no room for these.
  const auto smaller = whole_.arithmetic() == Arithmetic::kInteger ? tools::WeightType::kQ4 : tools::WeightType::kF16;
  if (GetParam() != smaller) {
    const tools::ImageBytes other = testing::to_thm(testing::make_fixture(testing::small_spec()), smaller);
    Model head;
    ASSERT_TRUE(head.open_head(other.span().first(*Model::head_bytes(other.span())), other.span().size()).ok());
    const Plan of_other =
        make_plan(head, kCopied,
                  MemoryLayout().add(Region::kFast, make_plan(head, kCopied, MemoryLayout::unlimited()).total_bytes()));
    ASSERT_TRUE(of_other.status.ok());
    EXPECT_EQ(engine.init(model_, of_other, Memory(memory.span().first(of_other.total_bytes())), &reader).code(),
              Code::kMismatch);
  }
  // A plan for weights that are not in memory serves those that are.
  EXPECT_TRUE(engine.init(whole_, plan, Memory(memory.span())).ok());
  EXPECT_EQ(testing::hash_of(engine, tokens_), expected_);
}

}  // namespace
}  // namespace thimble
