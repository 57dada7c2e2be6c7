// The kernels for all heads of every set that has them against the oracle's, bit for bit: heads of every length and
// number, caches of every shape, values at the limits of the contract.
#ifdef THIMBLE_HEAD_KERNELS
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "base/fixed.h"
#include "base/math.h"
#include "tests/property/kernel_sets.h"
#include "tests/property/quantized_matrix.h"

namespace thimble {

inline bool operator==(Scale a, Scale b) { return a.mantissa == b.mantissa && a.exponent == b.exponent; }

namespace {

using testing::Random;

std::vector<const Kernels*> sets_with_heads() {
  std::vector<const Kernels*> sets;
  for (const Kernels* set : testing::kernel_sets()) {
    if (set->heads != nullptr) sets.push_back(set);
  }
  return sets;
}

class AllHeads : public ::testing::TestWithParam<const Kernels*> {
 protected:
  const HeadKernels& heads() const { return *GetParam()->heads; }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(AllHeads);
INSTANTIATE_TEST_SUITE_P(All, AllHeads, ::testing::ValuesIn(sets_with_heads()), testing::kernel_set_name);

constexpr size_t kMostHeads = 19;  // eight are treated together

// Zero now and then, else any number that a forward pass may make.
Scale any_scale(Random& random) {
  if (random.bits() % 16 == 0) return {};
  const int32_t reach = random.bits() % 4 == 0 ? 200 : 20;
  return {static_cast<uint32_t>(random.bits()) | 1u << 31, random.integer(-31 - reach, -31 + reach)};
}

// Heads of any size, among them zeros.
std::vector<int32_t> any_heads(size_t n_heads, size_t head_dim, Random& random) {
  std::vector<int32_t> x;
  for (size_t h = 0; h < n_heads; ++h) {
    const int32_t limit = random.bits() % 8 == 0 ? 0 : kWideMax >> random.integer(1, 30);
    for (const int32_t v : random.integers<int32_t>(head_dim, -limit, limit)) x.push_back(v);
  }
  return x;
}

template <class Check>
void for_shapes(Check check) {
  for (size_t head_dim = 2; head_dim <= 36; head_dim += 2) {
    for (size_t n_heads = 1; n_heads <= kMostHeads; ++n_heads) check(n_heads, head_dim, (head_dim + 7) / 8 * 8);
  }
  check(3, 130, 136);
}

TEST_P(AllHeads, StoreQueriesEqualsRef) {
  Random random(30);
  for_shapes([&](size_t n_heads, size_t head_dim, size_t stride) {
    const auto x = any_heads(n_heads, head_dim, random);
    const auto cos_sin = random.integers<int32_t>(head_dim, -(1 << 30), 1 << 30);
    const Scale unit = any_scale(random);
    const auto run = [&](const HeadKernels& k) {
      std::vector<int32_t> rotated = x;
      std::vector<int8_t> out(n_heads * stride + 1, 99);
      std::vector<Scale> scales(n_heads + 1, Scale{7, 7});
      k.store_queries(out.data(), stride, scales.data(), rotated.data(), cos_sin.data(), n_heads, head_dim, unit);
      return std::tuple(rotated, out, scales);
    };
    EXPECT_EQ(run(heads()), run(kRefHeadKernels)) << n_heads << " x " << head_dim;
  });
}

// The memory of a cache of int8, full of anything.
struct Cache {
  Cache(size_t kv_heads, size_t head_dim, size_t stride, size_t n_positions, Random& random)
      : positions(n_positions),
        key_stride(stride),
        dim(head_dim),
        keys(random.integers<int8_t>(kv_heads * positions * stride, -127, 127)),
        values(random.integers<int8_t>(kv_heads * head_dim * positions, -127, 127)),
        key_codes(random.integers<uint8_t>(kv_heads * positions, 0, 255)),
        value_codes(random.integers<uint8_t>(kv_heads * positions, 0, 255)) {
    for (size_t i = 0; i < keys.size(); ++i) {
      if (i % stride >= head_dim) keys[i] = 0;
    }
  }

  HeadCache view() {
    return {keys.data(), values.data(), key_codes.data(), value_codes.data(), positions, key_stride, dim};
  }
  auto all() const { return std::tuple(keys, values, key_codes, value_codes); }

  size_t positions, key_stride, dim;
  std::vector<int8_t> keys, values;
  std::vector<uint8_t> key_codes, value_codes;
};

TEST_P(AllHeads, StoreKeysAndValuesEqualsRef) {
  Random random(31);
  for_shapes([&](size_t n_heads, size_t head_dim, size_t stride) {
    const auto x = any_heads(n_heads, head_dim, random);
    const auto cos_sin = random.integers<int32_t>(head_dim, -(1 << 30), 1 << 30);
    const Scale unit = any_scale(random);
    const Cache start(n_heads, head_dim, stride, 32, random);
    const auto position = static_cast<size_t>(random.integer(0, 31));
    const auto run = [&](const HeadKernels& k) {
      Cache cache = start;
      std::vector<int32_t> rotated = x;
      k.store_keys(cache.view(), position, rotated.data(), cos_sin.data(), n_heads, unit);
      k.store_values(cache.view(), position, x.data(), n_heads, unit);
      return std::tuple(rotated, cache.all());
    };
    EXPECT_EQ(run(heads()), run(kRefHeadKernels)) << n_heads << " x " << head_dim << ", position " << position;
  });
}

struct Attended {
  size_t head_dim, length, heads_per_kv, first_head, n_heads;
};

// score_scale: by its exponent scores are shifted to the left or to the right, some of them or all.
void expect_attention_agrees(const HeadKernels& heads, const Attended& a, Scale score_scale, Random& random) {
  const size_t stride = (a.head_dim + 7) / 8 * 8;
  const size_t positions = (a.length + 15) / 16 * 16;
  const size_t kv_heads = (a.first_head + a.n_heads - 1) / a.heads_per_kv + 1;
  Cache cache(kv_heads, a.head_dim, stride, positions, random);
  const Cache queries(1, a.head_dim, stride, a.n_heads, random);
  std::vector<Scale> scales;
  for (size_t h = 0; h < a.n_heads; ++h) scales.push_back(any_scale(random));
  const auto run = [&](const HeadKernels& k) {
    std::vector<int32_t> out(a.n_heads * a.head_dim + 1, -123456789);
    std::vector<Scale> results = scales;
    std::vector<int32_t> scores(positions);
    std::vector<uint16_t> weights(positions);
    k.attend(out.data(), results.data(), {queries.keys.data(), a.first_head, a.n_heads, a.heads_per_kv}, cache.view(),
             a.length, score_scale, scores.data(), weights.data());
    return std::tuple(out, results);
  };
  EXPECT_EQ(run(heads), run(kRefHeadKernels))
      << a.n_heads << " heads from " << a.first_head << ", " << a.heads_per_kv << " to a kv head, each " << a.head_dim
      << " wide, " << a.length << " positions, exponent " << score_scale.exponent;
}

TEST_P(AllHeads, AttendEqualsRef) {
  Random random(32);
  for (const size_t head_dim : {2u, 6u, 8u, 10u, 16u, 18u, 24u, 40u}) {
    for (size_t length = 1; length <= 67; ++length) {
      const auto heads_per_kv = static_cast<size_t>(random.integer(1, 4));
      const auto first_head = static_cast<size_t>(random.integer(0, 5));
      const auto n_heads = static_cast<size_t>(random.integer(1, 11));
      for (const int32_t exponent : {-75, -60, -48, -40, 0}) {
        const Scale score_scale = {static_cast<uint32_t>(random.bits()) | 1u << 31, exponent};
        expect_attention_agrees(heads(), {head_dim, length, heads_per_kv, first_head, n_heads}, score_scale, random);
      }
    }
  }
}

// Where loops end, where sums go over to 64 bits, and where pairs of heads do not fit any more.
TEST_P(AllHeads, AttendEqualsRefOverManyPositions) {
  Random random(33);
  for (const size_t around : {512u, 1024u, 2048u, 65535u}) {
    for (size_t length = around - 1; length <= around + 1; ++length) {
      for (const size_t head_dim : {8u, 16u, 20u}) {
        expect_attention_agrees(heads(), {head_dim, length, 2, 1, 4}, {0xb504f333, -58}, random);
      }
    }
  }
}

// Floats of f32 attention: any size, and zeros of both signs; now and then, where `special`, infinities and NaN.
std::vector<float> any_floats(size_t n, float limit, bool special, Random& random) {
  std::vector<float> x;
  for (size_t i = 0; i < n; ++i) {
    const uint64_t kind = random.bits() % 512;
    if (kind < 16) {
      x.push_back(kind % 2 == 0 ? 0.0f : -0.0f);
    } else if (special && kind < 18) {
      x.push_back(kind == 16 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN());
    } else {
      x.push_back(limit * static_cast<float>(random.integer(-(1 << 24), 1 << 24)) * 0x1p-24f);
    }
  }
  return x;
}

std::vector<uint32_t> bits_of(const std::vector<float>& x) {
  std::vector<uint32_t> bits;
  for (const float v : x) bits.push_back(std::bit_cast<uint32_t>(canonical_nan(v)));
  return bits;
}

// What is behind a key, and behind the last position of a value, is NaN: nobody may look at it.
void expect_f32_attention_agrees(const HeadKernels& heads, const Attended& a, float limit, bool special,
                                 Random& random) {
  const size_t stride = (a.head_dim + 3) / 4 * 4;
  const size_t positions = (a.length + 3) / 4 * 4;
  const size_t kv_heads = (a.first_head + a.n_heads - 1) / a.heads_per_kv + 1;
  auto keys = any_floats(kv_heads * positions * stride, limit, special, random);
  auto values = any_floats(kv_heads * a.head_dim * positions, limit, special, random);
  const auto x = any_floats(a.n_heads * a.head_dim, limit, special, random);
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i % stride >= a.head_dim || i / stride % positions >= a.length) keys[i] = std::nanf("");
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (i % positions >= a.length) values[i] = std::nanf("");
  }
  const auto run = [&](const HeadKernels& k) {
    std::vector<float> out = x;
    out.push_back(7.0f);
    std::vector<float> weights(positions);
    k.attend_f32({out.data(), a.first_head, a.n_heads, a.heads_per_kv},
                 {keys.data(), values.data(), positions, stride, a.head_dim}, a.length, 0.35f, weights.data());
    return bits_of(out);
  };
  EXPECT_EQ(run(heads), run(kRefHeadKernels))
      << a.n_heads << " heads from " << a.first_head << ", " << a.heads_per_kv << " to a kv head, each " << a.head_dim
      << " wide, " << a.length << " positions, numbers up to " << limit;
}

TEST_P(AllHeads, AttendF32EqualsRef) {
  Random random(35);
  for (const size_t head_dim : {2u, 4u, 6u, 8u, 10u, 16u, 22u, 48u}) {
    for (size_t length = 1; length <= 67; ++length) {
      const auto heads_per_kv = static_cast<size_t>(random.integer(1, 4));
      const auto first_head = static_cast<size_t>(random.integer(0, 5));
      const auto n_heads = static_cast<size_t>(random.integer(1, 13));
      for (const float limit : {0.0f, 1e-20f, 0.3f, 3.0f, 30.0f, 1e19f, 3e38f}) {
        const bool special = random.bits() % 4 == 0;
        expect_f32_attention_agrees(heads(), {head_dim, length, heads_per_kv, first_head, n_heads}, limit, special,
                                    random);
      }
    }
  }
}

// Where pairs of heads do not fit any more.
TEST_P(AllHeads, AttendF32EqualsRefOverManyPositions) {
  Random random(36);
  for (const size_t length : {504u, 511u, 512u, 513u, 1030u}) {
    for (const size_t head_dim : {8u, 20u}) {
      expect_f32_attention_agrees(heads(), {head_dim, length, 2, 1, 12}, 3.0f, false, random);
    }
  }
}

TEST_P(AllHeads, GatherEqualsRef) {
  Random random(34);
  for_shapes([&](size_t n_heads, size_t head_dim, size_t) {
    const auto x = any_heads(n_heads, head_dim, random);
    std::vector<Scale> scales;
    for (size_t h = 0; h < n_heads; ++h) scales.push_back(any_scale(random));
    const size_t padded = (n_heads * head_dim + 31) / 32 * 32;
    const auto run = [&](const HeadKernels& k) {
      std::vector<int8_t> out(padded + 1, 99);
      const Scale scale = k.gather(out.data(), padded, x.data(), scales.data(), n_heads, head_dim);
      return std::tuple(scale, out);
    };
    EXPECT_EQ(run(heads()), run(kRefHeadKernels)) << n_heads << " x " << head_dim;
  });
  const std::vector<int32_t> zeros(24);
  const std::vector<Scale> scales(3, Scale{1u << 31, 0});
  std::vector<int8_t> out(32, 99);
  EXPECT_EQ(heads().gather(out.data(), 32, zeros.data(), scales.data(), 3, 8), Scale{});
  EXPECT_EQ(out, std::vector<int8_t>(32));
}

}  // namespace
}  // namespace thimble
#endif
