#include "thimble/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"

namespace thimble {
namespace {

using testing::to_string;

class PlanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    image_ = testing::to_thm(testing::make_fixture(testing::small_spec()));
    ASSERT_TRUE(model_.open(image_.span()).ok());
  }
  Plan plan(const PlanOptions& options, const MemoryLayout& memory = MemoryLayout::unlimited()) {
    return make_plan(model_, options, memory);
  }

  tools::ImageBytes image_;
  Model model_;
};

TEST_F(PlanTest, BuffersHaveTheSizesOfTheirShapes) {
  const ModelConfig& c = model_.config();
  const Plan p = plan({.context = 17, .max_batch = 3});
  ASSERT_TRUE(p.status.ok()) << to_string(p.status);
  EXPECT_EQ(p.at(Buffer::kX).bytes, 3u * c.dim * 4);
  EXPECT_EQ(p.at(Buffer::kQ).bytes, 3u * c.q_dim() * 4);
  EXPECT_EQ(p.at(Buffer::kK).bytes, 3u * c.kv_dim() * 4);
  EXPECT_EQ(p.at(Buffer::kGate).bytes, 3u * c.hidden_dim * 4);
  EXPECT_EQ(p.at(Buffer::kAtt).bytes, 20u * 4);  // positions are padded to 16 bytes
  EXPECT_EQ(p.at(Buffer::kTokens).bytes, 18u * 4);
  const size_t key_stride = (c.head_dim + 3) / 4 * 4;
  EXPECT_EQ(p.kv_layer_bytes, c.n_kv_heads * 20 * (key_stride + c.head_dim) * 4);
}

TEST_F(PlanTest, LogitsAreMadeInBlocksOfTheRowsAskedFor) {
  const uint32_t vocab_size = model_.config().vocab_size;
  const auto rows = [&](uint32_t asked, uint32_t workers) {
    const Plan p = plan({.max_batch = 2, .max_workers = workers, .logits_rows = asked});
    EXPECT_EQ(p.at(Buffer::kLogits).bytes, 2u * 4 * p.logits_rows);
    return p.logits_rows;
  };
  EXPECT_EQ(rows(0, 1), std::min(vocab_size, 128u));
  EXPECT_EQ(rows(0, 3), std::min(vocab_size, 384u));
  EXPECT_EQ(rows(7, 3), 7u);
  EXPECT_EQ(rows(UINT32_MAX, 1), vocab_size);
}

// Buffers that are never in use at once, of which the first may lie in the second.
bool may_share(const Plan& p, size_t i, size_t j) {
  const auto in = [&](Buffer buffer, Buffer host) {
    const size_t at = static_cast<size_t>(buffer), host_at = static_cast<size_t>(host);
    return ((i == at && j == host_at) || (j == at && i == host_at)) && p.at(buffer).bytes <= p.at(host).bytes;
  };
  return in(Buffer::kQ, Buffer::kGate) || in(Buffer::kLogits, Buffer::kGate) || in(Buffer::kQ, Buffer::kLogits) ||
         in(Buffer::kLogits, Buffer::kQ) || in(Buffer::kK, Buffer::kUp) || in(Buffer::kV, Buffer::kXb2);
}

// Every buffer with its bytes, the kv cache run by run behind them.
std::vector<Placement> places(const Plan& p) {
  std::vector<Placement> all;
  for (size_t i = 0; i < kBufferCount; ++i) {
    all.push_back(static_cast<Buffer>(i) == Buffer::kKvCache ? Placement{} : p.buffers[i]);
  }
  for (size_t i = 0; i < p.kv_run_count; ++i) all.push_back(p.kv_runs[i].place);
  return all;
}

void expect_sound(const Plan& p, const MemoryLayout& memory) {
  const std::vector<Placement> all = places(p);
  for (size_t i = 0; i < all.size(); ++i) {
    const Placement& a = all[i];
    EXPECT_EQ(a.offset % kBlockAlignment, 0u);
    const auto& blocks = memory.regions[static_cast<size_t>(a.region)];
    ASSERT_LT(a.block, blocks.count);
    EXPECT_LE(a.offset + a.bytes, blocks.block_bytes[a.block]);
    EXPECT_LE(a.offset + a.bytes, p.block_bytes[static_cast<size_t>(a.region)][a.block]);
    for (size_t j = 0; j < i; ++j) {
      const Placement& b = all[j];
      if (a.region != b.region || a.block != b.block || may_share(p, i, j)) continue;
      EXPECT_TRUE(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset) << i << " overlaps " << j;
    }
  }
  uint32_t layers = 0;
  for (size_t i = 0; i < p.kv_run_count; ++i) {
    EXPECT_EQ(p.kv_runs[i].first_layer, layers);
    layers += p.kv_runs[i].layers;
  }
  EXPECT_EQ(layers, p.config.n_layers);
}

TEST_F(PlanTest, OneBlockOfExactlyThePlannedSizeIsEnoughAndOneByteLessIsNot) {
  const size_t bytes = plan({}).total_bytes();
  MemoryLayout exact;
  exact.add(Region::kFast, bytes);
  const Plan p = plan({}, exact);
  ASSERT_TRUE(p.status.ok()) << to_string(p.status);
  EXPECT_EQ(p.total_bytes(), bytes);
  expect_sound(p, exact);
  MemoryLayout less;
  less.add(Region::kFast, bytes - 1);
  EXPECT_EQ(plan({}, less).status.code(), Code::kOutOfMemory);
}

TEST_F(PlanTest, FillsMemoryThatIsInPieces) {
  const Plan whole = plan({.context = 32});
  MemoryLayout pieces;  // no piece holds two layers of kv cache
  const size_t piece = whole.kv_layer_bytes + 4096;
  for (int i = 0; i < 2; ++i) pieces.add(Region::kFast, piece);
  for (size_t i = 0; i < kMaxBlocks; ++i) pieces.add(Region::kBulk, piece);
  const Plan p = plan({.context = 32, .max_run_bytes = 64}, pieces);
  ASSERT_TRUE(p.status.ok()) << to_string(p.status);
  EXPECT_GT(p.kv_run_count, 1u);
  expect_sound(p, pieces);
}

TEST_F(PlanTest, ActivationsTakeFastMemoryBeforeTheKvCache) {
  MemoryLayout memory;
  memory.add(Region::kFast, 8192).add(Region::kBulk, size_t{1} << 30);
  const Plan p = plan({.context = 64}, memory);
  ASSERT_TRUE(p.status.ok()) << to_string(p.status);
  EXPECT_EQ(p.at(Buffer::kXb).region, Region::kFast);
  EXPECT_EQ(p.at(Buffer::kGate).region, Region::kFast);
  EXPECT_EQ(p.kv_runs[p.kv_run_count - 1].place.region, Region::kBulk);
  expect_sound(p, memory);
}

TEST_F(PlanTest, WhatIsNeverInUseAtOnceSharesAPlace) {
  const Plan p = plan({.max_batch = 4});
  ASSERT_LE(p.at(Buffer::kQ).bytes, p.at(Buffer::kGate).bytes);
  EXPECT_EQ(p.at(Buffer::kQ).offset, p.at(Buffer::kGate).offset);
  EXPECT_EQ(p.at(Buffer::kK).offset, p.at(Buffer::kUp).offset);
  EXPECT_EQ(p.at(Buffer::kV).offset, p.at(Buffer::kXb2).offset);
  // One that is larger than its host has a place of its own.
  if (p.at(Buffer::kLogits).bytes > p.at(Buffer::kGate).bytes) {
    EXPECT_NE(p.at(Buffer::kLogits).offset, p.at(Buffer::kGate).offset);
  }
  expect_sound(p, MemoryLayout::unlimited());
}

// Of a weight a token reads each byte, of the cache half of them on average.
TEST_F(PlanTest, StreamedWeightsComeBeforeKeysAndValues) {
  const auto with_fast = [&](size_t bytes) {
    MemoryLayout memory;
    memory.add(Region::kFast, bytes).add(Region::kBulk, size_t{1} << 30);
    const Plan p = plan({.weights = WeightHome::kStreamed}, memory);
    EXPECT_TRUE(p.status.ok()) << to_string(p.status);
    expect_sound(p, memory);
    return p;
  };
  const Plan all = with_fast(size_t{1} << 30);
  EXPECT_EQ(all.kv_runs[0].place.region, Region::kFast);
  EXPECT_EQ(all.at(Buffer::kTokens).region, Region::kFast);
  const Plan contested = with_fast(all.bytes(Region::kFast) - all.kv_layer_bytes);
  EXPECT_EQ(contested.kv_runs[contested.kv_run_count - 1].place.region, Region::kBulk);
  EXPECT_EQ(contested.at(Buffer::kTokens).region, Region::kBulk);
  // Without other memory everything goes into the one that there is.
  MemoryLayout fast;
  fast.add(Region::kFast, all.total_bytes());
  EXPECT_TRUE(plan({.weights = WeightHome::kStreamed}, fast).status.ok());
}

TEST_F(PlanTest, NamesTheBufferThatFindsNoRoom) {
  MemoryLayout memory;
  memory.add(Region::kFast, 16);
  const Plan p = plan({}, memory);
  EXPECT_EQ(p.status.code(), Code::kOutOfMemory);
  EXPECT_STREQ(p.status.subject(), "xb");
  EXPECT_EQ(p.status.found(), 16u);
  // And says what would do.
  EXPECT_TRUE(plan({}, MemoryLayout().add(Region::kFast, p.buffer_bytes())).status.ok());
  EXPECT_FALSE(plan({}, MemoryLayout().add(Region::kFast, p.buffer_bytes() - kBlockAlignment)).status.ok());
}

TEST_F(PlanTest, ObjectsAreAsSmallAsTheHeaderSays) {
  EXPECT_LE(sizeof(Model), 200u);
  EXPECT_LE(sizeof(Plan), 1500u);
  EXPECT_LE(sizeof(Engine), 1900u);
  EXPECT_LE(sizeof(Generator), 4349u);
}

TEST_F(PlanTest, OneBlockTooManyIsRefused) {
  MemoryLayout memory;
  for (size_t i = 0; i < kMaxBlocks; ++i) memory.add(Region::kFast, size_t{1} << 20);
  EXPECT_TRUE(plan({}, memory).status.ok());
  EXPECT_TRUE(plan({}, memory.add(Region::kBulk, size_t{1} << 20)).status.ok());
  EXPECT_EQ(plan({}, memory.add(Region::kFast, size_t{1} << 20)).status.code(), Code::kLimit);

  tools::ImageBytes block(plan({}).total_bytes());
  Memory pieces;
  for (size_t i = 0; i <= kMaxBlocks; ++i) pieces.add(Region::kFast, block.span());
  EXPECT_EQ(plan({}, pieces.describe()).status.code(), Code::kLimit);
  Engine engine;
  EXPECT_EQ(engine.init(model_, plan({}), pieces).code(), Code::kLimit);
}

TEST_F(PlanTest, RefusesOptionsOutOfRange) {
  const uint32_t longest = model_.config().max_context;
  EXPECT_EQ(plan({.context = longest + 1}).status.code(), Code::kMismatch);
  EXPECT_EQ(plan({.max_batch = 0}).status.code(), Code::kInvalidArgument);
  EXPECT_EQ(plan({.max_batch = kMaxBatch + 1}).status.code(), Code::kInvalidArgument);
  EXPECT_EQ(plan({.max_run_bytes = 15}).status.code(), Code::kInvalidArgument);
  EXPECT_EQ(plan({.max_stop_bytes = 65537}).status.code(), Code::kInvalidArgument);
  EXPECT_EQ(make_plan(Model(), {}, MemoryLayout::unlimited()).status.code(), Code::kNotReady);
  EXPECT_EQ(plan({}).options.context, longest);
}

TEST_F(PlanTest, EngineRefusesMemoryThatIsNotAsPlanned) {
  const Plan p = plan({});
  Engine engine;
  tools::ImageBytes memory(p.total_bytes() + 1);
  EXPECT_EQ(engine.init(model_, p, Memory(memory.span().first(p.total_bytes() - 1))).code(), Code::kOutOfMemory);
  EXPECT_FALSE(engine.ready());
  EXPECT_EQ(engine.forward({}, LogitsOf::kNone, nullptr).code(), Code::kNotReady);
  EXPECT_TRUE(engine.init(model_, p, Memory(memory.span())).ok());

  const auto other = testing::to_thm(testing::make_fixture(testing::untied_spec()));
  Model other_model;
  ASSERT_TRUE(other_model.open(other.span()).ok());
  EXPECT_EQ(engine.init(other_model, p, Memory(memory.span())).code(), Code::kMismatch);
}

TEST_F(PlanTest, MemoryMayStartAnywhere) {
  tools::ImageBytes memory(plan({}).total_bytes() + 2 * kBlockAlignment);
  for (const size_t at : {0u, 1u, 16u, 63u, 64u}) {
    const Memory block(memory.span().subspan(at, plan({}).total_bytes() + kBlockAlignment - 1));
    const Plan p = plan({}, block.describe());
    ASSERT_TRUE(p.status.ok()) << at << ": " << to_string(p.status);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block.block(Region::kFast, 0).data()) % kBlockAlignment, 0u);
    Engine engine;
    EXPECT_TRUE(engine.init(model_, p, block).ok()) << at;
  }
  EXPECT_TRUE(Memory(memory.span().subspan(1, 40)).block(Region::kFast, 0).empty());
}

// The text that a plan leaves room for depends on the longest piece, which is no part of the shape.
TEST_F(PlanTest, EngineRefusesThePlanOfAVocabularyWithShorterPieces) {
  auto imported = testing::to_imported(testing::make_fixture(testing::small_spec()));
  imported.vocabulary.pieces.back().text.assign(200, 'x');
  const auto longer = tools::convert(imported, {});
  Model other;
  ASSERT_TRUE(other.open(longer.span()).ok());
  ASSERT_EQ(other.config(), model_.config());
  const Plan p = plan({});
  tools::ImageBytes memory(p.total_bytes());
  Engine engine;
  EXPECT_EQ(engine.init(other, p, Memory(memory.span())).code(), Code::kMismatch);
  const Plan own = make_plan(other, {}, MemoryLayout::unlimited());
  tools::ImageBytes more(own.total_bytes());
  EXPECT_TRUE(engine.init(other, own, Memory(more.span())).ok());
  EXPECT_TRUE(engine.init(model_, own, Memory(more.span())).ok());
}

}  // namespace
}  // namespace thimble
