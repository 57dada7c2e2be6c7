// Weights that are streamed: the same bits as in memory, whatever the size of the pieces and the memory beside them.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ports/port.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"
#include "tests/support/streamed_engine.h"

namespace thimble {
namespace {

using testing::StreamedEngine;
using testing::to_string;

class StreamedWeights : public ::testing::TestWithParam<tools::WeightType> {
 protected:
  void open(const testing::FixtureSpec& spec) {
    image_ = testing::to_thm(testing::make_fixture(spec), GetParam());
    tokens_ = testing::random_tokens(std::min(21u, spec.seq_len), spec.vocab_size, 4);
    testing::TestEngine plain(image_.span());
    expected_ = plain.hash(tokens_);
  }

  tools::ImageBytes image_;
  std::vector<uint32_t> tokens_;
  uint64_t expected_ = 0;
};
std::string type_name(const ::testing::TestParamInfo<tools::WeightType>& type) {
  return tools::weight_type_name(type.param);
}
INSTANTIATE_TEST_SUITE_P(Types, StreamedWeights,
                         ::testing::Values(tools::WeightType::kF32, tools::WeightType::kF16, tools::WeightType::kQ8,
                                           tools::WeightType::kQ4),
                         type_name);

// A classifier of its own, which is most of the model, and rows longer than a sector.
testing::FixtureSpec large_classifier_spec() { return {136, 200, 2, 4, 2, 1500, 128, false, 3}; }

TEST_P(StreamedWeights, GiveTheSameBitsForEveryShape) {
  for (const testing::FixtureSpec& spec : testing::all_specs()) {
    open(spec);
    for (const uint32_t batch : {1u, 5u, 8u}) {
      StreamedEngine streamed(image_.span(), {.max_batch = batch, .stream_bytes = kStreamGrain});
      EXPECT_EQ(testing::hash_of(streamed.engine(), tokens_), expected_) << spec.dim << " " << batch;
      EXPECT_EQ(streamed.device().unaligned_reads(), 0u);
    }
  }
}

// From two buffers and nothing else to all weights in memory, in steps that end within rows, panels, blocks and norms.
TEST_P(StreamedWeights, GiveTheSameBitsWithAnyPartInMemory) {
  for (const testing::FixtureSpec& spec : {testing::medium_spec(), large_classifier_spec()}) {
    open(spec);
    uint64_t streamed_before = UINT64_MAX;
    for (size_t more = 0; streamed_before > 0; more += 29973) {
      StreamedEngine streamed(image_.span(), {.max_batch = 4, .stream_bytes = kStreamGrain}, {}, more);
      const Plan& plan = streamed.plan();
      EXPECT_TRUE(more > 0 || plan.streamed_bytes > 0);
      EXPECT_EQ(testing::hash_of(streamed.engine(), tokens_), expected_) << more;
      // Where pieces begin to stand in turns with rows that stay, the last one is filled up.
      EXPECT_TRUE(streamed_before == UINT64_MAX || plan.streamed_bytes < streamed_before + kStreamGrain) << more;
      streamed_before = plan.streamed_bytes;
    }
  }
}

TEST_P(StreamedWeights, GiveTheSameBitsWithPiecesOfAnySize) {
  for (const testing::FixtureSpec& spec : {testing::medium_spec(), large_classifier_spec()}) {
    open(spec);
    for (uint32_t bytes = kStreamGrain; bytes <= 12 * kStreamGrain; bytes += kStreamGrain) {
      StreamedEngine streamed(image_.span(), {.max_batch = 8, .stream_bytes = bytes});
      EXPECT_EQ(testing::hash_of(streamed.engine(), tokens_), expected_) << bytes;
    }
  }
}

TEST_P(StreamedWeights, GiveTheSameBitsWithoutBeginAndWaitAndWithSeveralWorkers) {
  open(large_classifier_spec());
  StreamedEngine plain(image_.span(), {.max_batch = 8, .stream_bytes = kStreamGrain}, {}, 0, false);
  EXPECT_EQ(testing::hash_of(plain.engine(), tokens_), expected_);
  for (const uint32_t workers : {2u, 3u}) {
    StreamedEngine streamed(image_.span(), {.max_batch = 3, .stream_bytes = kStreamGrain, .max_workers = workers});
    port::Workers pool(workers);
    ASSERT_TRUE(streamed.engine().set_parallel(testing::sharing_all(pool.parallel())).ok());
    EXPECT_EQ(testing::hash_of(streamed.engine(), tokens_), expected_) << workers;
  }
}

TEST_P(StreamedWeights, TellTheSameSeededText) {
  open(large_classifier_spec());
  GeneratorParams params;
  params.sampler = {.temperature = 1.2f, .top_p = 0.97f, .seed = 11};
  params.max_tokens = 40;
  testing::TestEngine plain(image_.span());
  StreamedEngine streamed(image_.span(), {.max_batch = 8, .stream_bytes = 3 * kStreamGrain});
  const testing::Generated expected = testing::generate(plain.engine(), "", params);
  const testing::Generated told = testing::generate(streamed.engine(), "", params);
  EXPECT_GT(expected.tokens.size(), 5u);
  EXPECT_EQ(told.tokens, expected.tokens);
  EXPECT_EQ(told.text, expected.text);
  EXPECT_EQ(told.hash, expected.hash);
}

// What found no room is read in place where the image is in memory: no buffers, no reader.
TEST_P(StreamedWeights, OfAnImageInMemoryAreReadInPlace) {
  open(large_classifier_spec());
  Model model;
  ASSERT_TRUE(model.open(image_.span()).ok());
  const PlanOptions options{.max_batch = 4, .weights = WeightHome::kStreamed};
  const size_t least = make_plan(model, options, MemoryLayout().add(Region::kFast, 0)).buffer_bytes();
  for (const size_t more : {0u, 50'000u, 200'000u, 4'000'000u}) {
    MemoryLayout layout;
    layout.add(Region::kFast, least + more / 2).add(Region::kBulk, more / 2);
    const Plan plan = make_plan(model, options, layout);
    ASSERT_TRUE(plan.status.ok()) << to_string(plan.status);
    EXPECT_EQ(plan.streamed_bytes, 0u);
    EXPECT_EQ(plan.at(Buffer::kStream0).bytes, 0u);
    EXPECT_EQ(more == 4'000'000, is_resident(plan, model, model.tensor_count() - 1));
    tools::ImageBytes fast(plan.bytes(Region::kFast)), bulk(plan.bytes(Region::kBulk));
    Memory memory;
    memory.add(Region::kFast, fast.span()).add(Region::kBulk, bulk.span());
    Engine engine;
    ASSERT_TRUE(engine.init(model, plan, memory).ok());
    EXPECT_EQ(testing::hash_of(engine, tokens_), expected_) << more;
  }
}

// The layers first, in fast memory and then in bulk memory, each filled to less than a row.
TEST_P(StreamedWeights, StayInFastThenInBulkMemory) {
  open(large_classifier_spec());
  Model model;
  ASSERT_TRUE(model.open_head(image_.span().first(*Model::head_bytes(image_.span())), image_.span().size()).ok());
  const PlanOptions options{.weights = WeightHome::kStreamed, .stream_bytes = kStreamGrain};
  const size_t least = testing::least_plan(model, options).total_bytes();
  const size_t longest_unit = 8 * 1024;
  MemoryLayout layout;
  layout.add(Region::kFast, least + 30'000).add(Region::kFast, 20'000).add(Region::kBulk, 40'000);
  const Plan plan = make_plan(model, options, layout);
  ASSERT_TRUE(plan.status.ok()) << to_string(plan.status);
  EXPECT_GT(plan.resident_bytes + 3 * longest_unit, 90'000u);
  EXPECT_LE(plan.block_bytes[0][1], 20'000u);
  EXPECT_LE(plan.block_bytes[1][0], 40'000u);
  EXPECT_GE(plan.streamed_bytes + plan.resident_bytes + model.tensor_at(0, nullptr, nullptr).bytes,
            model.weight_bytes());
  EXPECT_FALSE(is_resident(plan, model, 0));
  EXPECT_TRUE(is_resident(plan, model, 1));
  EXPECT_FALSE(is_resident(plan, model, model.tensor_count() - 1));
  // Nothing beyond what the plan asks for is touched: the sanitizers watch.
  tools::ImageBytes a(plan.block_bytes[0][0]), b(plan.block_bytes[0][1]), c(plan.block_bytes[1][0]);
  Memory memory;
  memory.add(Region::kFast, a.span()).add(Region::kFast, b.span()).add(Region::kBulk, c.span());
  testing::SimulatedDevice device(image_.span());
  const WeightReader reader = device.reader();
  Engine engine;
  ASSERT_TRUE(engine.init(model, plan, memory, &reader).ok());
  EXPECT_EQ(testing::hash_of(engine, tokens_), expected_);
}

// A sweep serves a batch, and one without logits ends before the classifier; what it reads is counted.
TEST_P(StreamedWeights, ServeAPromptInOneSweepForEachBatch) {
  open(large_classifier_spec());
  StreamedEngine streamed(image_.span(), {.max_batch = 8, .stream_bytes = kStreamGrain});
  Generator generator(streamed.engine(), testing::greedy(1));
  const auto prompt = testing::random_tokens(64, 1500, 9);
  const uint64_t bytes_before = streamed.engine().stream_counts().bytes;
  ASSERT_TRUE(generator.start_tokens(prompt).ok());
  EXPECT_EQ(streamed.engine().stream_counts().sweeps, 8u);
  const TensorView classifier = streamed.model().tensor(Role::kClassifier);
  const uint64_t layers = classifier.offset - streamed.model().tensor_at(1, nullptr, nullptr).offset;
  const uint64_t rows = 64 * 2 * kStreamGrain;  // of the embedding, each in a block or two
  EXPECT_LT(streamed.engine().stream_counts().bytes - bytes_before, 8 * (layers + 4 * kStreamGrain) + rows);
  ASSERT_TRUE(generator.next());
  EXPECT_EQ(streamed.engine().stream_counts().sweeps, 9u);
  EXPECT_EQ(streamed.engine().stream_counts().retries, 0u);
  EXPECT_EQ(streamed.engine().stream_counts().reads, streamed.device().reads());
}

// At the speed of the bus where computing takes less than reading, on a device with a clock of its own; a program that
// reads and then computes is as far from it as the two add up.
TEST(StreamOverlap, ReachesTheBandwidthWhenComputingIsTheSmallerPart) {
  const tools::ImageBytes image =
      testing::to_thm(testing::make_fixture({160, 256, 3, 4, 2, 5000, 128, false, 3}), tools::WeightType::kF32);
  for (const double bytes_per_second : {17e6, 8.4e6, 1.5e6}) {
    for (const double compute : {0.1, 0.5, 0.9}) {
      const testing::DeviceTiming timing{.bytes_per_second = bytes_per_second,
                                         .compute_seconds_per_byte = compute / bytes_per_second};
      const PlanOptions options{.context = 32, .stream_bytes = 8 * kStreamGrain};
      StreamedEngine streamed(image.span(), options, timing);
      ASSERT_GT(streamed.plan().streamed_bytes, 4'000'000u);
      EXPECT_GE(testing::time_tokens(streamed, 3).share(), 0.92) << bytes_per_second << " " << compute;
      StreamedEngine plain(image.span(), options, timing, 0, false);
      EXPECT_LT(testing::time_tokens(plain, 3).share(), 1 / (1 + compute)) << bytes_per_second << " " << compute;
    }
  }
}

// Where computing is the larger part, reading costs nothing beside it.
TEST(StreamOverlap, HidesReadingWhenComputingIsTheLargerPart) {
  const tools::ImageBytes image =
      testing::to_thm(testing::make_fixture({160, 256, 3, 4, 2, 5000, 128, false, 3}), tools::WeightType::kF32);
  const testing::DeviceTiming timing{.bytes_per_second = 17e6, .compute_seconds_per_byte = 2 / 17e6};
  StreamedEngine streamed(image.span(), {.context = 32, .stream_bytes = 8 * kStreamGrain}, timing);
  const testing::StreamTiming took = testing::time_tokens(streamed, 3);
  EXPECT_GE(2 * took.share(), 0.97);
}

// With a part of the classifier in memory, rows that stay stand between the pieces: what they take hides reading, as
// one front of the file could not.
TEST(StreamOverlap, RowsThatStayHideReading) {
  const tools::ImageBytes image =
      testing::to_thm(testing::make_fixture({160, 256, 1, 4, 2, 10000, 128, false, 3}), tools::WeightType::kF32);
  Model model;
  ASSERT_TRUE(model.open(image.span()).ok());
  const uint64_t multiplied_from = model.tensor_at(1, nullptr, nullptr).offset;
  for (const size_t more : {2'500'000u, 4'000'000u}) {
    for (const double compute : {0.5, 0.9}) {
      const testing::DeviceTiming timing{
          .bytes_per_second = 17e6, .compute_seconds_per_byte = compute / 17e6, .multiplied_from = multiplied_from};
      StreamedEngine streamed(image.span(), {.context = 32, .stream_bytes = 4 * kStreamGrain}, timing, more);
      const double streamed_bytes = static_cast<double>(streamed.plan().streamed_bytes);
      ASSERT_GT(streamed_bytes, 1'500'000);
      ASSERT_GT(static_cast<double>(streamed.plan().resident_bytes), 0.9 * static_cast<double>(more));
      const double reading = streamed_bytes / 17e6;
      const double computing = static_cast<double>(image.span().size() - multiplied_from) * compute / 17e6;
      const double seconds = testing::time_tokens(streamed, 3).seconds / 3;
      EXPECT_LT(seconds, 1.25 * std::max(reading, computing)) << more << " " << compute;
      EXPECT_LT(seconds, 0.8 * (reading + computing)) << more << " " << compute;
    }
  }
}

// Plans are good for any model of the same shape and arithmetic; where another's rows do not fit, that is said.
TEST_P(StreamedWeights, UnderThePlanOfAnotherType) {
  open(testing::medium_spec());
  const bool integer = GetParam() == tools::WeightType::kQ8 || GetParam() == tools::WeightType::kQ4;
  for (const auto type : integer ? std::vector{tools::WeightType::kQ8, tools::WeightType::kQ4}
                                 : std::vector{tools::WeightType::kF32, tools::WeightType::kF16}) {
    const tools::ImageBytes other = testing::to_thm(testing::make_fixture(testing::medium_spec()), type);
    Model planned, model;
    ASSERT_TRUE(planned.open_head(other.span().first(*Model::head_bytes(other.span())), other.span().size()).ok());
    ASSERT_TRUE(model.open_head(image_.span().first(*Model::head_bytes(image_.span())), image_.span().size()).ok());
    for (const size_t more : {0u, 20'000u, 500'000u}) {
      const Plan plan = testing::least_plan(planned, {.max_batch = 2, .stream_bytes = kStreamGrain}, more);
      ASSERT_TRUE(plan.status.ok());
      tools::ImageBytes memory(plan.total_bytes());
      testing::SimulatedDevice device(image_.span());
      const WeightReader reader = device.reader();
      Engine engine;
      const Status status = engine.init(model, plan, Memory(memory.span()), &reader);
      if (status.ok()) {
        EXPECT_EQ(testing::hash_of(engine, tokens_), expected_) << more;
      } else {
        EXPECT_EQ(status.code(), Code::kMismatch) << to_string(status);
        EXPECT_NE(type, GetParam());
      }
    }
  }
}

TEST(StreamedWeightsOption, IsChecked) {
  const tools::ImageBytes image = testing::to_thm(testing::make_fixture(testing::medium_spec()));
  Model model;
  ASSERT_TRUE(model.open_head(image.span().first(*Model::head_bytes(image.span())), image.span().size()).ok());
  for (const uint32_t bytes : {1u, kStreamGrain - 64, kStreamGrain + 1, (1u << 20) + kStreamGrain}) {
    const Plan plan =
        make_plan(model, {.weights = WeightHome::kStreamed, .stream_bytes = bytes}, MemoryLayout::unlimited());
    EXPECT_EQ(plan.status.code(), Code::kInvalidArgument) << bytes;
  }
  const Plan least = testing::least_plan(model, {});
  ASSERT_TRUE(least.status.ok());
  EXPECT_EQ(least.options.stream_bytes, kStreamGrain);
  const Plan too_little =
      make_plan(model, {.weights = WeightHome::kStreamed}, MemoryLayout().add(Region::kFast, least.total_bytes() - 64));
  EXPECT_EQ(too_little.status.code(), Code::kOutOfMemory);
  tools::ImageBytes memory(least.total_bytes());
  Engine engine;
  EXPECT_EQ(engine.init(model, least, Memory(memory.span())).code(), Code::kNotReady);  // no reader
}

TEST(BlocksOfAModel, AreCheckedOneByOne) {
  tools::ImageBytes image = testing::to_thm(testing::make_fixture(testing::medium_spec()));
  Model model;
  ASSERT_TRUE(model.open_head(image.span().first(*Model::head_bytes(image.span())), image.span().size()).ok());
  const auto data = image.span().subspan(static_cast<size_t>(model.data_offset()));
  ASSERT_EQ(model.block_count(), (data.size() + Model::kBlockBytes - 1) / Model::kBlockBytes);
  ASSERT_GT(model.block_count(), 3u);
  for (uint32_t block = 0; block < model.block_count(); ++block) {
    const auto rest = data.subspan(block * Model::kBlockBytes);
    const auto bytes = rest.first(std::min(rest.size(), Model::kBlockBytes));
    EXPECT_TRUE(model.check_block(block, bytes).ok()) << block;
    EXPECT_EQ(model.check_block(block, bytes.first(bytes.size() - 4)).code(), Code::kInvalidArgument);
    bytes[bytes.size() / 3] ^= std::byte{1};
    EXPECT_EQ(model.check_block(block, bytes).code(), Code::kCorrupt) << block;
    bytes[bytes.size() / 3] ^= std::byte{1};
  }
  EXPECT_EQ(model.check_block(model.block_count(), data.first(Model::kBlockBytes)).code(), Code::kInvalidArgument);
  EXPECT_EQ(Model().check_block(0, data.first(Model::kBlockBytes)).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace thimble
