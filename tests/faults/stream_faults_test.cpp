// Every fault at every read of a step of a model that is streamed: a fault that passes is not noticed, one that stays
// is a Status, and afterwards everything goes on as if nothing had been.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"
#include "tests/support/streamed_engine.h"

namespace thimble {
namespace {

using testing::Fault;
using testing::SimulatedDevice;
using testing::StreamedEngine;
using testing::to_string;

constexpr PlanOptions kOptions = {.max_batch = 4, .stream_bytes = kStreamGrain};
constexpr Fault kFaults[] = {Fault::kShort, Fault::kFlip, Fault::kGone, Fault::kStall, Fault::kBegin};

Code code_of(Fault fault) { return fault == Fault::kFlip ? Code::kCorrupt : Code::kReadFailed; }

// Untied, so that a step reads a row of the embedding, too.
testing::FixtureSpec spec() { return {64, 100, 1, 4, 2, 500, 64, false, 5}; }

class StreamFaults : public ::testing::TestWithParam<tools::WeightType> {
 protected:
  StreamFaults() : image_(testing::to_thm(testing::make_fixture(spec()), GetParam())) {
    tokens_ = testing::random_tokens(9, spec().vocab_size, 4);
    StreamedEngine undisturbed(image_.span(), kOptions);
    after_init_ = undisturbed.device().reads();
    expected_ = testing::hash_of(undisturbed.engine(), tokens_);
    after_prompt_ = undisturbed.device().reads();
    expected_next_ = next_hash(undisturbed.engine());
    after_step_ = undisturbed.device().reads();
  }

  // The logits of one more token.
  static Status next(Engine& engine, uint64_t* out) {
    LogitsHash hash(engine.model().config().vocab_size);
    const LogitsSink sink{[](void* context, uint32_t index, uint32_t first_row, std::span<const float> rows) {
                            static_cast<LogitsHash*>(context)->add(index, first_row, rows);
                          },
                          &hash};
    const uint32_t token = 7;
    const Status status = engine.forward({&token, 1}, LogitsOf::kLast, &sink);
    *out = hash.value();
    return status;
  }
  static uint64_t next_hash(Engine& engine) {
    uint64_t hash = 0;
    const Status status = next(engine, &hash);
    EXPECT_TRUE(status.ok()) << to_string(status);
    return hash;
  }

  tools::ImageBytes image_;
  std::vector<uint32_t> tokens_;
  uint64_t expected_ = 0;
  uint64_t expected_next_ = 0;
  size_t after_init_ = 0;
  size_t after_prompt_ = 0;
  size_t after_step_ = 0;
};
std::string type_name(const ::testing::TestParamInfo<tools::WeightType>& type) {
  return tools::weight_type_name(type.param);
}
INSTANTIATE_TEST_SUITE_P(Types, StreamFaults,
                         ::testing::Values(tools::WeightType::kF32, tools::WeightType::kQ8, tools::WeightType::kQ4),
                         type_name);

TEST_P(StreamFaults, ThatPassAreNotNoticed) {
  ASSERT_GT(after_step_ - after_prompt_, 3u);
  for (const Fault fault : kFaults) {
    for (size_t read = after_init_; read < after_step_; ++read) {
      for (const size_t count : {1u, 2u}) {
        StreamedEngine streamed(image_.span(), kOptions);
        streamed.device().fail(read, count, fault);
        EXPECT_EQ(testing::hash_of(streamed.engine(), tokens_), expected_) << read;
        EXPECT_EQ(next_hash(streamed.engine()), expected_next_) << read;
        // The last one is read ahead, for a step that nobody asked for.
        if (read + 1 < after_step_) {
          EXPECT_GE(streamed.engine().stream_counts().retries, 1u);
        }
        EXPECT_LE(streamed.engine().stream_counts().retries, count);
      }
    }
  }
}

// While a chunk is verified, the next one is being read. A chunk that is read again by then has the beginning of a row
// in front of it, which the sectors of the second try overlap.
TEST_P(StreamFaults, ASecondTryLeavesTheRowInFrontAsItWas) {
  for (size_t read = after_prompt_; read + 1 < after_step_; ++read) {
    StreamedEngine streamed(image_.span(), kOptions);
    ASSERT_EQ(testing::hash_of(streamed.engine(), tokens_), expected_);
    streamed.device().fail(read, 1, Fault::kFlip);
    streamed.device().fail(read + 2, 1, Fault::kFront);
    EXPECT_EQ(next_hash(streamed.engine()), expected_next_) << read;
    const SimulatedDevice& device = streamed.device();
    if (device.offset_of(read) < streamed.model().tensor_at(1, nullptr, nullptr).offset) continue;  // of the embedding
    EXPECT_NE(device.offset_of(read + 1), device.offset_of(read)) << read;
    EXPECT_EQ(device.offset_of(read + 2), device.offset_of(read)) << read;
  }
}

TEST_P(StreamFaults, ThatStayAreAStatusAndTheStepMayBeMadeAgain) {
  for (const Fault fault : kFaults) {
    for (size_t read = after_prompt_; read < after_step_; ++read) {
      StreamedEngine streamed(image_.span(), kOptions);
      Engine& engine = streamed.engine();
      ASSERT_EQ(testing::hash_of(engine, tokens_), expected_);
      streamed.device().fail(read, SIZE_MAX - read, fault);
      uint64_t hash = 0;
      Status status = next(engine, &hash);
      if (status.ok()) {  // read ahead, for a step that nobody has asked for yet
        EXPECT_EQ(hash, expected_next_);
        ASSERT_TRUE(engine.rewind(engine.position() - 1).ok());
        status = next(engine, &hash);
      }
      EXPECT_EQ(status.code(), code_of(fault)) << read << ": " << to_string(status);
      EXPECT_EQ(engine.position(), tokens_.size());
      const size_t reads = streamed.device().reads();
      EXPECT_EQ(next(engine, &hash).code(), code_of(fault));       // still away
      EXPECT_LE(streamed.device().reads() - reads, 2u * (1 + 2));  // each chunk that was begun, and two more tries
      streamed.device().come_back();
      EXPECT_EQ(next_hash(engine), expected_next_) << read;
      EXPECT_EQ(engine.position(), tokens_.size() + 1);
    }
  }
}

TEST_P(StreamFaults, InAPromptAppendNothing) {
  for (const Fault fault : kFaults) {
    for (size_t read = after_init_; read < after_prompt_; ++read) {
      StreamedEngine streamed(image_.span(), kOptions);
      Engine& engine = streamed.engine();
      streamed.device().fail(read, SIZE_MAX - read, fault);
      LogitsHash unused(spec().vocab_size);
      const Status status = engine.forward(tokens_, LogitsOf::kNone, nullptr);
      if (!status.ok()) {  // a prompt without logits reads less than the one that was counted
        EXPECT_EQ(status.code(), code_of(fault)) << to_string(status);
        EXPECT_EQ(engine.position(), 0u);
      }
      streamed.device().come_back();
      EXPECT_EQ(testing::hash_of(engine, tokens_), expected_) << read;
    }
  }
}

TEST_P(StreamFaults, AtTheStartAreTheStatusOfInit) {
  const auto head = image_.span().first(*Model::head_bytes(image_.span()));
  Model model;
  ASSERT_TRUE(model.open_head(head, image_.span().size()).ok());
  const Plan plan = testing::least_plan(model, kOptions, 20'000);
  tools::ImageBytes memory(plan.total_bytes());
  testing::SimulatedDevice counting(image_.span());
  WeightReader reader = counting.reader();
  Engine engine;
  ASSERT_TRUE(engine.init(model, plan, Memory(memory.span()), &reader).ok());
  ASSERT_GT(counting.reads(), 1u);
  for (const Fault fault : kFaults) {
    for (size_t read = 0; read < counting.reads(); ++read) {
      testing::SimulatedDevice device(image_.span());
      device.fail(read, SIZE_MAX - read, fault);
      reader = device.reader();
      EXPECT_EQ(engine.init(model, plan, Memory(memory.span()), &reader).code(), code_of(fault));
      EXPECT_FALSE(engine.ready());
      device.come_back();
      ASSERT_TRUE(engine.init(model, plan, Memory(memory.span()), &reader).ok());
      EXPECT_EQ(testing::hash_of(engine, tokens_), expected_);
    }
  }
}

// A byte of the file that is wrong for good: found wherever it lies, in weights that stay in memory, too.
TEST_P(StreamFaults, EveryBlockIsVerified) {
  Model model;
  ASSERT_TRUE(model.open(image_.span()).ok());
  for (uint32_t block = 0; block < model.block_count(); ++block) {
    const size_t at = static_cast<size_t>(model.data_offset()) + block * Model::kBlockBytes + 99;
    for (const size_t in_memory : {0u, 30'000u}) {
      image_.span()[at] ^= std::byte{0x40};
      Status status;
      try {
        StreamedEngine streamed(image_.span(), kOptions, {}, in_memory);
        uint32_t token = 0;  // whose row of the embedding is in the damaged block, if it is one of the embedding
        const TensorView embedding = model.tensor(Role::kTokenEmbedding);
        while (token + 1 < embedding.rows && at > embedding.offset + embedding.bytes * (token + 1) / embedding.rows) {
          ++token;
        }
        const LogitsSink sink{[](void*, uint32_t, uint32_t, std::span<const float>) {}, nullptr};
        status = streamed.engine().forward({&token, 1}, LogitsOf::kLast, &sink);
      } catch (const std::runtime_error& error) {  // at init
        status = Status::error(std::string(error.what()).find("corrupt") == 0 ? Code::kCorrupt : Code::kMalformed, "");
      }
      EXPECT_EQ(status.code(), Code::kCorrupt) << block << " " << in_memory << " " << to_string(status);
      image_.span()[at] ^= std::byte{0x40};
    }
  }
}

// A text goes on with the token that was due.
TEST_P(StreamFaults, ATextGoesOnWithTheTokenThatWasDue) {
  GeneratorParams params = testing::greedy(12);
  params.ignore_eos = params.hash_logits = true;
  StreamedEngine undisturbed(image_.span(), kOptions);
  Generator whole(undisturbed.engine(), params);
  ASSERT_TRUE(whole.start_tokens(tokens_).ok());
  while (whole.next()) {
  }
  StreamedEngine streamed(image_.span(), kOptions);
  Generator generator(streamed.engine(), params);
  ASSERT_TRUE(generator.start_tokens(tokens_).ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(generator.next());
  streamed.device().fail(streamed.device().reads(), SIZE_MAX / 2, Fault::kGone);
  while (generator.next()) {
  }
  EXPECT_EQ(generator.finish_reason(), FinishReason::kError);
  EXPECT_EQ(generator.status().code(), Code::kReadFailed);
  streamed.device().come_back();
  ASSERT_TRUE(generator.resume().ok());
  while (generator.next()) {
  }
  EXPECT_TRUE(std::ranges::equal(generator.tokens(), whole.tokens()));
  EXPECT_EQ(generator.logits_hash(), whole.logits_hash());
}

}  // namespace
}  // namespace thimble
