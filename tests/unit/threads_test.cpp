// Two engines in two threads over one image, and a cancel from outside: what the thread sanitizer watches.

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"

namespace thimble {
namespace {

TEST(Threads, TwoEnginesAtOnceGiveTheBitsOfOne) {
  const auto image = testing::to_thm(testing::make_fixture(testing::small_spec()));
  const auto tokens = testing::random_tokens(60, testing::small_spec().vocab_size, 4);
  const uint64_t expected = testing::TestEngine(image.span()).hash(tokens);
  uint64_t hashes[2] = {};
  {
    std::jthread a([&] { hashes[0] = testing::TestEngine(image.span(), {.max_batch = 3}).hash(tokens); });
    std::jthread b([&] { hashes[1] = testing::TestEngine(image.span(), {.max_batch = 8}).hash(tokens); });
  }
  EXPECT_EQ(hashes[0], expected);
  EXPECT_EQ(hashes[1], expected);
}

TEST(Threads, CancelFromAnotherThreadEndsTheText) {
  const auto image = testing::to_thm(testing::make_fixture(testing::small_spec()));
  testing::TestEngine run(image.span());
  GeneratorParams params;
  params.ignore_eos = true;
  Generator generator(run.engine(), params);
  ASSERT_TRUE(generator.start("Once").ok());
  std::jthread other([&] { generator.cancel(); });
  while (generator.next()) {
  }
  other.join();
  EXPECT_TRUE(generator.finish_reason() == FinishReason::kCancelled ||
              generator.finish_reason() == FinishReason::kContextFull);
}

}  // namespace
}  // namespace thimble
