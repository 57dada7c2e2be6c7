// What is typed on the console, byte by byte, and bytes back to whoever sent them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace thimble::esp_idf {

// Before read_keys(), once. Asks for heap: the buffers of IDF's drivers.
void open_keys();

// Bytes that were typed, as many as fit. When there are none it waits a little, and may return 0.
size_t read_keys(std::span<char> out);

// To all that keys are read from, as they are: past stdout, which makes CR LF of a byte 10. After open_keys().
void write_keys(std::span<const uint8_t> bytes);

}  // namespace thimble::esp_idf
