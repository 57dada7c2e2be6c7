// Hashes that every compiler, optimisation level, kernel set and machine must find: of the logits of random tokens, of
// the logits of sampled text, and of its tokens.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

namespace thimble::testing {

using Hashes = std::map<std::string, std::string>;  // by model and types

// Adds the hashes of a model with each type of kv cache, under "NAME-kv-TYPE". Each run is made twice: plain, and under
// everything that must not matter: sweeps of eight tokens, four workers, and a processor that flushes subnormals and
// rounds downwards. Throws std::runtime_error when that changes a bit.
void add_hashes(const std::string& name, std::span<const std::byte> image, Hashes* hashes);

// Prints them, or, where `expected` names a file, what differs from it. Returns the exit code. Throws
// std::runtime_error when the file has none.
int report(const Hashes& hashes, const std::string& expected);

}  // namespace thimble::testing
