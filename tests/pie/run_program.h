// A few lines of assembly, run.
#pragma once

#include <string>

#include "tests/pie/machine.h"

namespace thimble::s3 {

// A function of these lines, called f.
inline std::string function_of(const std::string& lines) { return "f: entry a1, 32\n" + lines + "\nretw\n"; }

// What complains about these lines, when they are read or run; nothing, if none does.
inline std::string error_of(const std::string& lines, std::initializer_list<uint32_t> arguments = {}) {
  try {
    const Program program(function_of(lines));
    Machine(program).call("f", arguments);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

inline uint32_t result_of(const std::string& lines, std::initializer_list<uint32_t> arguments = {}) {
  const Program program(function_of(lines));
  return Machine(program).call("f", arguments);
}

// Vectors at a2, one behind the other, after these lines, which may change them. a3 points to the second and so on.
template <size_t kCount>
std::array<Vector, kCount> vectors_after(const std::string& lines, const std::array<Vector, kCount>& before) {
  alignas(16) std::array<Vector, kCount> vectors = before;
  const Program program(function_of(lines));
  Machine machine(program);
  const uint32_t at = machine.give(vectors.data(), sizeof vectors);
  machine.call("f", {at, at + 16, at + 32, at + 48});
  return vectors;
}

// Cycles of these lines alone, after others that are not counted.
inline uint64_t cycles_of(const std::string& lines, const std::string& before = "") {
  alignas(64) static std::array<std::byte, 1 << 18> memory;
  const auto run = [&](const std::string& text) {
    const Program program(function_of(text));
    Machine machine(program);
    const uint32_t at = machine.give(memory.data(), memory.size());
    machine.call("f", {at, at + 65536, at + 131072});
    return machine.cycles();
  };
  return run(before + "\n" + lines) - run(before);
}

}  // namespace thimble::s3
