#include "tests/pie/kernels_on_machine.h"

#include <array>

#include "kernels/pie/pie_assembly.h"

// mac16_kernels.cpp declares these for itself.
extern "C" {
void mac16_rows(const int8_t* rows, size_t row_bytes, const int32_t* x, size_t steps, int32_t* sums, size_t count);
void mac16_keys(const int8_t* keys, const int32_t* x, int32_t* sums, size_t count);
void mac16_mix(const int8_t* values, size_t stride, const uint16_t* a, size_t steps, int32_t* sums, size_t count);
}

namespace thimble::s3 {
namespace {

constexpr size_t kChunk = 16;
constexpr size_t kGroup = 8;

// A call in the making: arguments are numbers, or memory of so many bytes.
class Call {
 public:
  explicit Call(const char* function) : function_(function), machine_(program_with(function)) {}

  uint32_t operator()(std::initializer_list<uint32_t> arguments) {
    const uint32_t result = machine_.call(function_, arguments);
    usage().cycles_of[function_] += machine_.cycles();
    return result;
  }
  template <class T>
  uint32_t memory(T* data, size_t bytes) {
    return machine_.give(data, bytes);
  }

 private:
  const char* function_;
  Machine machine_;
};

template <class Integer>
uint32_t number(Integer n) {
  return static_cast<uint32_t>(n);
}

// From the first row to the end of what counts in the last one.
size_t bytes_of_rows(size_t rows, size_t stride, size_t row_bytes) { return (rows - 1) * stride + row_bytes; }

}  // namespace

const Program& program_with(const std::string& function) {
  static const std::string kernels = std::string(THIMBLE_SOURCE_DIR) + "/src/kernels/";
  static const std::array programs = {
      Program::from_file(kernels + "pie/pie_dots.S"),    Program::from_file(kernels + "pie/pie_elements.S"),
      Program::from_file(kernels + "pie/pie_q4.S"),      Program::from_file(kernels + "pie/pie_scores.S"),
      Program::from_file(kernels + "pie/pie_vectors.S"), Program::from_file(kernels + "mac16/mac16_rows.S")};
  for (const Program& program : programs) {
    if (program.has_label(function)) return program;
  }
  throw Error("no source has " + function);
}

Usage& usage() {
  static Usage usage;
  return usage;
}

}  // namespace thimble::s3

using thimble::s3::bytes_of_rows;
using thimble::s3::Call;
using thimble::s3::kChunk;
using thimble::s3::kGroup;
using thimble::s3::number;

void pie_dots_short(const int8_t* rows, const int8_t* x, size_t chunks, int32_t* sums, size_t groups, size_t gap) {
  Call call("pie_dots_short");
  const size_t row = chunks * kChunk;
  call({call.memory(rows, groups * kGroup * row + (groups - 1) * gap), call.memory(x, row), number(chunks),
        call.memory(sums, groups * kGroup * sizeof *sums), number(groups), number(gap)});
}

void pie_dots_long(const int8_t* rows, const int8_t* x, size_t chunks, int32_t* sums, size_t stride) {
  Call call("pie_dots_long");
  const size_t row = chunks * kChunk;
  call({call.memory(rows, bytes_of_rows(kGroup, stride, row)), call.memory(x, row), number(chunks),
        call.memory(sums, kGroup * sizeof *sums), number(stride)});
}

void pie_dots(const int8_t* rows, const int8_t* x, size_t chunks, int32_t* sums, size_t stride, size_t count) {
  Call call("pie_dots");
  const size_t row = chunks * kChunk;
  call({call.memory(rows, bytes_of_rows(count, stride, row)), call.memory(x, row), number(chunks),
        call.memory(sums, count * sizeof *sums), number(stride), number(count)});
}

void pie_q4_scales(const std::byte* packed, int8_t* scales, size_t count) {
  Call call("pie_q4_scales");
  call({call.memory(packed, (count + 1) * kChunk), call.memory(scales, 2 * count * kChunk), number(count)});
}

void pie_q4_rows(const std::byte* rows, size_t blocks, const int8_t* x, int32_t* sums, const int8_t* scales,
                 size_t count) {
  Call call("pie_q4_rows");
  call({call.memory(rows, count * blocks * kChunk), number(blocks), call.memory(x, 2 * blocks * kChunk),
        call.memory(sums, count * sizeof *sums), call.memory(scales, 2 * (count * blocks + 1)), number(count)});
}

void pie_q4_unpack(const std::byte* blocks, const int8_t* scales, int8_t* weights, size_t count) {
  Call call("pie_q4_unpack");
  call({call.memory(blocks, count * kChunk), call.memory(scales, 2 * count), call.memory(weights, 2 * count * kChunk),
        number(count)});
}

void pie_q4_panels(const std::byte* panels, size_t blocks, const int8_t* x, int32_t* sums, size_t count,
                   int8_t* scratch) {
  Call call("pie_q4_panels");
  const size_t scales = (kGroup * blocks + kChunk - 1) / kChunk * kChunk;
  const size_t panel = kChunk + scales + kGroup * blocks * kChunk;
  call({call.memory(panels, count * panel), number(blocks), call.memory(x, 2 * blocks * kChunk),
        call.memory(sums, count * kGroup * sizeof *sums), number(count), call.memory(scratch, 2 * scales + kChunk)});
}

void pie_keys_of_8(const int8_t* keys, const int8_t* q, int32_t* sums, size_t count) {
  Call call("pie_keys_of_8");
  call({call.memory(keys, 4 * 8 * count), call.memory(q, 8), call.memory(sums, 4 * count * sizeof *sums),
        number(count)});
}

void pie_split(const uint16_t* weights, int8_t* high, int8_t* low, size_t count) {
  Call call("pie_split");
  call({call.memory(weights, kChunk * count * sizeof *weights), call.memory(high, kChunk * count),
        call.memory(low, kChunk * count), number(count)});
}

void pie_scores(int32_t* y, const uint8_t* codes, size_t count, int32_t mantissa, int32_t shift) {
  Call call("pie_scores");
  call({call.memory(y, kChunk * count), call.memory(codes, 4 * count), number(count), number(mantissa), number(shift)});
}

uint32_t pie_weigh(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t count, int32_t most,
                   const uint16_t* exponentials, const uint16_t* factors, int32_t first_code) {
  Call call("pie_weigh");
  return call({call.memory(a, 4 * count * sizeof *a), call.memory(y, kChunk * count), call.memory(codes, 4 * count),
               number(count), number(most), call.memory(exponentials, 256 * sizeof *exponentials),
               call.memory(factors, 104 * sizeof *factors), number(first_code)});
}

uint32_t pie_max_abs(const int32_t* x, size_t count) {
  Call call("pie_max_abs");
  return call({call.memory(x, kChunk * count), number(count)});
}

int32_t pie_max(const int32_t* x, size_t count) {
  Call call("pie_max");
  return static_cast<int32_t>(call({call.memory(x, kChunk * count), number(count)}));
}

uint32_t pie_find_above(uint8_t* found, const float* x, size_t count, int32_t flip, int32_t bar, uint32_t first) {
  Call call("pie_find_above");
  return call({call.memory(found, 32 * count), call.memory(x, 32 * count * sizeof *x), number(count), number(flip),
               number(bar), first});
}

void pie_shift_right(int32_t* x, size_t count, int32_t half, int32_t shift) {
  Call call("pie_shift_right");
  call({call.memory(x, kChunk * count), number(count), number(half), number(shift)});
}

void pie_shift_left(int32_t* x, size_t count, int32_t shift) {
  Call call("pie_shift_left");
  call({call.memory(x, kChunk * count), number(count), number(shift)});
}

uint32_t pie_byte_range(const uint8_t* x, size_t count) {
  Call call("pie_byte_range");
  return call({call.memory(x, kChunk * count), number(count)});
}

void pie_scale_panels(int32_t* sums, const std::byte* panels, size_t count, size_t panel_bytes, int32_t spare) {
  Call call("pie_scale_panels");
  call({call.memory(sums, count * kGroup * sizeof *sums), call.memory(panels, (count - 1) * panel_bytes + kChunk),
        number(count), number(panel_bytes), number(spare)});
}

void pie_quantize(int8_t* out, const int32_t* x, size_t count, int32_t lift, int32_t factor) {
  Call call("pie_quantize");
  call({call.memory(out, 8 * count), call.memory(x, 2 * kChunk * count), number(count), number(lift), number(factor)});
}

void pie_rescale(int8_t* out, const int32_t* x, size_t count, int32_t mantissa, int32_t shift) {
  Call call("pie_rescale");
  call({call.memory(out, 8 * count), call.memory(x, 2 * kChunk * count), number(count), number(mantissa),
        number(shift)});
}

void pie_add(int32_t* x, const int32_t* y, size_t count, int32_t lift, int32_t mantissa, int32_t shift) {
  Call call("pie_add");
  call({call.memory(x, 2 * kChunk * count), call.memory(y, 2 * kChunk * count), number(count), number(lift),
        number(mantissa), number(shift)});
}

void pie_logits(float* out, const int32_t* x, size_t count, int32_t mantissa, int32_t shift) {
  Call call("pie_logits");
  call({call.memory(out, kChunk * count), call.memory(x, kChunk * count), number(count), number(mantissa),
        number(shift)});
}

void pie_rope(int32_t* x, const int32_t* cos_sin, size_t count) {
  Call call("pie_rope");
  call({call.memory(x, 8 * count), call.memory(cos_sin, 8 * count), number(count)});
}

void pie_gate(int32_t* gate, const int32_t* up, size_t count, const uint16_t* sigmoid, int32_t mantissa,
              int32_t shift) {
  Call call("pie_gate");
  call({call.memory(gate, 4 * count), call.memory(up, 4 * count), number(count),
        call.memory(sigmoid, 257 * sizeof *sigmoid), number(mantissa), number(shift)});
}

void pie_norm(int32_t* out, const int32_t* x, const int16_t* weight, size_t count, uint32_t* sums) {
  Call call("pie_norm");
  const uint32_t to = call.memory(out, kChunk * count);
  const uint32_t from = out == x ? to : call.memory(x, kChunk * count);
  call({to, from, call.memory(weight, 4 * count * sizeof *weight), number(count), call.memory(sums, 2 * sizeof *sums)});
}

void mac16_rows(const int8_t* rows, size_t row_bytes, const int32_t* x, size_t steps, int32_t* sums, size_t count) {
  Call call("mac16_rows");
  call({call.memory(rows, bytes_of_rows(count, row_bytes, steps * kChunk)), number(row_bytes),
        call.memory(x, (1 + steps * kChunk / 2) * sizeof *x), number(steps), call.memory(sums, count * sizeof *sums),
        number(count)});
}

void mac16_keys(const int8_t* keys, const int32_t* x, int32_t* sums, size_t count) {
  Call call("mac16_keys");
  call({call.memory(keys, 8 * count), call.memory(x, 5 * sizeof *x), call.memory(sums, count * sizeof *sums),
        number(count)});
}

void mac16_mix(const int8_t* values, size_t stride, const uint16_t* a, size_t steps, int32_t* sums, size_t count) {
  Call call("mac16_mix");
  call({call.memory(values, bytes_of_rows(count, stride, 4 * steps)), number(stride),
        call.memory(a, 4 * steps * sizeof *a), number(steps), call.memory(sums, count * sizeof *sums), number(count)});
}
