// The rotary phase steps, in integers only, so that every host writes the same file.
//
// step i = 2^64 / (2 pi) * 2^-(2i / head_dim * log2(theta)). The logarithm comes bit by bit from repeated squaring:
// squaring doubles the logarithm, so whether the square reaches 2 is the next bit. Each rounding error is halved with
// every bit that follows it, so 64-bit products suffice for 60 good bits. The power of two splits into a shift and a
// fraction, whose power is a short series. The result is good to 2^-55 of its value; tests hold it to that.

#include <bit>
#include <limits>
#include <string>

#include "tools/convert/convert.h"
#include "tools/error.h"

namespace thimble::tools {
namespace {

constexpr uint64_t kLn2 = 0xb17217f7d1cf79ac;           // ln(2) * 2^64
constexpr uint64_t kInverseTwoPi = 0xa2f9836e4e441529;  // 2^66 / (2 pi), rounded down: so pair 0 is exact
constexpr uint64_t kOne = uint64_t{1} << 63;            // 1.0 with 63 bits of fraction

// a * b / 2^64, rounded down.
uint64_t high_product(uint64_t a, uint64_t b) {
  const uint64_t al = a & 0xffffffff, ah = a >> 32, bl = b & 0xffffffff, bh = b >> 32;
  const uint64_t low = al * bl;
  const uint64_t mid1 = ah * bl + (low >> 32);
  const uint64_t mid2 = al * bh + (mid1 & 0xffffffff);
  return ah * bh + (mid1 >> 32) + (mid2 >> 32);
}

// log2 of theta in [1, 2^128), with 57 bits of fraction: 7 bits are left for the whole part.
uint64_t log2_fixed(double theta) {
  constexpr int kMantissaBits = 52;
  const auto bits = std::bit_cast<uint64_t>(theta);
  uint64_t result = (bits >> kMantissaBits) - 1023;
  uint64_t m = kOne | bits << (63 - kMantissaBits);  // theta / 2^result, in [1, 2)
  for (int i = 0; i < 57; ++i) {
    m = high_product(m, m);  // now with 62 bits of fraction
    const uint64_t bit = m >> 63;
    if (bit == 0) m <<= 1;
    result = result << 1 | bit;
  }
  return result;
}

// 2^-x for x in [0, 1) given as x * 2^64; the result has 63 bits of fraction.
uint64_t exp2_negative(uint64_t x) {
  const uint64_t y = high_product(x, kLn2);  // 2^-x = e^-y
  uint64_t sum = kOne;
  uint64_t term = kOne;
  for (uint64_t n = 1; term != 0; ++n) {
    term = high_product(term, y) / n;
    sum = (n % 2 == 1) ? sum - term : sum + term;
  }
  return sum;
}

}  // namespace

std::vector<uint64_t> rope_phase_steps(double theta, uint32_t head_dim) {
  constexpr uint32_t kMaxHeadDim = 1u << 16;
  if (!(theta >= 1.0) || !(theta < 0x1p127)) {  // negated, so that NaN is refused too
    throw Error("rope_theta is " + std::to_string(theta) + ", expected 1 to 2^127");
  }
  if (head_dim == 0 || head_dim > kMaxHeadDim || head_dim % 2 != 0) {
    throw Error("head_dim is " + std::to_string(head_dim) + ", expected an even number up to 65536");
  }
  const uint64_t log2_theta = log2_fixed(theta);
  const uint32_t pairs = head_dim / 2;
  std::vector<uint64_t> steps(pairs);
  for (uint32_t i = 0; i < pairs; ++i) {
    // log2(theta) * i / pairs in two halves of 32 bits, so that the product with i keeps all its bits.
    const uint64_t high = (log2_theta >> 32) * i;
    const uint64_t low = (log2_theta & 0xffffffff) * i + ((high % pairs) << 32);
    const uint64_t exponent = ((high / pairs) << 32) + low / pairs;  // 57 bits of fraction
    const uint64_t whole = exponent >> 57;
    const uint64_t step = high_product(exp2_negative(exponent << 7), kInverseTwoPi);  // times 2^(whole + 1)
    steps[i] = whole > 62 ? 0 : (step + (uint64_t{1} << whole)) >> (whole + 1);
  }
  return steps;
}

void scale_rope_steps(std::span<const double> divisors, std::span<uint64_t> steps) {
  if (divisors.size() != steps.size()) {
    throw Error("there are " + std::to_string(divisors.size()) + " rope divisors, expected " +
                std::to_string(steps.size()));
  }
  for (size_t i = 0; i < steps.size(); ++i) {
    if (divisors[i] == 1) continue;  // exact: most pairs of a llama3 rope are not scaled
    const double scaled = static_cast<double>(steps[i]) / divisors[i];
    if (!(divisors[i] > 0) || !(divisors[i] <= std::numeric_limits<double>::max()) || !(scaled < 0x1p64)) {
      throw Error("the rope divisor of pair " + std::to_string(i) + " is " + std::to_string(divisors[i]) +
                  ", expected a finite number above 0 that leaves less than a turn");
    }
    steps[i] = static_cast<uint64_t>(scaled + 0.5);
  }
}

std::vector<uint64_t> phase_steps_of(const ImportedModel& model) {
  const ModelConfig& config = model.config;
  std::vector<uint64_t> steps = rope_phase_steps(static_cast<double>(config.rope_theta), config.head_dim);
  if (!model.rope_divisors.empty()) scale_rope_steps(model.rope_divisors, steps);
  return steps;
}

}  // namespace thimble::tools
