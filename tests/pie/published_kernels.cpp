// Kernels that others publish, on this machine, against plain loops, with the cycles that they measured on silicon
// beside the machine's: a witness from outside, since the machine was written from documents.
//
//     git clone https://github.com/espressif/esp-dsp && git clone https://github.com/espressif/esp-nn
//     git clone https://github.com/dj-oyu/esp32s3-hw-mcp
//     build/release/published_kernels esp-dsp esp-nn esp32s3-hw-mcp
//
// Any of the folders will do. What was measured begins before the call and ends behind the return; the machine counts
// from the `entry` on, and has no caches. Exit status 1: a result differs.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/pie/machine.h"

namespace thimble::s3 {
namespace {

// A source without the preprocessor's lines, which only ask whether the chip is the right one. `elsewhere`: a label of
// another file, on a way that is not taken.
std::string read_source(const std::string& path, const std::string& elsewhere) {
  std::ifstream file(path);
  if (!file) throw Error("no file " + path);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    line = std::regex_replace(line, std::regex("bgei(\\s+a\\d+), *0,"), "bgez$1,");  // as the assembler understands it
    const bool directive = line.starts_with("#include") || line.starts_with("#if") || line.starts_with("#endif");
    if (!directive) text += line;
    text += '\n';
  }
  return elsewhere.empty() ? text : text + elsewhere + ": call8 elsewhere\n";
}

// Bytes that are there again for the next run.
template <class T>
std::vector<T> random_values(size_t count, int least, int most) {
  static uint32_t state = 1;
  std::vector<T> values(count);
  for (T& value : values) {
    state = state * 1664525 + 1013904223;
    value = static_cast<T>(least + static_cast<int>((state >> 8) % static_cast<uint32_t>(most - least + 1)));
  }
  return values;
}

// The same on 16 bytes, which is what these kernels are fast for.
template <class T>
struct Aligned {
  alignas(16) T data[64 * 64 + 64] = {};  // kernels read on behind the end, and do not use it
  explicit Aligned(const std::vector<T>& values) { std::copy(values.begin(), values.end(), data); }
};

struct Outcome {
  bool right;
  uint64_t cycles;
};

struct PublishedKernel {
  const char* what;
  const char* library;  // "esp-dsp", its folder's name
  const char* path;
  const char* elsewhere;
  double products;   // of two numbers, all in all; 0: it multiplies nothing
  double published;  // cycles, as the library's own documents have them; 0: none of this very function and size
  Outcome (*run)(const Program& program);
};

// esp-dsp's image2d_t: address, steps, strides and sizes.
template <class T>
struct Image {
  std::vector<uint32_t> fields;
  Image(Machine& machine, const Aligned<T>& pixels, uint32_t size)
      : fields{machine.give(pixels.data, size * size * sizeof(T) + 64), 1, 1, size, size, size, size} {}
};

template <class T, uint32_t kSize>
Outcome image_product(const Program& program) {
  constexpr uint32_t kShift = 6;
  const Aligned<T> x(random_values<T>(kSize * kSize, -8, 8));
  const Aligned<T> y(random_values<T>(kSize * kSize, -8, 8));
  int64_t sum = sizeof(T) == 1 ? 1 << (kShift - 1) : 0x7fff >> (15 - kShift);
  for (size_t i = 0; i < kSize * kSize; ++i) sum += x.data[i] * y.data[i];
  sum >>= kShift;
  alignas(16) T out[8] = {};
  Machine machine(program, Machine::Misaligned::kDrop);
  const Image<T> image(machine, x, kSize);
  const Image<T> filter(machine, y, kSize);
  machine.call(sizeof(T) == 1 ? "dspi_dotprod_s8_aes3" : "dspi_dotprod_s16_aes3",
               {machine.give(image.fields.data(), 28), machine.give(filter.fields.data(), 28),
                machine.give(out, sizeof out), kSize, kSize, kShift});
  return {out[0] == sum, machine.cycles()};
}

Outcome float_product(const Program& program) {
  constexpr size_t kCount = 256;
  const Aligned<float> x(random_values<float>(kCount, -100, 100));
  const Aligned<float> y(random_values<float>(kCount, -100, 100));
  float sum = 0;  // of whole numbers: exact, whatever the order
  for (size_t i = 0; i < kCount; ++i) sum += x.data[i] * y.data[i];
  float out = 0;
  Machine machine(program, Machine::Misaligned::kDrop);
  machine.call("dsps_dotprod_f32_aes3",
               {machine.give(x.data, sizeof(float) * kCount), machine.give(y.data, sizeof(float) * kCount),
                machine.give(&out, sizeof out), kCount});
  return {out == sum, machine.cycles()};
}

template <class T>
Outcome matrix_product(const Program& program, const char* function) {
  constexpr uint32_t kSize = 16;
  constexpr uint32_t kShift = 0;  // products of 16 bits are divided by 2^15
  const int most = std::is_integral_v<T> ? 32767 : 100;
  const Aligned<T> a(random_values<T>(kSize * kSize, -most, most));
  const Aligned<T> b(random_values<T>(kSize * kSize, -most, most));
  Aligned<T> out({});
  Machine machine(program, Machine::Misaligned::kDrop);
  constexpr size_t kBytes = kSize * kSize * sizeof(T);
  machine.call(function, {machine.give(a.data, kBytes + 64), machine.give(b.data, kBytes + 256),
                          machine.give(out.data, kBytes), kSize, kSize, kSize, kShift});
  bool right = true;
  for (size_t i = 0; i < kSize * kSize; ++i) {
    double sum = std::is_integral_v<T> ? 0x7fff : 0;
    for (size_t k = 0; k < kSize; ++k) {
      sum += static_cast<double>(a.data[i / kSize * kSize + k]) * static_cast<double>(b.data[k * kSize + i % kSize]);
    }
    if constexpr (std::is_integral_v<T>) sum = std::min(std::max(std::floor(sum / 32768), -32768.0), 32767.0);
    right = right && static_cast<double>(out.data[i]) == sum;
  }
  return {right, machine.cycles()};
}

// A row of int8 times an int8 filter, both with an offset, and the sum times a multiplier of 32 bits, rounded.
Outcome fully_connected(const Program& program) {
  constexpr uint32_t kLength = 271;
  constexpr uint32_t kChannels = 3;
  constexpr int32_t kInputOffset = 5, kFilterOffset = 7, kOutOffset = 3, kShift = -9, kMultiplier = 0x59e492c4;
  const auto input = random_values<int8_t>(kLength + 16, -100, 100);
  const auto filter = random_values<int8_t>(kLength * kChannels + 16, -100, 100);
  const auto bias = random_values<int32_t>(kChannels, -1000, 1000);
  int8_t out[kChannels] = {};
  Machine machine(program, Machine::Misaligned::kDrop);
  const auto number = [](int32_t n) { return static_cast<uint32_t>(n); };
  machine.call("esp_nn_fc_s16_esp32s3",
               {machine.give(input.data(), input.size()), number(kInputOffset), kLength,
                machine.give(filter.data(), filter.size()), number(kFilterOffset),
                machine.give(bias.data(), sizeof(int32_t) * kChannels), machine.give(out, sizeof out), kChannels,
                number(kOutOffset), number(kShift), number(kMultiplier), number(-128), 127});
  bool right = true;
  for (size_t c = 0; c < kChannels; ++c) {
    int64_t sum = bias[c];
    for (size_t i = 0; i < kLength; ++i) {
      sum += (input[i] + kInputOffset) * (filter[c * kLength + i] + kFilterOffset);
    }
    const auto scaled = static_cast<int32_t>((sum * kMultiplier + (1 << 30)) >> 31);
    const int32_t rounded = (scaled + (1 << (-kShift - 1)) - (scaled < 0 ? 1 : 0)) >> -kShift;
    const int32_t result = std::min(std::max(rounded + kOutOffset, -128), 127);
    right = right && out[c] == result;
  }
  return {right, machine.cycles()};
}

// `length` is what the function wants to know of it; the filter starts `offset` bytes behind an aligned place.
constexpr uint32_t kDotLength = 272;
Outcome dot_product(const Program& program, const char* function, uint32_t offset, uint32_t length) {
  const Aligned<int8_t> input(random_values<int8_t>(kDotLength, -128, 127));
  const Aligned<int8_t> filter(random_values<int8_t>(kDotLength + offset, -128, 127));
  int32_t sum = 0;
  for (size_t i = 0; i < kDotLength; ++i) sum += input.data[i] * filter.data[offset + i];
  Machine machine(program, Machine::Misaligned::kDrop);
  const uint32_t at = machine.give(filter.data, sizeof filter.data) + offset;
  const uint32_t result = machine.call(function, {machine.give(input.data, sizeof input.data), at, length});
  return {result == static_cast<uint32_t>(sum), machine.cycles()};
}

// C = A B of int16 to int32, B transposed.
Outcome example_matrix_product(const Program& program) {
  constexpr size_t kSize = 16;
  const Aligned<int16_t> a(random_values<int16_t>(kSize * kSize, -100, 100));
  const Aligned<int16_t> b(random_values<int16_t>(kSize * kSize, -100, 100));
  Aligned<int32_t> c({});
  Machine machine(program, Machine::Misaligned::kDrop);
  constexpr size_t kBytes = kSize * kSize * sizeof(int16_t);
  machine.call("ex02_matmul16",
               {machine.give(a.data, kBytes), machine.give(b.data, kBytes), machine.give(c.data, 2 * kBytes)});
  bool right = true;
  for (size_t i = 0; i < kSize * kSize; ++i) {
    int32_t sum = 0;
    for (size_t k = 0; k < kSize; ++k) sum += a.data[i / kSize * kSize + k] * b.data[i % kSize * kSize + k];
    right = right && c.data[i] == sum;
  }
  return {right, machine.cycles()};
}

Outcome relu6(const Program& program) {
  auto data = random_values<int8_t>(1615 + 16, -20, 20);
  int8_t* const begin = reinterpret_cast<int8_t*>((reinterpret_cast<uintptr_t>(data.data()) + 15) & ~uintptr_t{15});
  std::vector<int8_t> expected(begin, begin + 1615);
  for (int8_t& x : expected) x = std::min(std::max(x, int8_t{0}), int8_t{6});
  Machine machine(program, Machine::Misaligned::kDrop);
  machine.call("esp_nn_relu6_s8_esp32s3", {machine.give(begin, 1615), 1615});
  return {std::equal(expected.begin(), expected.end(), begin), machine.cycles()};
}

// Cycles of esp-dsp: docs/en/esp-dsp-benchmarks.rst, -O2. Of the example: data/pie_examples_measured.json, 30 us by a
// timer of whole ones, on a chip at the 160 MHz that ESP-IDF sets when nobody asks for more.
constexpr PublishedKernel kKernels[] = {
    {"dspi_dotprod_s8, 16 x 16", "esp-dsp", "modules/dotprod/fixed/dspi_dotprod_s8_aes3.S", "", 256, 161,
     image_product<int8_t, 16>},
    {"dspi_dotprod_s8, 64 x 64", "esp-dsp", "modules/dotprod/fixed/dspi_dotprod_s8_aes3.S", "", 4096, 689,
     image_product<int8_t, 64>},
    {"dspi_dotprod_s16, 8 x 8", "esp-dsp", "modules/dotprod/fixed/dspi_dotprod_s16_aes3.S", "", 64, 163,
     image_product<int16_t, 8>},
    {"dspi_dotprod_s16, 32 x 32", "esp-dsp", "modules/dotprod/fixed/dspi_dotprod_s16_aes3.S", "", 1024, 409,
     image_product<int16_t, 32>},
    {"dsps_dotprod_f32, 256", "esp-dsp", "modules/dotprod/float/dsps_dotprod_f32_aes3.S", ".dsps_dotprod_f32_ae32_body",
     256, 432, float_product},
    {"dspm_mult_s16, 16 x 16 x 16", "esp-dsp", "modules/matrix/mul/fixed/dspm_mult_s16_aes3.S",
     ".dspm_mult_s16_ae32_body", 4096, 2004,
     [](const Program& p) { return matrix_product<int16_t>(p, "dspm_mult_s16_aes3"); }},
    {"dspm_mult_f32, 16 x 16 x 16", "esp-dsp", "modules/matrix/mul/float/dspm_mult_f32_aes3.S",
     ".dspm_mult_f32_ae32_body", 4096, 6280,
     [](const Program& p) { return matrix_product<float>(p, "dspm_mult_f32_aes3"); }},
    {"fc_s16, 271 x 3", "esp-nn", "src/fully_connected/esp_nn_fully_connected_s8_esp32s3.S", "", 813, 0,
     fully_connected},
    {"dot_s8_aligned, 272", "esp-nn", "src/common/esp_nn_dot_s8_esp32s3.S", "", kDotLength, 0,
     [](const Program& p) { return dot_product(p, "esp_nn_dot_s8_aligned_esp32s3", 0, kDotLength); }},
    {"dot_s8_unaligned, 272", "esp-nn", "src/common/esp_nn_dot_s8_esp32s3.S", "", kDotLength, 0,
     [](const Program& p) { return dot_product(p, "esp_nn_dot_s8_unaligned_esp32s3", 5, kDotLength / 16); }},
    {"relu6_s8, 1615", "esp-nn", "src/activation_functions/esp_nn_relu_s8_esp32s3.S", "", 0, 0, relu6},
    {"ex02_matmul16", "esp32s3-hw-mcp", "examples/firmware/main/ex02_matmul.S", "", 4096, 4800, example_matrix_product},
};

bool run(const PublishedKernel& kernel, const std::string& folder) {
  const Program program(read_source(folder + "/" + kernel.path, kernel.elsewhere));
  const Outcome outcome = kernel.run(program);
  const auto cycles = static_cast<double>(outcome.cycles);
  std::printf("%-14s %-28s %s %6.0f", kernel.library, kernel.what, outcome.right ? "right" : "WRONG", cycles);
  if (kernel.products > 0) std::printf(" %5.2f products a cycle", kernel.products / cycles);
  if (kernel.published > 0)
    std::printf(", published %6.0f %5.2f", kernel.published, kernel.products / kernel.published);
  std::printf("\n");
  return outcome.right;
}

bool run_those_in(const std::string& folder) {
  const std::string library = std::filesystem::path(folder + "/").parent_path().filename();
  bool right = true;
  for (const PublishedKernel& kernel : kKernels) {
    if (kernel.library != library) continue;
    try {
      right = run(kernel, folder) && right;
    } catch (const Error& error) {
      std::printf("%s: %s\n", kernel.what, error.what());
      right = false;
    }
  }
  return right;
}

}  // namespace
}  // namespace thimble::s3

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: published_kernels FOLDER...\n");
    return 2;
  }
  bool right = true;
  for (int i = 1; i < count; ++i) right = thimble::s3::run_those_in(arguments[i]) && right;
  return right ? 0 : 1;
}
