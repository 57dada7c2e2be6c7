// What the C++ samples of the documents take as given. The block follows as the inside of sample().
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <thimble/thimble.hpp>
#include <vector>

#define THIMBLE_SAMPLE_END return 0;

int report(const thimble::Status& status);
void write(std::string_view text);

int sample(std::span<const std::byte> image, std::span<std::byte> block) {
