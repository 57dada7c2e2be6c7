// Parts of the storyteller by themselves: numbers, the engine's memory, the plan for it.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "firmware/storyteller/engine_memory.h"
#include "firmware/storyteller/listener.h"
#include "firmware/storyteller/numbers.h"
#include "firmware/storyteller/plain_text.h"
#include "firmware/storyteller/plan_for_memory.h"
#include "tests/firmware/storyteller_support.h"
#include "tests/support/model_fixture.h"

namespace thimble::storyteller {
namespace {

std::string text(std::string_view view) { return std::string(view); }

// --- numbers ---

TEST(StorytellerNumbers, AreWritten) {
  EXPECT_EQ(text(decimal(0, 0)), "0");
  EXPECT_EQ(text(decimal(0, 2)), "0.00");
  EXPECT_EQ(text(decimal(7, 2)), "0.07");
  EXPECT_EQ(text(decimal(5231, 2)), "52.31");
  EXPECT_EQ(text(decimal(100, 1)), "10.0");
  EXPECT_EQ(text(decimal(UINT64_MAX, 2)), "184467440737095516.15");
  EXPECT_EQ(text(hex(0)), "0000000000000000");
  EXPECT_EQ(text(hex(0x51148a19cfe9a869)), "51148a19cfe9a869");
  EXPECT_EQ(text(thousandths(0.95f)), "0.950");
  EXPECT_EQ(text(thousandths(10)), "10.000");
}

TEST(StorytellerNumbers, AreReadAsTheNearestFloat) {
  const std::pair<const char*, float> kNumbers[] = {{"0.8", 0.8f},
                                                    {"0.95", 0.95f},
                                                    {"1", 1.0f},
                                                    {".5", 0.5f},
                                                    {"5.", 5.0f},
                                                    {"0.05", 0.05f},
                                                    {"0.1", 0.1f},
                                                    {"3.141592", 3.141592f},
                                                    {"0.0000001", 1e-7f},
                                                    {"007", 7.0f},
                                                    {"1234567", 1234567.0f},
                                                    {"0", 0.0f}};
  for (const auto& [typed, value] : kNumbers) EXPECT_EQ(parse_decimal(typed), value) << typed;
  for (const char* typed :
       {"", ".", "-1", "+1", "1,5", "1e1", "0x1", "1.2.3", " 1", "1 ", "nan", "12345678", "0.00000001"}) {
    EXPECT_FALSE(parse_decimal(typed)) << typed;
  }
}

TEST(StorytellerNumbers, AreReadWhole) {
  EXPECT_EQ(parse_whole("0"), 0u);
  EXPECT_EQ(parse_whole("18446744073709551615"), UINT64_MAX);
  for (const char* typed : {"", "-1", "1.5", "18446744073709551616", "99999999999999999999", "1 2"}) {
    EXPECT_FALSE(parse_whole(typed)) << typed;
  }
}

TEST(StorytellerText, IsPlain) {
  EXPECT_EQ(text(PlainText("story")), "story");
  EXPECT_EQ(text(PlainText("a\"b\\c\x1b\n\xc3\xa9")), "a?b?c????");
  EXPECT_EQ(text(PlainText(std::string(100, 'x'))), std::string(48, 'x'));
  EXPECT_EQ(text(strip("  a b\t\r\n")), "a b");
  EXPECT_EQ(text(strip(" \t")), "");
}

// --- memory ---

class StorytellerMemory : public ::testing::Test {
 protected:
  std::span<std::byte> add(Region region, size_t bytes) {
    blocks_.emplace_back(bytes);
    memory_.add({region, blocks_.back().span()});
    return blocks_.back().span();
  }

  std::vector<tools::ImageBytes> blocks_;
  EngineMemory memory_;
};

TEST_F(StorytellerMemory, LendsWhatIsBetweenTheGuards) {
  const auto block = add(Region::kFast, 4096 + 5);
  const Memory lent = memory_.memory(false);
  ASSERT_EQ(lent.block(Region::kFast, 0).size(), 4096u - 2 * 64);
  EXPECT_EQ(lent.block(Region::kFast, 0).data(), block.data() + 64);
  std::memset(block.data() + 64, 0, 4096 - 2 * 64);
  EXPECT_TRUE(memory_.guards_intact());
  for (const size_t at : {size_t{0}, size_t{63}, block.size() - 64, block.size() - 1}) {
    const std::byte before = block[at];
    block[at] ^= std::byte{1};
    EXPECT_FALSE(memory_.guards_intact()) << at;
    block[at] = before;
  }
}

TEST_F(StorytellerMemory, LeavesAPieceAloneThatIsAllGuards) {
  add(Region::kFast, 192);
  EXPECT_EQ(memory_.pieces(), 0u);
  EXPECT_TRUE(memory_.take(1).empty());
}

// The service's memory: it is not lent, not counted, and not given back with the rest.
TEST_F(StorytellerMemory, WhatIsKeptStaysWhenTheRestIsReleased) {
  add(Region::kFast, 4096);
  const auto bulk = add(Region::kBulk, 4096);
  const size_t room = 4096 - 2 * 64;
  const auto kept = memory_.keep(1000);
  ASSERT_EQ(kept.size(), 1000u);
  EXPECT_EQ(kept.data(), bulk.data() + 64 + room - 1024) << "of bulk memory, where there is some, in whole blocks";
  EXPECT_EQ(memory_.bytes(Region::kBulk), room - 1024);
  EXPECT_EQ(memory_.memory(false).block(Region::kBulk, 0).size(), room - 1024);
  EXPECT_EQ(memory_.used(Plan{}, false, Region::kBulk), 0u);

  ASSERT_FALSE(memory_.take(room - 1024).empty());
  memory_.release();
  EXPECT_EQ(memory_.bytes(Region::kBulk), room - 1024);
  EXPECT_EQ(memory_.free_bytes(), room + room - 1024);
  const auto taken = memory_.take(room - 1024);
  EXPECT_EQ(taken.data() + taken.size(), kept.data()) << "up to it, and no further";

  EXPECT_TRUE(memory_.keep(room + 1).empty()) << "no piece is so large";
  EXPECT_EQ(memory_.bytes(Region::kFast), room);
}

TEST_F(StorytellerMemory, TakesFromThePieceThatFitsBest) {
  const auto fast = add(Region::kFast, 1024);
  const auto large = add(Region::kBulk, 4096);
  const auto small = add(Region::kBulk, 2048);
  const auto inside = [](std::span<std::byte> part, std::span<std::byte> whole) {
    return part.data() >= whole.data() + 64 && part.data() + part.size() <= whole.data() + whole.size() - 64;
  };
  const auto first = memory_.take(1000);
  EXPECT_EQ(first.size(), 1000u);
  EXPECT_TRUE(inside(first, small));
  EXPECT_TRUE(inside(memory_.take(3000), large));
  EXPECT_TRUE(inside(memory_.take(800), small));
  EXPECT_TRUE(inside(memory_.take(800), large));
  EXPECT_TRUE(inside(memory_.take(800), fast));
  EXPECT_TRUE(memory_.take(5000).empty());
  EXPECT_LT(memory_.free_bytes(), memory_.bytes(Region::kFast) + memory_.bytes(Region::kBulk));
  memory_.release();
  EXPECT_EQ(memory_.free_bytes(), memory_.bytes(Region::kFast) + memory_.bytes(Region::kBulk));
  EXPECT_EQ(memory_.largest_free(), 4096u - 128);
}

TEST_F(StorytellerMemory, AsOneLendsTheLargestPieces) {
  for (size_t i = 0; i < kMaxBlocks; ++i) add(Region::kFast, 1024 + 64 * i);
  add(Region::kBulk, 8192);
  const MemoryLayout apart = memory_.memory(false).describe();
  EXPECT_EQ(apart.regions[0].count, kMaxBlocks);
  EXPECT_EQ(apart.regions[1].count, 1u);
  const MemoryLayout one = memory_.memory(true).describe();
  EXPECT_FALSE(one.too_many);
  ASSERT_EQ(one.regions[0].count, kMaxBlocks);
  EXPECT_EQ(one.regions[1].count, 0u);
  EXPECT_EQ(one.regions[0].block_bytes[0], 1024u + 64 - 128);  // the smallest is left out
  EXPECT_EQ(one.regions[0].block_bytes[kMaxBlocks - 1], 8192u - 128);
}

// --- the plan ---

class StorytellerPlan : public ::testing::Test {
 protected:
  StorytellerPlan() { EXPECT_TRUE(model_.open(testing::shipped_model()).ok()); }
  Plan plan_for(size_t bytes) {
    Plan plan;
    plan_for_memory(model_, MemoryLayout().add(Region::kFast, bytes), 2, &plan);
    return plan;
  }
  Model model_;
};

TEST_F(StorytellerPlan, GivesUpBatchesFirstThenContext) {
  const Plan roomy = plan_for(1 << 20);
  ASSERT_TRUE(roomy.status.ok());
  EXPECT_EQ(roomy.options.context, 256u);
  EXPECT_EQ(roomy.options.max_batch, kMaxBatch);
  const Plan tight = plan_for(roomy.buffer_bytes() - 64);
  ASSERT_TRUE(tight.status.ok());
  EXPECT_EQ(tight.options.context, 256u);
  EXPECT_EQ(tight.options.max_batch, 1u);
  const size_t least_whole = tight.buffer_bytes();
  const Plan shorter = plan_for(least_whole - 64);
  ASSERT_TRUE(shorter.status.ok());
  EXPECT_LT(shorter.options.context, 256u);
  EXPECT_GT(shorter.options.context, 240u);
}

TEST_F(StorytellerPlan, GivesUpBatchesForWeights) {
  const Plan all = plan_for(1 << 20);
  const Plan fewer = plan_for(all.total_bytes() - 64);
  EXPECT_EQ(fewer.options.max_batch, kMaxBatch / 2);
  EXPECT_EQ(fewer.resident_bytes, all.resident_bytes);
  const Plan pairs = plan_for(fewer.total_bytes() - 64);
  EXPECT_EQ(pairs.options.max_batch, 2u);
  EXPECT_EQ(pairs.resident_bytes, all.resident_bytes);
}

TEST_F(StorytellerPlan, SaysExactlyWhatWouldDo) {
  const size_t least = least_bytes(model_, 2);
  const Plan plan = plan_for(least);
  ASSERT_TRUE(plan.status.ok());
  EXPECT_EQ(plan.options.context, kLeastContext);
  EXPECT_EQ(plan_for(least - 64).status.code(), Code::kOutOfMemory);
}

TEST_F(StorytellerPlan, AShortModelNeedsNoLongContext) {
  testing::FixtureSpec spec = testing::small_spec();
  spec.seq_len = 20;
  const auto image = testing::to_thm(testing::make_fixture(spec), tools::WeightType::kQ8);
  ASSERT_TRUE(model_.open(image.span()).ok());
  EXPECT_EQ(plan_for(1 << 20).options.context, 20u);
  EXPECT_EQ(plan_for(least_bytes(model_, 2) - 64).status.code(), Code::kOutOfMemory);
}

}  // namespace
}  // namespace thimble::storyteller
