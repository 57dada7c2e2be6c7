// Makes a damaged .thm image consistent again, so that tests reach the checks behind the checksums.
#pragma once

#include <cstddef>
#include <span>

namespace thimble::testing {

// Rewrites every checksum that can be located: payload blocks, sections, section table, header. Any bytes are legal;
// what lies outside the image is left alone.
void repair_checksums(std::span<std::byte> image);

}  // namespace thimble::testing
