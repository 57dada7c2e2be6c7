// Two engines in two threads over one image, and a cancel from outside: what the thread sanitizer watches.

#include <gtest/gtest.h>

#include <atomic>
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

// The other thread cancels while the prompt is read: at most the sweep under way is finished.
TEST(Threads, CancelFromAnotherThreadEndsPromptReadingWithinOneSweep) {
  testing::FixtureSpec spec = testing::small_spec();
  spec.seq_len = 4096;
  const auto image = testing::to_thm(testing::make_fixture(spec));
  testing::TestEngine run(image.span());
  struct Reader {
    std::atomic<size_t> read = 0;
    std::atomic<bool> cancelled = false;
    size_t sweeps_after = 0;  // that began once cancel() had returned
    size_t total = 0;
  } reader;
  GeneratorParams params;
  params.on_prompt.context = &reader;
  params.on_prompt.fn = [](void* context, size_t read, size_t total) {
    auto* r = static_cast<Reader*>(context);
    if (r->cancelled.load()) ++r->sweeps_after;
    r->total = total;
    r->read.store(read);
    r->read.notify_one();
  };
  Generator generator(run.engine(), params);
  std::jthread other([&] {
    for (size_t seen = 0; seen < 100; seen = reader.read.load()) reader.read.wait(seen);
    generator.cancel();
    reader.cancelled.store(true);
  });
  const auto tokens = testing::random_tokens(4000, spec.vocab_size, 3);
  ASSERT_TRUE(generator.start_tokens(tokens).ok());
  other.join();
  EXPECT_EQ(generator.finish_reason(), FinishReason::kCancelled);
  EXPECT_EQ(reader.total, 3999u);
  EXPECT_LT(reader.read.load(), 3999u);
  EXPECT_LE(reader.sweeps_after, 1u);
  EXPECT_EQ(run.engine().position(), 0u);
  EXPECT_TRUE(generator.tokens().empty());
  EXPECT_FALSE(generator.next());
}

}  // namespace
}  // namespace thimble
