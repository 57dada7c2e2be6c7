#include "service/decimal.h"

#include <bit>
#include <cstddef>

namespace thimble::service {
namespace {

constexpr uint64_t kMostDigits = 1000 * uint64_t{100'000'000'000'000};  // 10^17: one more digit still fits 60 bits
constexpr int kMostScale = 18;                                          // 10^18, too

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Walks over digits; false when there is none.
bool skip_digits(std::string_view text, size_t* at) {
  const size_t begin = *at;
  while (*at < text.size() && is_digit(text[*at])) ++*at;
  return *at > begin;
}

// digits * 10^exponent
struct Decimal {
  uint64_t digits = 0;  // below 10^18
  int exponent = 0;
};

Decimal read_decimal(std::string_view text) {
  Decimal d;
  bool fraction = false;
  size_t at = 0;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    if (text[at] == '.') fraction = true;
    if (!is_digit(text[at])) continue;
    if (d.digits < kMostDigits) {
      d.digits = d.digits * 10 + static_cast<uint64_t>(text[at] - '0');
      if (fraction) --d.exponent;
    } else if (!fraction) {
      ++d.exponent;
    }
  }
  if (at == text.size()) return d;
  const bool negative = text[++at] == '-';
  int exponent = 0;
  for (; at < text.size(); ++at) {
    if (is_digit(text[at]) && exponent < 10000) exponent = exponent * 10 + (text[at] - '0');
  }
  d.exponent += negative ? -exponent : exponent;
  return d;
}

// The bits of numerator / denominator, both below 2^63 and not 0, as a float: bit by bit, so that the rounding is
// exact.
uint32_t quotient_bits(uint64_t numerator, uint64_t denominator) {
  constexpr int kBits = 25;  // of the quotient: a float's 24, and one to round by
  uint64_t quotient = numerator / denominator;
  uint64_t rest = numerator % denominator;
  int shift = 0;  // the value is quotient * 2^-shift
  bool sticky = false;
  while (quotient >> kBits != 0) {
    sticky = sticky || (quotient & 1) != 0;
    quotient >>= 1;
    --shift;
  }
  sticky = sticky || (shift < 0 && rest != 0);
  while (quotient >> (kBits - 1) == 0) {
    rest <<= 1;
    quotient <<= 1;
    if (rest >= denominator) {
      rest -= denominator;
      quotient |= 1;
    }
    ++shift;
  }
  sticky = sticky || rest != 0;
  const bool up = (quotient & 1) != 0 && (sticky || (quotient & 2) != 0);
  // The leading bit of the 24 adds one to the exponent's field; a carry of the rounding adds another.
  const auto mantissa = static_cast<uint32_t>(quotient >> 1) + (up ? 1u : 0u);
  const auto exponent = static_cast<uint32_t>(127 + 23 - (shift - 1) - 1);
  return (exponent << 23) + mantissa;
}

}  // namespace

bool is_number(std::string_view text) {
  size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
  const bool zero = at < text.size() && text[at] == '0';
  if (zero) {
    ++at;
  } else if (!skip_digits(text, &at)) {
    return false;
  }
  if (at < text.size() && text[at] == '.' && !skip_digits(text, &++at)) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!skip_digits(text, &at)) return false;
  }
  return at == text.size();
}

float to_float(std::string_view text) {
  constexpr uint32_t kSign = 0x80000000;
  constexpr uint32_t kInfinity = 0x7f800000;
  const uint32_t sign = text[0] == '-' ? kSign : 0;
  Decimal d = read_decimal(text);
  for (; d.exponent > 0 && d.digits != 0; --d.exponent) {
    if (d.digits >= kMostDigits) return std::bit_cast<float>(sign | kInfinity);
    d.digits *= 10;
  }
  for (; d.exponent < -kMostScale && d.digits != 0; ++d.exponent) d.digits /= 10;
  if (d.digits == 0) return 0;
  uint64_t scale = 1;
  for (; d.exponent < 0; ++d.exponent) scale *= 10;
  return std::bit_cast<float>(sign | quotient_bits(d.digits, scale));
}

bool to_whole(std::string_view text, uint64_t* value) {
  uint64_t sum = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (sum > (UINT64_MAX - digit) / 10) return false;
    sum = sum * 10 + digit;
  }
  *value = sum;
  return !text.empty();
}

uint64_t millionths(float value) {
  constexpr uint64_t kMost = uint64_t{1} << 63;
  const uint32_t bits = std::bit_cast<uint32_t>(value) & 0x7fffffffu;
  const int exponent = static_cast<int>(bits >> 23) - 127 - 23;
  if (bits > 0x7f800000u || exponent < -63) return 0;
  const uint64_t scaled = uint64_t{(bits & 0x7fffffu) | 0x800000u} * 1'000'000;  // below 2^44
  if (exponent <= 0) return (scaled + (exponent < 0 ? uint64_t{1} << (-exponent - 1) : 0)) >> -exponent;
  return exponent < 19 ? scaled << exponent : kMost;
}

}  // namespace thimble::service
