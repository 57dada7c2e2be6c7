// The checked set notices one wrong bit of any kernel, and nothing else. Only in builds with THIMBLE_CHECK_KERNELS.
#ifdef THIMBLE_CHECK_KERNELS
#include "kernels/checked/checked_kernels.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/registry.h"

namespace thimble {
namespace {

TEST(CheckedKernels, SeesAWrongBit) {
  Kernels wrong = best_kernels();
  wrong.add_f32 = [](float* x, const float* y, size_t n) {
    kRefKernels.add_f32(x, y, n);
    x[n - 1] = std::nextafter(x[n - 1], 1e9f);
  };
  static std::string reported;
  set_kernel_mismatch_handler([](const char* function) { reported = function; });
  std::vector<float> x(5, 1.0f), y(5, 2.0f);
  const uint64_t before = kernel_mismatches();
  active_kernels().add_f32(x.data(), y.data(), x.size());
  EXPECT_EQ(kernel_mismatches(), before);
  set_kernels_under_check(wrong);
  active_kernels().add_f32(x.data(), y.data(), x.size());
  EXPECT_EQ(kernel_mismatches(), before + 1);
  EXPECT_EQ(reported, "add_f32");
  set_kernels_under_check(best_kernels());
  set_kernel_mismatch_handler(nullptr);
}

// Each integer kernel with one wrong bit in its output, by name.
struct Wrong {
  const char* function;
  void (*spoil)(Kernels&);
};
const std::array<Wrong, 16> kWrongs = {{
    {"matmul_f16",
     [](Kernels& k) {
       k.matmul_f16 = [](const uint16_t*, size_t, const float*, size_t, float* out, size_t, size_t, size_t, size_t) {
         out[0] = 1;
       };
     }},
    {"find_most_f32", [](Kernels& k) { k.find_most_f32 = [](const float*, size_t n) { return n; }; }},
    {"find_above_f32",
     [](Kernels& k) { k.find_above_f32 = [](uint8_t*, const float*, size_t, int32_t, int32_t) { return size_t{1}; }; }},
    {"matmul_q8",
     [](Kernels& k) {
       k.matmul_q8 = [](const std::byte*, size_t, size_t, size_t, const int8_t*, size_t, int32_t* out, size_t, size_t) {
         out[0] = 1;
       };
     }},
    {"matmul_q4",
     [](Kernels& k) {
       k.matmul_q4 = [](const std::byte*, size_t, size_t, size_t, const int8_t*, size_t, int32_t* out, size_t, size_t) {
         out[0] = 1;
       };
     }},
    {"norm_i32",
     [](Kernels& k) {
       k.norm_i32 = [](int32_t* out, const int32_t* x, const int16_t* weight, size_t n) {
         return kRefKernels.norm_i32(out, x, weight, n) + 1;
       };
     }},
    {"max_abs_i32", [](Kernels& k) { k.max_abs_i32 = [](const int32_t*, size_t) { return uint32_t{1}; }; }},
    {"quantize_i8",
     [](Kernels& k) {
       k.quantize_i8 = [](int8_t* out, const int32_t* x, size_t n, size_t padded) {
         const uint32_t largest = kRefKernels.quantize_i8(out, x, n, padded);
         out[padded - 1] = 1;
         return largest;
       };
     }},
    {"rescale_i8",
     [](Kernels& k) {
       k.rescale_i8 = [](int8_t* out, const int32_t* x, size_t n, size_t padded, Multiplier m) {
         kRefKernels.rescale_i8(out, x, n, padded, m);
         out[padded - 1] = 1;
       };
     }},
    {"add_i32",
     [](Kernels& k) {
       k.add_i32 = [](int32_t* x, int32_t, const int32_t*, int32_t, Multiplier, size_t) { x[0] = 1; };
     }},
    {"rope_i32", [](Kernels& k) { k.rope_i32 = [](int32_t* x, const int32_t*, size_t, size_t) { x[0] = 1; }; }},
    {"silu_mul_i32",
     [](Kernels& k) { k.silu_mul_i32 = [](int32_t* gate, const int32_t*, Multiplier, size_t) { gate[0] = 1; }; }},
    {"logits_i32",
     [](Kernels& k) { k.logits_i32 = [](float* out, const int32_t*, Multiplier, size_t) { out[0] = 1; }; }},
    {"scores_i8",
     [](Kernels& k) {
       k.scores_i8 = [](int32_t* y, const int8_t*, size_t, const uint8_t*, const int8_t*, size_t, size_t, Multiplier) {
         y[0] = 1;
       };
     }},
    {"weigh_i8",
     [](Kernels& k) {
       k.weigh_i8 = [](uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length) {
         AttentionWeights weights = kRefKernels.weigh_i8(a, y, codes, length);
         weights.octave += 1;
         return weights;
       };
     }},
    {"mix_i8",
     [](Kernels& k) {
       k.mix_i8 = [](int32_t* out, const int8_t*, size_t, const uint16_t*, size_t, size_t, int32_t) { out[0] = 1; };
     }},
}};

// All kernels of the set in use, on zeros.
void call_each(const Kernels& k) {
  alignas(16) std::array<std::byte, 1024> zeros{};
  std::array<int32_t, 32> wide{};
  std::array<int8_t, 32> narrow{};
  std::array<float, 32> floats{};
  std::array<uint16_t, 32> weights{};
  const auto* bytes = reinterpret_cast<const int8_t*>(zeros.data());
  const auto* codes = reinterpret_cast<const uint8_t*>(zeros.data());
  const auto* integers = reinterpret_cast<const int32_t*>(zeros.data());
  const auto* halves = reinterpret_cast<const uint16_t*>(zeros.data());
  const Multiplier m = {1 << 30, 8};
  k.matmul_f16(halves, 32, reinterpret_cast<const float*>(zeros.data()), 32, floats.data(), 1, 1, 32, 1);
  uint8_t found[8] = {};
  k.find_most_f32(reinterpret_cast<const float*>(zeros.data()), 8);
  k.find_above_f32(found, reinterpret_cast<const float*>(zeros.data()), 8, 0, 0);
  k.matmul_q8(zeros.data(), 32, 0, 1, bytes, 32, wide.data(), 1, 1);
  k.matmul_q4(zeros.data(), 32, 0, 1, bytes, 32, wide.data(), 1, 1);
  k.norm_i32(wide.data(), integers, reinterpret_cast<const int16_t*>(zeros.data()), 8);
  k.max_abs_i32(integers, 8);
  k.quantize_i8(narrow.data(), integers, 8, 32);
  k.rescale_i8(narrow.data(), integers, 8, 32, m);
  k.add_i32(wide.data(), 1, integers, 0, m, 8);
  k.rope_i32(wide.data(), integers, 1, 8);
  k.silu_mul_i32(wide.data(), integers, m, 8);
  k.logits_i32(floats.data(), integers, m, 8);
  k.scores_i8(wide.data(), bytes, 8, codes, bytes, 8, 2, m);
  k.weigh_i8(weights.data(), integers, codes, 8);
  k.mix_i8(wide.data(), bytes, 16, halves, 2, 8, 5);
}

TEST(CheckedKernels, SeesAWrongBitOfEachKernel) {
  static std::vector<std::string> reported;
  set_kernel_mismatch_handler([](const char* function) { reported.push_back(function); });
  call_each(active_kernels());
  EXPECT_EQ(reported, std::vector<std::string>{});
  for (const Wrong& wrong : kWrongs) {
    Kernels spoilt = best_kernels();
    wrong.spoil(spoilt);
    set_kernels_under_check(spoilt);
    reported.clear();
    call_each(active_kernels());
    EXPECT_EQ(reported, std::vector<std::string>{wrong.function});
  }
  set_kernels_under_check(best_kernels());
  set_kernel_mismatch_handler(nullptr);
}

#if defined(THIMBLE_HEAD_KERNELS)
// The kernels for all heads, each with one wrong bit.
struct WrongHeads {
  const char* function;
  void (*spoil)(HeadKernels&);
};
const std::array<WrongHeads, 6> kWrongHeads = {{
    {"store_queries",
     [](HeadKernels& k) {
       k.store_queries = [](int8_t* out, size_t stride, Scale* scales, int32_t* x, const int32_t* cos_sin,
                            size_t n_heads, size_t head_dim, Scale unit) {
         kRefHeadKernels.store_queries(out, stride, scales, x, cos_sin, n_heads, head_dim, unit);
         scales[0].exponent += 1;
       };
     }},
    {"store_keys",
     [](HeadKernels& k) {
       k.store_keys = [](const HeadCache& cache, size_t position, int32_t*, const int32_t*, size_t, Scale) {
         cache.key_codes[position] = 1;
       };
     }},
    {"store_values",
     [](HeadKernels& k) {
       k.store_values = [](const HeadCache& cache, size_t position, const int32_t*, size_t, Scale) {
         cache.values[7 * cache.positions + position] = 1;
       };
     }},
    {"attend",
     [](HeadKernels& k) {
       k.attend = [](int32_t* out, Scale* scales, const HeadQueries& queries, const HeadCache& cache, size_t length,
                     Scale score_scale, int32_t* scores, uint16_t* weights) {
         kRefHeadKernels.attend(out, scales, queries, cache, length, score_scale, scores, weights);
         out[7] += 1;
       };
     }},
    {"attend_f32",
     [](HeadKernels& k) {
       k.attend_f32 = [](const FloatQueries& queries, const FloatCache& cache, size_t length, float scale,
                         float* weights) {
         kRefHeadKernels.attend_f32(queries, cache, length, scale, weights);
         queries.x[7] = std::nextafter(queries.x[7], 1.0f);
       };
     }},
    {"gather",
     [](HeadKernels& k) {
       k.gather = [](int8_t* out, size_t padded, const int32_t* x, const Scale* scales, size_t n_heads,
                     size_t head_dim) {
         const Scale scale = kRefHeadKernels.gather(out, padded, x, scales, n_heads, head_dim);
         out[padded - 1] = 1;
         return scale;
       };
     }},
}};

// All of them, on a head of zeros.
void call_each(const HeadKernels& k) {
  std::array<int8_t, 128> keys{}, values{};
  std::array<uint8_t, 16> key_codes{}, value_codes{};
  const HeadCache cache = {keys.data(), values.data(), key_codes.data(), value_codes.data(), 16, 8, 8};
  std::array<int32_t, 16> wide{};
  std::array<int8_t, 32> narrow{};
  std::array<uint16_t, 16> weights{};
  std::array<int32_t, 8> cos_sin{};
  Scale scale;
  const Scale unit = {1u << 31, -31};
  k.store_queries(narrow.data(), 8, &scale, wide.data(), cos_sin.data(), 1, 8, unit);
  k.store_keys(cache, 3, wide.data(), cos_sin.data(), 1, unit);
  k.store_values(cache, 3, wide.data(), 1, unit);
  std::array<int32_t, 8> out{};
  k.attend(out.data(), &scale, {narrow.data(), 0, 1, 1}, cache, 4, unit, wide.data(), weights.data());
  std::array<float, 8> x{};
  const std::array<float, 32> zeros{};
  std::array<float, 4> float_weights{};
  k.attend_f32({x.data(), 0, 1, 1}, {zeros.data(), zeros.data(), 4, 8, 8}, 4, 1.0f, float_weights.data());
  k.gather(narrow.data(), 32, out.data(), &scale, 1, 8);
}

TEST(CheckedKernels, SeesAWrongBitOfEachKernelForAllHeads) {
  if (best_kernels().heads == nullptr) GTEST_SKIP() << best_kernels().name << " goes head by head";
  static std::vector<std::string> reported;
  set_kernel_mismatch_handler([](const char* function) { reported.push_back(function); });
  call_each(*active_kernels().heads);
  EXPECT_EQ(reported, std::vector<std::string>{});
  for (const WrongHeads& wrong : kWrongHeads) {
    HeadKernels spoilt_heads = *best_kernels().heads;
    wrong.spoil(spoilt_heads);
    Kernels spoilt = best_kernels();
    spoilt.heads = &spoilt_heads;
    set_kernels_under_check(spoilt);
    reported.clear();
    call_each(*active_kernels().heads);
    EXPECT_EQ(reported, std::vector<std::string>{wrong.function});
  }
  set_kernels_under_check(best_kernels());
  set_kernel_mismatch_handler(nullptr);
}
#endif

}  // namespace
}  // namespace thimble
#endif
