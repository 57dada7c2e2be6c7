// The kv cache of int4: its groups against the definition of docs/NUMERICS.md, its attention against that over the same
// elements in int8, and the engine with it: the same bits however the work is cut.

#include "engine/kv_int4/packed_kv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "ports/port.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/float64_oracle.h"
#include "tests/support/model_fixture.h"

namespace thimble {
namespace {

using kv_int4::kGroup;
using testing::TestEngine;
using tools::WeightType;
using Group = std::array<int8_t, kGroup>;

struct Coded {
  int step = 0;
  Group elements{};  // n * step
};

// The definition, with all that it says written out.
Coded by_definition(const Group& q) {
  int m = 0;
  for (const int8_t x : q) m = std::max(m, std::abs(int{x}));
  Coded best;
  long least = -1;
  const int t = std::min(15, (m + 7) / 8);
  for (int u = std::max(1, t - 2); m > 0 && u <= t; ++u) {
    const long reciprocal = std::lround(65536.0 / u);
    for (const int s : {u, -u}) {
      Coded tried{s, {}};
      long error = 0;
      for (size_t i = 0; i < kGroup; ++i) {
        const double scaled = std::floor(static_cast<double>((s < 0 ? -q[i] : q[i]) * reciprocal + 32768) / 65536);
        const int n = std::clamp(static_cast<int>(scaled), -8, 7);
        tried.elements[i] = static_cast<int8_t>(n * s);
        error += (q[i] - n * s) * (q[i] - n * s);
      }
      if (least >= 0 && error >= least) continue;
      least = error;
      best = tried;
    }
  }
  return best;
}

Group random_group(std::mt19937* random, int most) {
  Group q;
  for (int8_t& x : q)
    x = static_cast<int8_t>(static_cast<int>((*random)() % static_cast<uint32_t>(2 * most + 1)) - most);
  return q;
}

TEST(KvInt4, StepsAndNumbersAreTheDefinitions) {
  std::mt19937 random(1);
  for (int most = 0; most <= 127; ++most) {
    for (int round = 0; round < 60; ++round) {
      Group q = random_group(&random, most);
      if (round % 3 == 0) std::fill(q.begin() + round % 16, q.end(), int8_t{0});
      if (round % 5 == 0) q[3] = static_cast<int8_t>(-most);
      const Coded expected = by_definition(q);
      Group n;
      const int8_t step = kv_int4::choose_step(q.data(), n.data());
      ASSERT_EQ(step, expected.step) << most;
      for (size_t i = 0; i < kGroup; ++i) {
        ASSERT_EQ(n[i] * step, expected.elements[i]) << most;
        ASSERT_LE(std::abs(n[i] * step), 120);
        // What is not cut off is at most half a step away.
        const bool cut_off = std::abs(q[i]) > 7 * std::abs(step);
        ASSERT_TRUE(cut_off || 2 * std::abs(q[i] - n[i] * step) <= std::abs(step));
      }
    }
  }
}

// A cache of one layer and two heads, and the same one in int8.
class PackedHeads : public ::testing::TestWithParam<uint32_t> {
 protected:
  static constexpr uint32_t kHeads = 2;
  static constexpr uint32_t kPositions = 37;

  PackedHeads() {
    ModelConfig c;
    c.n_kv_heads = kHeads;
    c.head_dim = GetParam();
    EXPECT_TRUE(KvLayout::make(c, KvType::kI4, kPositions, &layout_));
    memory_.assign(layout_.bytes, std::byte{0xa5});
  }

  KvHead head(size_t h) { return kv_head(layout_, memory_.data(), h); }

  // `x` as int8, group by group, and back from 4 bits.
  std::vector<int8_t> coded(const std::vector<int32_t>& x) const {
    std::vector<int8_t> out(layout_.key_stride);
    for (size_t first = 0; first < x.size(); first += kGroup) {
      Group q{};
      for (size_t i = 0; i < kGroup && first + i < x.size(); ++i) q[i] = static_cast<int8_t>(x[first + i]);
      const Coded c = by_definition(q);
      for (size_t i = 0; i < kGroup; ++i) out[first + i] = c.elements[i];
    }
    return out;
  }

  KvLayout layout_;
  std::vector<std::byte> memory_;
  // narrowed(x << kLift, kSame) = x
  static constexpr int kLift = 20;
  static constexpr Multiplier kSame = {1 << 30, kLift - 2};
  static std::vector<int32_t> lifted(std::vector<int32_t> x) {
    for (int32_t& e : x) e *= 1 << kLift;
    return x;
  }
};

TEST_P(PackedHeads, AttendAsTheSameElementsInInt8) {
  const Kernels& kernels = active_kernels();
  const size_t head_dim = GetParam();
  std::mt19937 random(GetParam());
  const auto vector = [&](int most) {
    std::vector<int32_t> x(head_dim);
    for (int32_t& e : x) e = static_cast<int32_t>(random() % static_cast<uint32_t>(2 * most + 1)) - most;
    return x;
  };
  std::vector<int8_t> keys(kHeads * layout_.positions * layout_.key_stride);
  std::vector<int8_t> values(kHeads * head_dim * layout_.positions);
  // Positions come in order, heads in any.
  for (size_t t = 0; t < kPositions; ++t) {
    for (const size_t h : {1u, 0u}) {
      const std::vector<int32_t> key = vector(120), value = vector(h == 0 ? 120 : 9);
      kv_int4::store_key(kernels, layout_, head(h), t, lifted(key).data(), kSame);
      kv_int4::store_value(kernels, layout_, head(h), t, lifted(value).data(), kSame);
      head(h).key_codes[t] = static_cast<uint8_t>(100 + random() % 20);
      const std::vector<int8_t> k = coded(key), v = coded(value);
      std::copy(k.begin(), k.end(),
                keys.begin() + static_cast<ptrdiff_t>((h * layout_.positions + t) * layout_.key_stride));
      for (size_t d = 0; d < head_dim; ++d) values[(h * head_dim + d) * layout_.positions + t] = v[d];
    }
  }
  std::vector<int8_t> query(layout_.key_stride), scratch(kv_int4::scratch_bytes(layout_));
  for (size_t d = 0; d < head_dim; ++d) query[d] = static_cast<int8_t>(random());
  const Multiplier m = {1 << 30, -10};
  std::vector<uint16_t> weights(layout_.positions);
  for (uint16_t& w : weights) w = static_cast<uint16_t>(random() % 15360);
  for (size_t h = 0; h < kHeads; ++h) {
    for (size_t length = 1; length <= kPositions; ++length) {
      std::vector<int32_t> expected(layout_.positions), found(layout_.positions), mixed(head_dim), packed(head_dim);
      kernels.scores_i8(expected.data(), keys.data() + h * layout_.positions * layout_.key_stride, layout_.key_stride,
                        head(h).key_codes, query.data(), head_dim, length, m);
      kv_int4::score_keys(kernels, layout_, head(h), query.data(), length, m, scratch.data(), found.data());
      EXPECT_EQ(found, expected);
      kernels.mix_i8(mixed.data(), values.data() + h * head_dim * layout_.positions, layout_.positions, weights.data(),
                     head_dim, length, 3);
      kv_int4::mix_values(kernels, layout_, head(h), weights.data(), length, 3, scratch.data(), packed.data());
      EXPECT_EQ(packed, mixed);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(HeadDims, PackedHeads, ::testing::Values(16, 18, 24, 40, 48, 64, 128),
                         ::testing::PrintToStringParamName());

class KvInt4Engine : public ::testing::TestWithParam<WeightType> {
 protected:
  KvInt4Engine() : image_(testing::to_thm(testing::make_fixture(spec_), GetParam())) {}

  static PlanOptions options(uint32_t batch = 1, uint32_t workers = 1) {
    return {.max_batch = batch, .kv_type = KvType::kI4, .max_workers = workers};
  }

  const testing::FixtureSpec spec_ = testing::wide_heads_spec();
  const tools::ImageBytes image_;
  const std::vector<uint32_t> tokens_ = testing::random_tokens(spec_.seq_len, spec_.vocab_size, 7);
};

TEST_P(KvInt4Engine, BatchesAndWorkersGiveTheSameBits) {
  const uint64_t expected = TestEngine(image_.span(), options()).hash(tokens_);
  EXPECT_NE(TestEngine(image_.span(), {.kv_type = KvType::kI8}).hash(tokens_), expected);
  for (const uint32_t batch : {2u, 5u, kMaxBatch}) {
    for (const uint32_t workers : {1u, 3u}) {
      const port::Workers pool(workers);
      TestEngine run(image_.span(), options(batch, workers));
      ASSERT_TRUE(run.engine().set_parallel(testing::sharing_all(pool.parallel())).ok());
      EXPECT_EQ(run.hash(tokens_), expected) << batch << " " << workers;
    }
  }
}

// Positions share bytes: what came after must leave nothing behind.
TEST_P(KvInt4Engine, RewindForgetsWhatCameAfter) {
  TestEngine run(image_.span(), options(3));
  const uint64_t expected = run.hash(tokens_);
  for (const uint32_t kept : {0u, 1u, 8u, 9u, 30u}) {
    run.hash(testing::random_tokens(spec_.seq_len, spec_.vocab_size, kept));
    EXPECT_EQ(run.hash(tokens_), expected);
    ASSERT_TRUE(run.engine().rewind(kept).ok());
    const auto rest = std::span(tokens_).subspan(kept);
    ASSERT_TRUE(run.engine().forward(rest, LogitsOf::kNone, nullptr).ok());
    ASSERT_TRUE(run.engine().rewind(spec_.seq_len - 1).ok());
    LogitsHash once(spec_.vocab_size), again(spec_.vocab_size);
    const auto last = [&](LogitsHash* hash) {
      const LogitsSink sink{[](void* h, uint32_t index, uint32_t row, std::span<const float> logits) {
                              static_cast<LogitsHash*>(h)->add(index, row, logits);
                            },
                            hash};
      return run.engine().forward(std::span(tokens_).last(1), LogitsOf::kLast, &sink).ok();
    };
    ASSERT_TRUE(last(&once));
    run.hash(tokens_);
    ASSERT_TRUE(run.engine().rewind(spec_.seq_len - 1).ok());
    ASSERT_TRUE(last(&again));
    EXPECT_EQ(once.value(), again.value());
  }
}

// Random models forgive less than trained ones; the loss of those is measured in docs/QUANTIZATION.md.
TEST_P(KvInt4Engine, LogitsAreNearTheOracle) {
  const auto want = testing::oracle_logits(testing::dequantized(testing::make_fixture(spec_), GetParam()),
                                           std::span(tokens_).first(24));
  const auto error_of = [&](KvType kv) {
    const auto got = TestEngine(image_.span(), {.kv_type = kv}).logits(std::span(tokens_).first(24));
    double error = 0, size = 0;
    for (size_t t = 0; t < want.size(); ++t) {
      for (size_t i = 0; i < want[t].size(); ++i) {
        error += std::pow(static_cast<double>(got[t][i]) - want[t][i], 2);
        size += want[t][i] * want[t][i];
      }
    }
    return std::sqrt(error / size);
  };
  EXPECT_LT(error_of(KvType::kI4), 0.25);
  EXPECT_GT(error_of(KvType::kI4), error_of(KvType::kI8));
}

INSTANTIATE_TEST_SUITE_P(Weights, KvInt4Engine, ::testing::Values(WeightType::kF32, WeightType::kQ8, WeightType::kQ4),
                         [](const auto& test) { return std::string(tools::weight_type_name(test.param)); });

TEST(KvInt4Plan, HeadsBelow16AreRefused) {
  const auto image = testing::to_thm(testing::make_fixture(testing::small_spec()));
  Model model;
  ASSERT_TRUE(model.open(image.span()).ok());
  const Status status = make_plan(model, {.kv_type = KvType::kI4}, MemoryLayout::unlimited()).status;
  EXPECT_EQ(status.code(), Code::kLimit);
  EXPECT_STREQ(status.subject(), "head_dim for a kv cache of i4");
  EXPECT_EQ(status.found(), 6u);
  EXPECT_EQ(status.expected(), 16u);
}

// Of stories15M's shape at a context of 96: 6 layers of 6 heads of 48 elements, half a byte each, and per head and
// position a code and three steps, for keys and for values.
TEST(KvInt4Plan, TakesWhatTheDocumentsSay) {
  ModelConfig c;
  c.n_kv_heads = 6;
  c.head_dim = 48;
  KvLayout i4, i8;
  ASSERT_TRUE(KvLayout::make(c, KvType::kI4, 96, &i4));
  ASSERT_TRUE(KvLayout::make(c, KvType::kI8, 96, &i8));
  EXPECT_EQ(6 * i4.bytes, 193536u);
  EXPECT_EQ(6 * i8.bytes, 338688u);
}

}  // namespace
}  // namespace thimble
