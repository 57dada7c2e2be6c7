// The table of rotary angles inside a legacy llama2.c checkpoint, which alone says what rope theta the model has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace thimble::tools {

// What llama2.c computes with, and what a file without a table means.
inline constexpr float kUsualRopeTheta = 10000.0f;

// `table`: freq_cis_real, then freq_cis_imag, floats [positions, pairs] each: cos and sin of position * theta^(-i /
// pairs). Returns theta: the usual one where that explains the table or where the table is all zeros, as some exporters
// leave it; else the roundest one that does. Throws Error, naming `name`, where none does.
float rope_theta_of_table(std::span<const std::byte> table, uint32_t pairs, const std::string& name);

}  // namespace thimble::tools
