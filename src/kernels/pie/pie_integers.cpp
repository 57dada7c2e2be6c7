// Kernels over vectors of integers: assembly does fours of elements, and the set for processors without vectors the
// rest, which also has the rare multipliers.

#include <bit>

#include "kernels/narrow.h"
#include "kernels/pie/pie_assembly.h"
#include "kernels/pie/pie_kernels.h"
#include "kernels/tables.h"

namespace thimble {
namespace {

constexpr size_t kStep = 4;     // elements at once
constexpr size_t kRounded = 8;  // where the vectors round
constexpr size_t kVectorBytes = 16;
constexpr size_t kCollected = 32;   // rows of logits whose bits are a word
constexpr size_t kSearched = 64;    // rows of which the most is known before its place
constexpr size_t kNormBlock = 512;  // whose sum of squares pie_norm tells

constexpr size_t whole(size_t n, size_t step = kStep) { return n - n % step; }
bool is_usual(Multiplier m) { return m.shift >= 1 && m.shift <= 31; }

bool starts_on(const void* p, size_t bytes) { return reinterpret_cast<uintptr_t>(p) % bytes == 0; }
bool on_vector(const void* p) { return starts_on(p, kVectorBytes); }

// How many of n elements stand before the first vector.
size_t before_vector(const float* x, size_t n) {
  const size_t before = (0 - reinterpret_cast<uintptr_t>(x)) % kVectorBytes / sizeof(float);
  return before < n ? before : n;
}

// x[i] = shifted(x[i], shift), x on a vector, n a multiple of kStep; or false, when that is left to others.
bool shift_stream(int32_t* x, int32_t shift, size_t n) {
  if (shift == 0 || n == 0) return true;
  if (shift > 31 || shift < -30) return false;
  if (shift > 0) {
    pie_shift_right(x, n / kStep, 1 << (shift - 1), shift);
    return true;
  }
  if (pie_max_abs(x, n / kStep) > static_cast<uint32_t>(kWideMax >> -shift)) return false;
  pie_shift_left(x, n / kStep, -shift);
  return true;
}

// The sum of at most kNormBlock squares from its lower word and the sum of the squares / 2^22, which is low by less
// than one each.
uint64_t sum_of_squares(uint32_t lower, uint32_t quotients) {
  const uint64_t least = uint64_t{quotients} << 22;
  return least + (lower - static_cast<uint32_t>(least));
}

}  // namespace

size_t find_most_f32_pie(const float* x, size_t n) {
  size_t place = 0;
  const auto look_at = [&](size_t first, size_t rows) {
    const size_t most = rows > 0 ? first + find_most_f32_ref(x + first, rows) : place;
    if (std::bit_cast<int32_t>(x[most]) > std::bit_cast<int32_t>(x[place])) place = most;
  };
  const size_t before = before_vector(x, n);
  look_at(0, before);
  size_t best = before;
  int32_t most = INT32_MIN;
  size_t done = before;
  for (; done + kSearched <= n; done += kSearched) {
    const int32_t here = pie_max(reinterpret_cast<const int32_t*>(x + done), kSearched / kStep);
    if (here > most) most = here, best = done;
  }
  if (done > before) look_at(best, kSearched);
  look_at(done, n - done);
  return place;
}

size_t find_above_f32_pie(uint8_t* found, const float* x, size_t n, int32_t flip, int32_t bar) {
  const size_t before = before_vector(x, n);
  size_t count = find_above_f32_ref(found, x, before, flip, bar);
  const size_t done = before + whole(n - before, kCollected);
  if (done > before) {
    count += pie_find_above(found + count, x + before, (done - before) / kCollected, flip, bar,
                            static_cast<uint32_t>(before));
  }
  const size_t end = count + find_above_f32_ref(found + count, x + done, n - done, flip, bar);
  for (; count < end; ++count) found[count] = static_cast<uint8_t>(found[count] + done);
  return count;
}

uint32_t max_abs_i32_pie(const int32_t* x, size_t n) {
  const size_t done = on_vector(x) ? whole(n) : 0;
  const uint32_t most = done > 0 ? pie_max_abs(x, done / kStep) : 0;
  if (done == n) return most;
  const uint32_t rest = max_abs_i32_scalar(x + done, n - done);
  return most > rest ? most : rest;
}

uint64_t norm_i32_pie(int32_t* out, const int32_t* x, const int16_t* weight, size_t n) {
  uint64_t squares = 0;
  const size_t done = whole(n);
  for (size_t first = 0; first < done; first += kNormBlock) {
    const size_t count = done - first < kNormBlock ? done - first : kNormBlock;
    uint32_t sums[2];
    pie_norm(out + first, x + first, weight + first, count / kStep, sums);
    squares += sum_of_squares(sums[0], sums[1]);
  }
  return squares + norm_i32_scalar(out + done, x + done, weight + done, n - done);
}

uint32_t quantize_i8_pie(int8_t* out, const int32_t* x, size_t n, size_t padded) {
  const uint32_t most = max_abs_i32_pie(x, n);
  if (most == 0) {
    zero_behind(out, 0, padded);
    return 0;
  }
  const auto [lift, factor] = narrowing(most);
  const size_t done = starts_on(out, kRounded) ? whole(n, kRounded) : 0;
  if (done > 0) pie_quantize(out, x, done / kRounded, lift, factor);
  for (size_t i = done; i < n; ++i) {
    const auto lifted = static_cast<int32_t>(static_cast<uint32_t>(x[i]) << lift);
    out[i] = static_cast<int8_t>((mul_high(lifted, factor) + (1 << (kNarrowFraction - 1))) >> kNarrowFraction);
  }
  zero_behind(out, n, padded);
  return most;
}

void rescale_i8_pie(int8_t* out, const int32_t* x, size_t n, size_t padded, Multiplier m) {
  const size_t done = is_usual(m) && starts_on(out, kRounded) ? whole(n, kRounded) : 0;
  if (done > 0) pie_rescale(out, x, done / kRounded, m.mantissa, m.shift);
  if (done < padded) rescale_i8_ref(out + done, x + done, n - done, padded - done, m);
}

void add_i32_pie(int32_t* x, int32_t x_shift, const int32_t* y, int32_t y_lift, Multiplier m, size_t n) {
  size_t done = is_usual(m) && on_vector(x) ? whole(n, kRounded) : 0;
  if (!shift_stream(x, x_shift, done)) done = 0;
  if (done > 0) pie_add(x, y, done / kRounded, y_lift, m.mantissa, m.shift);
  if (done < n) add_i32_ref(x + done, x_shift, y + done, y_lift, m, n - done);
}

void rope_i32_pie(int32_t* x, const int32_t* cos_sin, size_t n_heads, size_t head_dim) {
  if (head_dim == 0) return;
  for (size_t head = 0; head < n_heads; ++head) pie_rope(x + head * head_dim, cos_sin, head_dim / 2);
}

void silu_mul_i32_pie(int32_t* gate, const int32_t* up, Multiplier to_q16, size_t n) {
  if (!is_usual(to_q16)) return silu_mul_i32_ref(gate, up, to_q16, n);
  if (n > 0) pie_gate(gate, up, n, kSigmoidTable, to_q16.mantissa, to_q16.shift);
}

void logits_i32_pie(float* out, const int32_t* x, Multiplier to_q16, size_t n) {
  const size_t done = is_usual(to_q16) ? whole(n) : 0;
  if (done > 0) pie_logits(out, x, done / kStep, to_q16.mantissa, to_q16.shift);
  if (done < n) logits_i32_ref(out + done, x + done, to_q16, n - done);
}

}  // namespace thimble
