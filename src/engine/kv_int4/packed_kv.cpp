#include "engine/kv_int4/packed_kv.h"

namespace thimble::kv_int4 {
namespace {

constexpr int32_t kMostStep = 15;
constexpr int32_t kSizesTried = 3;

constexpr int32_t kLeast = -8;
constexpr int32_t kMost = 7;

// round(2^16 / u)
constexpr int32_t kReciprocals[kMostStep + 1] = {0,    65536, 32768, 21845, 16384, 13107, 10923, 9362,
                                                 8192, 7282,  6554,  5958,  5461,  5041,  4681,  4369};

int32_t number_of(int32_t q, int32_t step) {
  const int32_t scaled = step < 0 ? -q * kReciprocals[-step] : q * kReciprocals[step];
  const int32_t n = (scaled + (1 << 15)) >> 16;
  return n < kLeast ? kLeast : n > kMost ? kMost : n;
}

int32_t error_of(const int8_t* q, int32_t step) {
  int32_t sum = 0;
  for (size_t i = 0; i < kGroup; ++i) {
    const int32_t error = q[i] - number_of(q[i], step) * step;
    sum += error * error;
  }
  return sum;
}

// Element j of a block of 16.
constexpr size_t byte_of(size_t j) { return j % 8; }
constexpr int32_t shift_of(size_t j) { return j < 8 ? 0 : 4; }

// The number in a half of a byte, sign and all.
int32_t number_at(std::byte byte, int32_t shift) {
  return static_cast<int32_t>(static_cast<uint32_t>(byte) << (28 - shift)) >> 28;
}

std::byte with_number(std::byte byte, int32_t shift, int8_t n) {
  const uint32_t others = static_cast<uint32_t>(byte) & (0xf0u >> shift);
  return static_cast<std::byte>(others | (static_cast<uint32_t>(n) & 0xfu) << shift);
}

// Where the steps of a head stand: behind its codes.
int8_t* key_steps(const KvLayout& l, const KvHead& head) {
  return reinterpret_cast<int8_t*>(head.key_codes) + l.positions;
}
int8_t* value_steps(const KvLayout& l, const KvHead& head) {
  return reinterpret_cast<int8_t*>(head.value_codes) + l.positions;
}

// out: int8 [count, l.key_stride], keys of the positions from `first` on, zero from head_dim on.
void load_keys(const KvLayout& l, const KvHead& head, size_t first, size_t count, int8_t* out) {
  const std::byte* block = head.keys + first * l.key_stride / 2;
  const int8_t* step = key_steps(l, head) + first * l.groups();
  for (size_t n = count * l.groups(); n > 0; --n, ++step, block += kGroup / 2, out += kGroup) {
    for (size_t j = 0; j < kGroup / 2; ++j) {
      out[j] = static_cast<int8_t>(number_at(block[j], 0) * *step);
      out[j + kGroup / 2] = static_cast<int8_t>(number_at(block[j], 4) * *step);
    }
  }
}

// out: int8 [l.positions], element d of the values of positions below `length`, and perhaps of some behind.
void load_value_row(const KvLayout& l, const KvHead& head, size_t d, size_t length, int8_t* out) {
  const std::byte* row = head.values + d * l.positions / 2;
  const int8_t* steps = value_steps(l, head) + d / kGroup * l.positions;
  for (size_t t = 0; t < length; t += kGroup, row += kGroup / 2, steps += kGroup, out += kGroup) {
    for (size_t j = 0; j < kGroup / 2; ++j) {
      out[j] = static_cast<int8_t>(number_at(row[j], 0) * steps[j]);
      out[j + kGroup / 2] = static_cast<int8_t>(number_at(row[j], 4) * steps[j + kGroup / 2]);
    }
  }
}

// Of the `left` elements of a head that are left the first, at most kGroup: their numbers, and the step.
int8_t pack_group(const Kernels& kernels, const int32_t* x, size_t left, Multiplier m, int8_t* n) {
  int8_t q[kGroup];
  kernels.rescale_i8(q, x, left < kGroup ? left : kGroup, kGroup, m);
  return choose_step(q, n);
}

}  // namespace

int8_t choose_step(const int8_t* q, int8_t* n) {
  int32_t largest = 0;
  for (size_t i = 0; i < kGroup; ++i) {
    const int32_t size = q[i] < 0 ? -q[i] : q[i];
    if (size > largest) largest = size;
  }
  const int32_t enough = (largest + 7) >> 3;
  const int32_t last = enough < kMostStep ? enough : kMostStep;
  int32_t step = 0;
  int32_t least = INT32_MAX;
  for (int32_t size = last > kSizesTried ? last - kSizesTried + 1 : 1; size <= last; ++size) {
    for (const int32_t tried : {size, -size}) {
      const int32_t error = error_of(q, tried);
      if (error >= least) continue;
      least = error;
      step = tried;
    }
  }
  for (size_t i = 0; i < kGroup; ++i) n[i] = static_cast<int8_t>(number_of(q[i], step));
  return static_cast<int8_t>(step);
}

void store_key(const Kernels& kernels, const KvLayout& l, const KvHead& head, size_t position, const int32_t* key,
               Multiplier m) {
  std::byte* block = head.keys + position * l.key_stride / 2;
  int8_t* step = key_steps(l, head) + position * l.groups();
  for (size_t first = 0; first < l.head_dim; first += kGroup, block += kGroup / 2) {
    int8_t n[kGroup];
    *step++ = pack_group(kernels, key + first, l.head_dim - first, m, n);
    for (size_t j = 0; j < kGroup; ++j) block[byte_of(j)] = with_number(block[byte_of(j)], shift_of(j), n[j]);
  }
}

void store_value(const Kernels& kernels, const KvLayout& l, const KvHead& head, size_t position, const int32_t* value,
                 Multiplier m) {
  const size_t j = position % kGroup;
  std::byte* column = head.values + (position - j) / 2 + byte_of(j);
  int8_t* step = value_steps(l, head) + position;
  for (size_t first = 0; first < l.head_dim; first += kGroup, step += l.positions) {
    int8_t n[kGroup];
    *step = pack_group(kernels, value + first, l.head_dim - first, m, n);
    for (size_t i = 0; i < kGroup && first + i < l.head_dim; ++i, column += l.positions / 2) {
      *column = with_number(*column, shift_of(j), n[i]);
    }
  }
}

// A stretch of positions at a time.
void score_keys(const Kernels& kernels, const KvLayout& l, const KvHead& head, const int8_t* query, size_t length,
                Multiplier m, int8_t* scratch, int32_t* scores) {
  const size_t most = scratch_bytes(l) / l.key_stride;
  for (size_t t = 0; t < length; t += most) {
    const size_t count = length - t < most ? length - t : most;
    load_keys(l, head, t, count, scratch);
    kernels.scores_i8(scores + t, scratch, l.key_stride, head.key_codes + t, query, l.head_dim, count, m);
  }
}

// A few rows at a time.
void mix_values(const Kernels& kernels, const KvLayout& l, const KvHead& head, const uint16_t* weights, size_t length,
                int32_t shift, int8_t* scratch, int32_t* out) {
  for (size_t d = 0; d < l.head_dim; d += kScratchRows) {
    const size_t rows = l.head_dim - d < kScratchRows ? l.head_dim - d : kScratchRows;
    for (size_t i = 0; i < rows; ++i) load_value_row(l, head, d + i, length, scratch + i * l.positions);
    kernels.mix_i8(out + d, scratch, l.positions, weights, rows, length, shift);
  }
}

}  // namespace thimble::kv_int4
