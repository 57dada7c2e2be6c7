// The kernel sets that run on the processor that this image is for against the oracle, bit for bit, on that processor:
// sizes around every tile and tail, values at their limits. It is how assembly is tested, and what a young compiler
// makes of the rest. Prints one line a kernel; exit code 1 when a result differs. With the argument `trap` it dies of
// an exception.

#include <cstring>

#include "base/quantized_layout.h"
#include "kernels/registry.h"
#include "ports/line.h"

namespace thimble {
namespace {

using port::print_line;

// --- draws ---

// splitmix64
uint64_t bits() {
  static constinit uint64_t state = 1;
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
size_t below(size_t n) { return static_cast<size_t>((bits() >> 32) * n >> 32); }

// lowest..highest, -2^31 < lowest <= highest; one in four is an end.
int32_t between(int32_t lowest, int32_t highest) {
  const size_t draw = below(8);
  if (draw < 2) return draw == 0 ? lowest : highest;
  const uint64_t span = static_cast<uint64_t>(int64_t{highest} - lowest) + 1;
  return static_cast<int32_t>(lowest + static_cast<int64_t>((bits() >> 32) * span >> 32));
}

template <class Integer>
void fill(Integer* to, size_t n, int32_t lowest, int32_t highest) {
  for (size_t i = 0; i < n; ++i) to[i] = static_cast<Integer>(between(lowest, highest));
}

// Any that the engine can make; most of them of the usual kind.
Multiplier any_multiplier() {
  const int32_t most = below(4) == 0 ? kMostShift : 34;
  return {between(1 << 30, INT32_MAX), between(-most, most)};
}

// --- room ---

constexpr size_t kMostCols = 1100;
constexpr size_t kMostRows = 2 * kPanelRows + 3;
constexpr size_t kMostVector = kMostBatch * round_up<size_t>(kMostCols, kVectorPadding);
constexpr size_t kMostPanels = (kMostRows + 2 * kPanelRows) * (kMostCols + 64);

alignas(64) std::byte panels[kMostPanels];
alignas(64) int8_t narrow[kMostVector];
alignas(64) int8_t cached[kMostCols * 80];
alignas(64) int32_t wide_in[kMostVector];
alignas(64) int32_t wide_more[kMostVector];
alignas(64) int16_t norm_weights[kMostVector];
alignas(64) uint8_t codes[kMostCols];
alignas(64) uint16_t weights[kMostCols];
// Results: of the kernel and of the oracle.
alignas(64) int32_t wide_out[2][kMostVector];
alignas(64) int8_t narrow_out[2][kMostVector];
alignas(64) uint16_t weights_out[2][kMostCols];
alignas(64) float floats_out[2][kMostVector];
alignas(64) float floats_in[kMostVector];
uint8_t found[2][kMostVector];

constexpr int kNothing = 0x5b;  // bytes of a result before the kernel writes it: what it must not touch stays
template <class T, size_t kCount>
void clear(T (&results)[2][kCount]) {
  std::memset(results, kNothing, sizeof results);
}
template <class T, size_t kCount>
bool same(const T (&results)[2][kCount]) {
  return std::memcmp(results[0], results[1], sizeof results[0]) == 0;
}

const Kernels* under_test = nullptr;
const Kernels& set(size_t which) { return which == 0 ? *under_test : kRefKernels; }

// --- the verdict ---

struct Verdict {
  const char* kernel;
  uint64_t calls = 0;
  bool agrees = true;

  // False once a call differed; the first one is reported.
  bool add(bool equal, size_t a, size_t b = 0, size_t c = 0) {
    ++calls;
    if (!equal) {
      print_line("DIFFERS: ", kernel, " at ", uint64_t{a}, " ", uint64_t{b}, " ", uint64_t{c});
      agrees = false;
    }
    return agrees;
  }
  bool report() const {
    if (agrees) print_line("agrees: ", kernel, " in ", calls, " calls");
    return agrees;
  }
};

// --- kernels ---

using Product = decltype(Kernels::matmul_q8);

// Any bytes are panels that a file may hold; scales of rows are drawn with their ends.
void draw_panels(size_t cols, const PanelLayout& layout, size_t rows) {
  for (size_t i = 0; i < layout.panel(rows + kPanelRows); ++i) {
    constexpr uint8_t kEnds[] = {0x80, 0x7f, 0x88, 0x77};
    panels[i] = static_cast<std::byte>(below(3) == 0 ? kEnds[below(4)] : bits());
  }
  for (size_t r = 0; r < rows; ++r) {
    const auto scale = static_cast<uint16_t>(between(0, 65535));
    std::memcpy(panels + layout.row_scale(r), &scale, sizeof scale);
  }
  for (size_t b = 0; b < kMostBatch; ++b) {
    const size_t stride = round_up<size_t>(cols, kVectorPadding);
    std::memset(narrow + b * stride, 0, stride);
    fill(narrow + b * stride, cols, -127, 127);
  }
}

bool product(const char* name, Product Kernels::*kernel, PanelLayout (*layout_of)(size_t)) {
  Verdict verdict{name};
  constexpr size_t kLong[] = {96, 172, 255, 256, 511, 512, 513, 544, kMostCols};
  for (size_t i = 0; i < 68 + std::size(kLong); ++i) {
    const size_t cols = i < 68 ? i : kLong[i - 68];
    draw_panels(cols, layout_of(cols), kMostRows + kPanelRows);
    for (size_t round = 0; round < 12; ++round) {
      const size_t first_row = below(kPanelRows);
      const size_t rows = round == 0 ? kMostRows : below(kMostRows + 1);
      const size_t batch = round % 2 == 0 ? 1 : 1 + below(kMostBatch);
      clear(wide_out);
      for (size_t s = 0; s < 2; ++s) {
        (set(s).*kernel)(panels, cols, first_row, rows, narrow, round_up<size_t>(cols, kVectorPadding), wide_out[s],
                         rows + round % 3, batch);
      }
      if (!verdict.add(same(wide_out), cols, first_row * 100 + rows, batch)) return false;
    }
  }
  return verdict.report();
}

// Calls check(n, round) for the lengths around tiles and unrolled loops.
template <class Check>
bool for_lengths(const char* name, Check check) {
  Verdict verdict{name};
  for (size_t n = 0; n < 68; ++n) {
    for (size_t round = 0; round < 4; ++round) {
      if (!verdict.add(check(n, round), n, round)) return false;
    }
  }
  return verdict.report();
}

bool norm(size_t n, size_t) {
  fill(wide_in, n, -(1 << 28) + 1, (1 << 28) - 1);
  fill(norm_weights, n, -32768, 32767);
  clear(wide_out);
  uint64_t squares[2];
  for (size_t s = 0; s < 2; ++s) squares[s] = set(s).norm_i32(wide_out[s], wide_in, norm_weights, n);
  return squares[0] == squares[1] && same(wide_out);
}

bool quantize(size_t n, size_t round) {
  const int32_t limit = (1 << 30) - 1;
  fill(wide_in, n, -(limit >> 9 * round), limit >> 9 * round);
  clear(narrow_out);
  uint32_t largest[2];
  for (size_t s = 0; s < 2; ++s) {
    largest[s] = set(s).quantize_i8(narrow_out[s], wide_in, n, round_up<size_t>(n, kVectorPadding));
    if (largest[s] != set(s).max_abs_i32(wide_in, n)) return false;
  }
  return largest[0] == largest[1] && same(narrow_out);
}

bool rescale(size_t n, size_t round) {
  fill(wide_in, n, -(1 << 30) + 1, (1 << 30) - 1);
  const Multiplier m = any_multiplier();
  clear(narrow_out);
  for (size_t s = 0; s < 2; ++s) set(s).rescale_i8(narrow_out[s] + round, wide_in, n, n + 5 * round, m);
  return same(narrow_out);
}

bool add(size_t n, size_t round) {
  const int32_t lift = between(0, 30);
  const int32_t x_shift = round == 0 ? between(-4, 64) : 0;
  const Multiplier m = {between(1 << 30, INT32_MAX), between(4, 64)};
  const int32_t limit = x_shift < 0 ? (1 << 26) >> -x_shift : (1 << 28) - 1;
  clear(wide_out);
  fill(wide_out[0], n, -limit, limit);
  std::memcpy(wide_out[1], wide_out[0], n * sizeof(int32_t));
  fill(wide_more, n, -(INT32_MAX >> lift), INT32_MAX >> lift);
  for (size_t s = 0; s < 2; ++s) set(s).add_i32(wide_out[s], x_shift, wide_more, lift, m, n);
  return same(wide_out);
}

bool rope(size_t n, size_t round) {
  clear(wide_out);
  fill(wide_out[0], round * 2 * n, -(1 << 30) + 1, (1 << 30) - 1);
  std::memcpy(wide_out[1], wide_out[0], round * 2 * n * sizeof(int32_t));
  fill(wide_more, 2 * n, -(1 << 30), 1 << 30);
  for (size_t s = 0; s < 2; ++s) set(s).rope_i32(wide_out[s], wide_more, round, 2 * n);
  return same(wide_out);
}

bool silu_mul(size_t n, size_t round) {
  const int32_t limit = ((1 << 30) - 1) >> 8 * (round % 2);
  clear(wide_out);
  fill(wide_out[0], n, -limit, limit);
  std::memcpy(wide_out[1], wide_out[0], n * sizeof(int32_t));
  fill(wide_more, n, -limit, limit);
  // Gates of up to some 16 in size, where the table is; or anything.
  const Multiplier m = round < 2 ? Multiplier{1 << 30, between(0, 10)} : any_multiplier();
  for (size_t s = 0; s < 2; ++s) set(s).silu_mul_i32(wide_out[s], wide_more, m, n);
  return same(wide_out);
}

bool logits(size_t n, size_t) {
  fill(wide_in, n, -(1 << 30) + 1, (1 << 30) - 1);
  const Multiplier m = any_multiplier();
  clear(floats_out);
  for (size_t s = 0; s < 2; ++s) set(s).logits_i32(floats_out[s], wide_in, m, n);
  return same(floats_out);
}

bool finds(size_t n, size_t) {
  fill(wide_in, n + 1, INT32_MIN, INT32_MAX);
  const int32_t flip = between(0, 1) * INT32_MAX;
  std::memcpy(floats_in, wide_in, (n + 1) * sizeof(float));
  clear(found);
  size_t most[2];
  size_t counts[2];
  for (size_t s = 0; s < 2; ++s) {
    most[s] = set(s).find_most_f32(floats_in, n + 1);
    counts[s] = set(s).find_above_f32(found[s], floats_in, n, flip, wide_in[n] ^ flip);
  }
  return most[0] == most[1] && counts[0] == counts[1] && std::memcmp(found[0], found[1], counts[0]) == 0;
}

bool scores() {
  Verdict verdict{"scores_i8"};
  for (size_t head_dim = 1; head_dim <= 67; ++head_dim) {
    const size_t stride = round_up<size_t>(head_dim, 8);
    for (size_t round = 0; round < (head_dim <= 8 ? 32 : 8); ++round) {
      const size_t length = below(20);
      const int32_t lowest = round % 3 == 0 ? 127 : -127;
      std::memset(narrow, 0, stride);
      std::memset(cached, 0, length * stride);
      fill(narrow, head_dim, lowest, 127);
      for (size_t t = 0; t < length; ++t) fill(cached + t * stride, head_dim, -127, -lowest);
      fill(codes, length, 0, 255);
      const Multiplier m = any_multiplier();
      clear(wide_out);
      for (size_t s = 0; s < 2; ++s) set(s).scores_i8(wide_out[s], cached, stride, codes, narrow, head_dim, length, m);
      if (!verdict.add(same(wide_out), head_dim, length)) return false;
    }
  }
  return verdict.report();
}

bool weigh(size_t n, size_t round) {
  constexpr int32_t kSpreads[] = {0, 300, 17 * 256, (1 << 30) - 1};
  fill(wide_in, n + 1, -kSpreads[round], kSpreads[round]);
  fill(codes, n + 1, n % 2 == 0 ? 0 : 230, 255);
  clear(weights_out);
  AttentionWeights sums[2];
  for (size_t s = 0; s < 2; ++s) sums[s] = set(s).weigh_i8(weights_out[s], wide_in, codes, n + 1);
  return sums[0].sum == sums[1].sum && sums[0].octave == sums[1].octave && same(weights_out);
}

bool mix() {
  Verdict verdict{"mix_i8"};
  for (size_t head_dim = 1; head_dim <= 33; ++head_dim) {
    for (size_t round = 0; round < 10; ++round) {
      const size_t length = round == 0 ? kMostCols - head_dim : 1 + below(70);
      const size_t stride = round_up<size_t>(length, 16);
      fill(cached, head_dim * stride, round % 2 == 0 ? 127 : -127, 127);
      fill(weights, length, round % 2 == 0 ? kMostWeight : 0, kMostWeight);
      clear(wide_out);
      const int32_t shift = between(0, 16);
      for (size_t s = 0; s < 2; ++s) {
        set(s).mix_i8(wide_out[s], cached, stride, weights, head_dim, length, round == 0 ? 16 : shift);
      }
      if (!verdict.add(same(wide_out), head_dim, length)) return false;
    }
  }
  return verdict.report();
}

bool set_agrees(const Kernels& kernels) {
  under_test = &kernels;
  const bool agrees = product("matmul_q8", &Kernels::matmul_q8, q8_layout) &&
                      product("matmul_q4", &Kernels::matmul_q4, q4_layout) && for_lengths("norm_i32", norm) &&
                      for_lengths("quantize_i8", quantize) && for_lengths("rescale_i8", rescale) &&
                      for_lengths("add_i32", add) && for_lengths("rope_i32", rope) &&
                      for_lengths("silu_mul_i32", silu_mul) && for_lengths("logits_i32", logits) &&
                      for_lengths("find_above_f32", finds) && scores() && for_lengths("weigh_i8", weigh) && mix();
  if (agrees) print_line("kernels of ", std::string_view(kernels.name), " agree with the oracle");
  return agrees;
}

// A call into memory that is none.
void die() {
  void (*volatile nowhere)() = nullptr;
  nowhere();
}

}  // namespace
}  // namespace thimble

int thimble_main(std::span<const char* const> arguments) {
  using namespace thimble;
  if (!arguments.empty() && std::string_view(arguments[0]) == "trap") die();
  for (const KernelSet& set : kKernelSets) {
    if (set.kernels != &kRefKernels && set.runs_here() && !set_agrees(*set.kernels)) return 1;
  }
  return 0;
}
