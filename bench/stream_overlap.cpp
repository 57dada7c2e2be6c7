// How close a streamed model comes to the bandwidth of its card, on a simulated device with a clock of its own: so the
// figures are the same on every machine, and none of them was measured on a card.

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string_view>

#include "tests/support/streamed_engine.h"
#include "tools/convert/convert.h"
#include "tools/synth/synthetic_model.h"

namespace thimble {
namespace {

constexpr double kSecondsPerRead = 0.3e-3;
constexpr uint32_t kTokens = 4;

double share(std::span<const std::byte> image, uint32_t piece, double bytes_per_second, double compute, bool overlaps) {
  const testing::DeviceTiming timing{.bytes_per_second = bytes_per_second,
                                     .seconds_per_read = kSecondsPerRead,
                                     .compute_seconds_per_byte = compute / bytes_per_second};
  testing::StreamedEngine streamed(image, {.context = 64, .stream_bytes = piece}, timing, 0, overlaps);
  return testing::time_tokens(streamed, kTokens).share();
}

tools::ImportedModel model_of(std::string_view name) {
  for (const tools::Shape& shape : tools::known_shapes()) {
    if (shape.name == name) return tools::synthetic_model(shape, 1, 0);
  }
  throw std::logic_error("no such shape");
}

void print_table(const char* shape, tools::WeightType type) {
  tools::ConvertOptions options;
  options.type = type;
  options.self_test = false;
  const tools::ImageBytes image = tools::convert(model_of(shape), options, nullptr);
  std::printf("%s %s, %.1f ms a read: share of bytes / bandwidth, and of reading, then computing\n", shape,
              tools::weight_type_name(type), kSecondsPerRead * 1e3);
  std::printf("%8s  %8s", "MB/s", "piece");
  for (const double compute : {0.25, 0.5, 0.9}) std::printf("  computing %.2f of it", compute);
  std::printf("\n");
  for (const double bytes_per_second : {17e6, 8.4e6, 1.5e6}) {
    for (const uint32_t piece : {kStreamGrain, 4 * kStreamGrain, 8 * kStreamGrain}) {
      std::printf("%8.1f  %4u KiB", bytes_per_second / 1e6, piece / 1024);
      for (const double compute : {0.25, 0.5, 0.9}) {
        std::printf("      %5.1f %% %5.1f %%", 100 * share(image.span(), piece, bytes_per_second, compute, true),
                    100 * share(image.span(), piece, bytes_per_second, compute, false));
      }
      std::printf("\n");
    }
  }
}

}  // namespace
}  // namespace thimble

int main() {
  try {
    thimble::print_table("tiny-llm", thimble::tools::WeightType::kQ8);
    thimble::print_table("stories15M", thimble::tools::WeightType::kQ4);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stream_overlap: %s\n", error.what());
    return 1;
  }
  return 0;
}
