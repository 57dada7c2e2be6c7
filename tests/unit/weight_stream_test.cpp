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
  open(testing::medium_spec());
  uint64_t streamed_before = UINT64_MAX;
  for (size_t more = 0; streamed_before > 0; more += 9973) {
    StreamedEngine streamed(image_.span(), {.max_batch = 4, .stream_bytes = kStreamGrain}, {}, more);
    const Plan& plan = streamed.plan();
    EXPECT_EQ(testing::hash_of(streamed.engine(), tokens_), expected_) << more;
    EXPECT_LE(plan.streamed_bytes, streamed_before);
    streamed_before = plan.streamed_bytes;
  }
}

TEST_P(StreamedWeights, GiveTheSameBitsWithPiecesOfAnySize) {
  open(testing::medium_spec());
  for (uint32_t bytes = kStreamGrain; bytes <= 12 * kStreamGrain; bytes += kStreamGrain) {
    StreamedEngine streamed(image_.span(), {.max_batch = 8, .stream_bytes = bytes});
    EXPECT_EQ(testing::hash_of(streamed.engine(), tokens_), expected_) << bytes;
  }
}

}  // namespace
}  // namespace thimble
