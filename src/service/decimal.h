// Numbers as JSON writes them, to and from binary, in integers alone: a chip without a floating-point unit, and without
// a C library, gets the bits that a desktop gets.
#pragma once

#include <cstdint>
#include <string_view>

namespace thimble::service {

// Whether `text` is a number by the grammar of JSON.
bool is_number(std::string_view text);

// The float nearest to a number, ties to even; digits behind the 18th are not looked at. From 10^18 on it is infinity:
// nothing here is that large. `text` must be a number.
float to_float(std::string_view text);

// A number without fraction and exponent that fits. False for others.
bool to_whole(std::string_view text, uint64_t* value);

// |value| in millionths, rounded down; for display. At most 2^63 / 10^6; NaN is 0.
uint64_t millionths(float value);

}  // namespace thimble::service
