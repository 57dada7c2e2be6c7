// What is typed on the console, byte by byte.
#pragma once

#include <cstddef>
#include <span>

namespace thimble::esp_idf {

// Before read_keys(), once. Asks for heap: the buffers of IDF's drivers.
void open_keys();

// Bytes that were typed, as many as fit. When there are none it waits a little, and may return 0.
size_t read_keys(std::span<char> out);

}  // namespace thimble::esp_idf
