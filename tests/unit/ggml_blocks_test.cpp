// Blocks of ggml's types, packed here weight by weight as their layouts are published, against what they are read as.

#include "tools/import/ggml_blocks.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <random>
#include <vector>

#include "base/bytes.h"

namespace thimble::tools {
namespace {

using Block = std::vector<std::byte>;

constexpr uint16_t kQuarter = 0x3400, kMinusHalf = 0xb800, kThreeEighths = 0x3600;  // halves: 0.25, -0.5, 0.375

void set_bits(Block& block, size_t byte, int shift, int bits) {
  block[byte] |= static_cast<std::byte>(static_cast<unsigned>(bits) << shift);
}

std::vector<float> widen(uint32_t type, const Block& block) {
  const GgmlType& t = *find_ggml_type(type);
  EXPECT_EQ(t.block_bytes, block.size()) << t.name;
  std::vector<float> out(t.block_weights);
  widen_row(t, block.data(), out);
  return out;
}

std::vector<int> random_numbers(size_t count, int least, int most) {
  std::mt19937 random(static_cast<uint32_t>(count) + static_cast<uint32_t>(most));
  std::vector<int> out(count);
  for (int& n : out) n = least + static_cast<int>(random() % static_cast<uint32_t>(most - least + 1));
  return out;
}

void expect_weights(uint32_t type, const Block& block, const std::function<float(size_t)>& expected) {
  const std::vector<float> found = widen(type, block);
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i], expected(i)) << find_ggml_type(type)->name << " weight " << i;
  }
}

TEST(GgmlBlocks, PlainNumbers) {
  EXPECT_EQ(widen(0, {std::byte{0}, std::byte{0}, std::byte{0xc0}, std::byte{0xbf}}), std::vector<float>{-1.5f});
  EXPECT_EQ(widen(1, {std::byte{0}, std::byte{0xb8}}), std::vector<float>{-0.5f});
  EXPECT_EQ(widen(30, {std::byte{0xc0}, std::byte{0xbf}}), std::vector<float>{-1.5f});
}

// Weight i < 16 in the lower half of byte i, weight i + 16 in its upper.
void pack_halves(Block& block, size_t at, const std::vector<int>& q) {
  for (size_t i = 0; i < 32; ++i) set_bits(block, at + i % 16, i < 16 ? 0 : 4, q[i] & 15);
}

TEST(GgmlBlocks, FourBits) {
  const std::vector<int> q = random_numbers(32, 0, 15);
  Block block(18);
  store_u16(block.data(), kMinusHalf);
  pack_halves(block, 2, q);
  expect_weights(2, block, [&](size_t i) { return -0.5f * static_cast<float>(q[i] - 8); });
  constexpr std::array<int, 16> kTable = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
  expect_weights(20, block, [&](size_t i) { return -0.5f * static_cast<float>(kTable[static_cast<size_t>(q[i])]); });
  Block with_min(20);
  store_u16(with_min.data(), kQuarter);
  store_u16(with_min.data() + 2, kMinusHalf);
  pack_halves(with_min, 4, q);
  expect_weights(3, with_min, [&](size_t i) { return 0.25f * static_cast<float>(q[i]) - 0.5f; });
}

TEST(GgmlBlocks, FiveBits) {
  const std::vector<int> q = random_numbers(32, 0, 31);
  const auto pack = [&](Block& block, size_t at) {
    for (size_t i = 0; i < 32; ++i) set_bits(block, at + i / 8, static_cast<int>(i % 8), q[i] >> 4);
    pack_halves(block, at + 4, q);
  };
  Block block(22);
  store_u16(block.data(), kQuarter);
  pack(block, 2);
  expect_weights(6, block, [&](size_t i) { return 0.25f * static_cast<float>(q[i] - 16); });
  Block with_min(24);
  store_u16(with_min.data(), kQuarter);
  store_u16(with_min.data() + 2, kThreeEighths);
  pack(with_min, 4);
  expect_weights(7, with_min, [&](size_t i) { return 0.25f * static_cast<float>(q[i]) + 0.375f; });
}

TEST(GgmlBlocks, EightBits) {
  const std::vector<int> q = random_numbers(32, -127, 127);
  Block block(34);
  store_u16(block.data(), kMinusHalf);
  for (size_t i = 0; i < 32; ++i) block[2 + i] = static_cast<std::byte>(q[i]);
  expect_weights(8, block, [&](size_t i) { return -0.5f * static_cast<float>(q[i]); });
}

// Two bits of weight i: of 128 at a time, byte i % 32, bits 2 * (i / 32).
void pack_pairs(Block& block, size_t at, size_t i, int two) {
  set_bits(block, at + i / 128 * 32 + i % 32, static_cast<int>(i % 128 / 32 * 2), two);
}

TEST(GgmlBlocks, TwoBitsInGroups) {
  const std::vector<int> q = random_numbers(256, 0, 3), scale = random_numbers(16, 0, 15),
                         min = random_numbers(16, 0, 14);
  Block block(84);
  for (size_t group = 0; group < 16; ++group) {
    set_bits(block, group, 0, scale[group]);
    set_bits(block, group, 4, min[group]);
  }
  for (size_t i = 0; i < 256; ++i) pack_pairs(block, 16, i, q[i]);
  store_u16(block.data() + 80, kQuarter);
  store_u16(block.data() + 82, kThreeEighths);
  expect_weights(10, block, [&](size_t i) {
    return 0.25f * static_cast<float>(scale[i / 16] * q[i]) - 0.375f * static_cast<float>(min[i / 16]);
  });
}

TEST(GgmlBlocks, ThreeBitsInGroups) {
  const std::vector<int> q = random_numbers(256, 0, 7), scale = random_numbers(16, 0, 63);
  Block block(110);
  for (size_t i = 0; i < 256; ++i) {
    set_bits(block, i % 32, static_cast<int>(i / 32), q[i] >> 2);
    pack_pairs(block, 32, i, q[i] & 3);
  }
  for (size_t group = 0; group < 16; ++group) {
    set_bits(block, 96 + group % 8, group < 8 ? 0 : 4, scale[group] & 15);
    set_bits(block, 104 + group % 4, static_cast<int>(group / 4 * 2), scale[group] >> 4);
  }
  store_u16(block.data() + 108, kQuarter);
  expect_weights(11, block, [&](size_t i) { return 0.25f * static_cast<float>((scale[i / 16] - 32) * (q[i] - 4)); });
}

// Scale and minimum of 8 groups, 6 bits each.
void pack_k4_scales(Block& block, const std::vector<int>& scale, const std::vector<int>& min) {
  for (size_t group = 0; group < 4; ++group) {
    set_bits(block, 4 + group, 0, scale[group]);
    set_bits(block, 8 + group, 0, min[group]);
    set_bits(block, 4 + group, 6, scale[group + 4] >> 4);
    set_bits(block, 8 + group, 6, min[group + 4] >> 4);
    set_bits(block, 12 + group, 0, scale[group + 4] & 15);
    set_bits(block, 12 + group, 4, min[group + 4] & 15);
  }
}

TEST(GgmlBlocks, FourAndFiveBitsInGroups) {
  const std::vector<int> q = random_numbers(256, 0, 31), scale = random_numbers(8, 0, 63),
                         min = random_numbers(8, 0, 62);
  Block four(144), five(176);
  for (Block* block : {&four, &five}) {
    store_u16(block->data(), kQuarter);
    store_u16(block->data() + 2, kThreeEighths);
    pack_k4_scales(*block, scale, min);
  }
  for (size_t i = 0; i < 256; ++i) {
    const size_t byte = i / 64 * 32 + i % 32;
    set_bits(four, 16 + byte, i % 64 < 32 ? 0 : 4, q[i] & 15);
    set_bits(five, 48 + byte, i % 64 < 32 ? 0 : 4, q[i] & 15);
    set_bits(five, 16 + i % 32, static_cast<int>(i / 32), q[i] >> 4);
  }
  const auto weight = [&](size_t i, int n) {
    return 0.25f * static_cast<float>(scale[i / 32] * n) - 0.375f * static_cast<float>(min[i / 32]);
  };
  expect_weights(12, four, [&](size_t i) { return weight(i, q[i] & 15); });
  expect_weights(13, five, [&](size_t i) { return weight(i, q[i]); });
}

TEST(GgmlBlocks, SixBitsInGroups) {
  const std::vector<int> q = random_numbers(256, 0, 63), scale = random_numbers(16, -128, 127);
  Block block(210);
  for (size_t i = 0; i < 256; ++i) {
    set_bits(block, i / 128 * 64 + i % 64, i % 128 < 64 ? 0 : 4, q[i] & 15);
    pack_pairs(block, 128, i, q[i] >> 4);
  }
  for (size_t group = 0; group < 16; ++group) block[192 + group] = static_cast<std::byte>(scale[group]);
  store_u16(block.data() + 208, kMinusHalf);
  expect_weights(14, block, [&](size_t i) { return -0.5f * static_cast<float>(scale[i / 16] * (q[i] - 32)); });
}

TEST(GgmlBlocks, NamesOthers) {
  EXPECT_STREQ(find_ggml_type(23)->name, "IQ4_XS");
  EXPECT_EQ(find_ggml_type(23)->widen, nullptr);
  EXPECT_EQ(find_ggml_type(1000), nullptr);
}

}  // namespace
}  // namespace thimble::tools
