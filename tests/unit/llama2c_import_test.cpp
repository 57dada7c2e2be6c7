// llama2.c checkpoints of all versions, from fixtures and, where they are at hand, from real files.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/bytes.h"
#include "base/checksum.h"
#include "tests/support/model_fixture.h"
#include "tests/support/shared_models.h"
#include "tests/support/vocabulary_fixture.h"
#include "tools/error.h"
#include "tools/import/llama2c.h"

namespace thimble {
namespace {

using testing::Fixture;
using tools::import_llama2c;
using tools::ImportedModel;
using Bytes = std::vector<std::byte>;

std::vector<float> read_all(const tools::SourceTensor& t) {
  std::vector<float> out(size_t{t.rows} * t.cols);
  for (uint32_t r = 0; r < t.rows; ++r) t.read_row(r, std::span(out).subspan(size_t{r} * t.cols, t.cols));
  return out;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void expect_equal(const ImportedModel& got, const Fixture& want) {
  EXPECT_EQ(got.config, want.config);
  ASSERT_EQ(got.tensors.size(), want.tensors.size());
  for (const tools::SourceTensor& t : got.tensors) {
    const testing::FixtureTensor& w = want.tensor(t.role, t.layer);
    EXPECT_EQ(t.rows, w.rows) << role_name(t.role);
    EXPECT_EQ(t.cols, w.cols) << role_name(t.role);
    EXPECT_TRUE(same_bits(read_all(t), w.values)) << role_name(t.role) << " " << t.layer;
  }
}

class Llama2c : public ::testing::TestWithParam<testing::FixtureSpec> {
 protected:
  const Fixture fixture_ = testing::make_fixture(GetParam());
  // The largest that all fixtures have is 4; the least of them only has tensors of two weights.
  const uint32_t group_ = GetParam().dim * GetParam().hidden_dim % 4 == 0 ? 4 : 2;
};

INSTANTIATE_TEST_SUITE_P(AllSpecs, Llama2c, ::testing::ValuesIn(testing::all_specs()));

TEST_P(Llama2c, LegacyWithSharedAndOwnClassifier) {
  const Bytes file = testing::to_llama2c_v0(fixture_);
  const ImportedModel model = import_llama2c(file, "folder/some.model.bin");
  expect_equal(model, fixture_);
  EXPECT_EQ(model.format, "llama2.c v0");
  EXPECT_EQ(model.name, "some.model");
  EXPECT_EQ(model.source_bytes, file.size());
  EXPECT_EQ(model.source_checksum, checksum32(file));
}

TEST_P(Llama2c, VersionOne) {
  const Bytes file = testing::to_llama2c_v1(fixture_);
  const ImportedModel model = import_llama2c(file, "m.bin");
  expect_equal(model, fixture_);
  EXPECT_EQ(model.format, "llama2.c v1");
}

TEST_P(Llama2c, VersionTwo) {
  const Bytes file = testing::to_llama2c_v2(fixture_, group_);
  const ImportedModel model = import_llama2c(file, "m.bin");
  expect_equal(model, testing::rounded_to_int8(fixture_, group_));
  EXPECT_EQ(model.format, "llama2.c v2");
}

TEST_P(Llama2c, ReadsFromAnyAddress) {
  for (size_t shift = 1; shift < 4; ++shift) {
    Bytes file = testing::to_llama2c_v0(fixture_);
    file.insert(file.begin(), shift, std::byte{0});
    expect_equal(import_llama2c(std::span(file).subspan(shift), "m.bin"), fixture_);
  }
}

// The three versions of the same weights differ in nothing that reaches the image but the facts about the source.
TEST_P(Llama2c, AllVersionsConvertToTheSamePayload) {
  const Fixture rounded = testing::rounded_to_int8(fixture_, group_);
  const tools::ImageBytes want = testing::to_thm(rounded);
  Model reference;
  ASSERT_TRUE(reference.open(want.span()).ok());
  for (const Bytes& file :
       {testing::to_llama2c_v0(rounded), testing::to_llama2c_v1(rounded), testing::to_llama2c_v2(fixture_, group_)}) {
    ImportedModel imported = import_llama2c(file, "m.bin");
    imported.vocabulary = testing::to_imported(fixture_).vocabulary;
    const tools::ImageBytes image = tools::convert(imported, {});
    Model model;
    ASSERT_TRUE(model.open(image.span()).ok());
    ASSERT_TRUE(model.verify().ok());
    ASSERT_EQ(model.weight_bytes(), reference.weight_bytes());
    // DATA ends the file.
    EXPECT_TRUE(std::ranges::equal(image.span().last(model.weight_bytes()), want.span().last(model.weight_bytes())));
    EXPECT_TRUE(std::ranges::equal(model.vocabulary(), reference.vocabulary()));
  }
}

// In the small fixture (rows of 24 and 44) groups of 16 begin in one row and end in the next, and groups of 96 hold
// several rows.
TEST(Llama2cGroups, WeightsEqualQTimesSWhereGroupsSpanRows) {
  const Fixture fixture = testing::make_fixture(testing::small_spec());
  for (const uint32_t group : {1u, 2u, 3u, 4u, 8u, 16u, 32u, 96u}) {
    const Bytes file = testing::to_llama2c_v2(fixture, group);
    expect_equal(import_llama2c(file, "m.bin"), testing::rounded_to_int8(fixture, group));

    // Once more from the bytes themselves: the embedding follows the header and the norms.
    const testing::FixtureSpec& s = fixture.spec;
    const std::byte* q = file.data() + 256 + size_t{2 * s.n_layers + 1} * s.dim * 4;
    const std::byte* scales = q + size_t{s.vocab_size} * s.dim;
    const std::vector<float> got = read_all(import_llama2c(file, "m.bin").tensors[2 * s.n_layers + 1]);
    ASSERT_EQ(got.size(), size_t{s.vocab_size} * s.dim);
    for (size_t i = 0; i < got.size(); ++i) {
      const float want = static_cast<float>(static_cast<int8_t>(q[i])) * load_f32(scales + i / group * 4);
      ASSERT_EQ(got[i], want) << "group " << group << " weight " << i;
    }
  }
}

TEST(Llama2cGroups, KeepTheWholeRangeOfInt8) {
  const Fixture fixture = testing::make_fixture(testing::smallest_spec());
  Bytes file = testing::to_llama2c_v2(fixture, 8);
  const size_t embedding = 256 + 3 * 8 * 4;
  for (int i = 0; i < 8; ++i)
    file[embedding + static_cast<size_t>(i)] = static_cast<std::byte>(i % 2 == 0 ? 0x80 : 0x7f);
  const ImportedModel model = import_llama2c(file, "m.bin");
  const float scale = load_f32(file.data() + embedding + 64);
  std::vector<float> row(8);
  model.tensors[3].read_row(0, row);
  EXPECT_EQ(row[0], -128.0f * scale);
  EXPECT_EQ(row[1], 127.0f * scale);
}

// What refusing a file says; fails the test when it is not refused.
std::string refusal(std::span<const std::byte> file) {
  try {
    import_llama2c(file, "x.bin");
  } catch (const tools::Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "not refused";
  return "";
}

void expect_says(std::span<const std::byte> file, const char* part) {
  const std::string message = refusal(file);
  EXPECT_NE(message.find(part), std::string::npos) << message;
  EXPECT_EQ(message.find("x.bin: "), 0u) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

TEST(Llama2cRefuses, OtherFiles) {
  expect_says({}, "found 0 bytes");
  expect_says(Bytes(5), "found 5 bytes");
  expect_says(Bytes(27), "found 27 bytes, expected at least the 28 of a llama2.c header");
  expect_says(Bytes(28), "dim is 0");
  const auto vocabulary = testing::make_vocabulary(300, 1);
  expect_says(testing::to_tokenizer_bin(vocabulary), "not a llama2.c checkpoint");
  refusal(testing::to_sentencepiece(vocabulary));
}

// The small fixture as v1 with the header field at `offset` replaced.
Bytes with_field(size_t offset, uint32_t value) {
  Bytes file = testing::to_llama2c_v1(testing::make_fixture(testing::smallest_spec()));
  store_u32(file.data() + offset, value);
  return file;
}

TEST(Llama2cRefuses, HeadersThatMakeNoSense) {
  expect_says(with_field(4, 3), "version 3");
  expect_says(with_field(8, 0), "dim is 0");
  expect_says(with_field(8, 65537), "dim is 65537");
  expect_says(with_field(12, 0xffffffff), "hidden_dim is -1");
  expect_says(with_field(16, 1025), "n_layers is 1025");
  expect_says(with_field(20, 3), "not a multiple");
  expect_says(with_field(20, 8), "odd head size");
  expect_says(with_field(24, 2), "kv heads");
  expect_says(with_field(28, 0xfffffff8), "vocab_size is negative");
  expect_says(with_field(28, (1u << 20) + 1), "vocab_size");
  expect_says(with_field(32, 0x80000000), "seq_len is -2147483648");
  expect_says(with_field(36, 2), "shared_classifier is 2");
  expect_says(with_field(200, 1), "padding");
  Bytes v2 = testing::to_llama2c_v2(testing::make_fixture(testing::smallest_spec()), 4);
  store_u32(v2.data() + 37, 0);
  expect_says(v2, "group_size is 0");
  store_u32(v2.data() + 37, 5);
  expect_says(v2, "does not divide");
  Bytes v0 = testing::to_llama2c_v0(testing::make_fixture(testing::smallest_spec()));
  store_u32(v0.data() + 20, 0x80000000);
  expect_says(v0, "vocab_size is 2147483648");
}

TEST(Llama2cRefuses, LengthsThatTheHeaderDoesNotState) {
  Bytes file = testing::to_llama2c_v1(testing::make_fixture(testing::smallest_spec()));
  const std::string length = std::to_string(file.size());
  file.pop_back();
  expect_says(file, ("expected " + length).c_str());
  expect_says(file, "cut short");
  file.resize(file.size() + 2);
  expect_says(file, ("expected " + length).c_str());
  // Legal counts, absurd together: refused by length, before anything is allocated.
  for (const size_t field : {8u, 12u}) store_u32(file.data() + field, 1u << 16);
  store_u32(file.data() + 16, 1024);
  store_u32(file.data() + 28, 1u << 20);
  expect_says(file, "cut short");
}

TEST(Llama2cRealFiles, Stories260KInAllVersions) {
  THIMBLE_NEED_SHARED();
  const auto folder = testing::shared_folder() / "models/stories260K";
  const Bytes v0_file = testing::read_file(folder / "stories260K.bin");
  const Bytes v1_file = testing::read_file(folder / "stories260K_v1.bin");
  const Bytes v2_file = testing::read_file(folder / "stories260K_q80_gs4.bin");
  const ImportedModel v0 = import_llama2c(v0_file, "v0");
  const ImportedModel v1 = import_llama2c(v1_file, "v1");
  const ImportedModel v2 = import_llama2c(v2_file, "v2");
  EXPECT_EQ(v0.config.dim, 64u);
  EXPECT_EQ(v0.config.hidden_dim, 172u);
  EXPECT_EQ(v0.config.n_kv_heads, 4u);
  EXPECT_TRUE(v0.config.tied_classifier);
  EXPECT_EQ(v0.config, v1.config);
  EXPECT_EQ(v0.config, v2.config);
  for (const tools::SourceTensor& t : v0.tensors) {
    const auto same = [&](const tools::SourceTensor& o) { return o.role == t.role && o.layer == t.layer; };
    const std::vector<float> want = read_all(t);
    EXPECT_TRUE(same_bits(want, read_all(*std::ranges::find_if(v1.tensors, same)))) << role_name(t.role);
    const std::vector<float> rounded = read_all(*std::ranges::find_if(v2.tensors, same));
    float largest = 0, worst = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      largest = std::max(largest, std::abs(want[i]));
      worst = std::max(worst, std::abs(want[i] - rounded[i]));
    }
    EXPECT_LE(worst, largest / 253) << role_name(t.role) << t.layer;  // half a step, and some rounding
  }
}

TEST(Llama2cRealFiles, OthersHaveTheirShapes) {
  THIMBLE_NEED_SHARED();
  const auto models = testing::shared_folder() / "models";
  const Bytes f32 = testing::read_file(models / "babyllama105/babyllama105.bin");
  const Bytes int8 = testing::read_file(models / "babyllama105/babyllama105_q80_gs32.bin");
  EXPECT_EQ(import_llama2c(f32, "m").config, import_llama2c(int8, "m").config);
  const Bytes unshared_file = testing::read_file(models / "llama32k/tinyrandom_unshared.bin");
  const ImportedModel unshared = import_llama2c(unshared_file, "m");
  EXPECT_FALSE(unshared.config.tied_classifier);
  EXPECT_EQ(unshared.config.vocab_size, 32000u);
  EXPECT_EQ(unshared.config.dim, 8u);
}

}  // namespace
}  // namespace thimble
