// The rope theta of a legacy llama2.c checkpoint, by the table of rotary angles in it.

#include "tools/import/rope_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tests/support/memory_files.h"
#include "tests/support/model_fixture.h"
#include "tools/import/importers.h"
#include "tools/import/llama2c.h"

namespace thimble::tools {
namespace {

using Bytes = std::vector<std::byte>;

// As the exporters make it: in float32, each step rounded.
Bytes table_of(double theta, uint32_t pairs, uint32_t positions) {
  Bytes out(size_t{2} * pairs * positions * sizeof(float));
  for (uint32_t position = 0; position < positions; ++position) {
    for (uint32_t pair = 0; pair < pairs; ++pair) {
      const float exponent = static_cast<float>(2 * pair) / static_cast<float>(2 * pairs);
      const float frequency = 1.0f / std::pow(static_cast<float>(theta), exponent);
      const float angle = static_cast<float>(position) * frequency;
      const size_t i = size_t{position} * pairs + pair;
      store_f32(out.data() + i * sizeof(float), std::cos(angle));
      store_f32(out.data() + (size_t{positions} * pairs + i) * sizeof(float), std::sin(angle));
    }
  }
  return out;
}

float theta_of(const Bytes& table, uint32_t pairs) { return rope_theta_of_table(table, pairs, "m.bin"); }

std::string refusal(const Bytes& table, uint32_t pairs) {
  try {
    const float theta = theta_of(table, pairs);
    ADD_FAILURE() << "not refused: " << theta;
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(RopeTable, SaysWhichThetaItWasMadeWith) {
  for (const float theta : {10000.0f, 500000.0f, 1000000.0f, 1e9f, 100.0f, 26.0f, 123456.0f, 9999.0f, 10001.0f}) {
    for (const uint32_t pairs : {2u, 3u, 4u, 24u, 64u, 128u}) {
      for (const uint32_t positions : {256u, 2048u}) {
        EXPECT_EQ(theta_of(table_of(static_cast<double>(theta), pairs, positions), pairs), theta)
            << pairs << " pairs, " << positions << " positions";
      }
    }
  }
}

// A short table leaves room for rounder numbers, which make the same table.
TEST(RopeTable, SaysNearlyWhichThetaWhereItIsShort) {
  for (const float theta : {10000.0f, 1234567.0f, 9999.0f}) {
    for (const uint32_t pairs : {2u, 3u, 64u}) {
      const float found = theta_of(table_of(static_cast<double>(theta), pairs, 2), pairs);
      EXPECT_NEAR(found, theta, theta * 1e-3f);
    }
  }
}

TEST(RopeTable, SaysNothingWhereItIsBlankOrHasOnlyWhatEveryThetaGives) {
  EXPECT_EQ(theta_of(Bytes(size_t{2} * 4 * 16 * sizeof(float)), 4), kUsualRopeTheta);
  EXPECT_EQ(theta_of(table_of(500000, 1, 16), 1), kUsualRopeTheta);
  EXPECT_EQ(theta_of(table_of(500000, 8, 1), 8), kUsualRopeTheta);
}

TEST(RopeTable, IsRefusedWhereNoThetaExplainsIt) {
  const Bytes good = table_of(500000, 4, 16);
  EXPECT_EQ(theta_of(good, 4), 500000.0f);
  // One bad value anywhere.
  for (size_t at = 0; at < good.size(); at += sizeof(float)) {
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 7.0f, 0.3f}) {
      Bytes table = good;
      store_f32(table.data() + at, bad);
      EXPECT_NE(refusal(table, 4).find("m.bin: the rotary table (freq_cis_real, freq_cis_imag) fits no rope theta: "),
                std::string::npos)
          << at;
    }
  }
  Bytes table = good;
  store_f32(table.data() + (5 * 4 + 2) * sizeof(float), std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(
      refusal(table, 4),
      "m.bin: the rotary table (freq_cis_real, freq_cis_imag) fits no rope theta: position 5, pair 2 has cosine "
      "nan and sine 0.007071; name the theta that the model was trained with by --rope-theta, or export the model "
      "again");
}

// Positions that count by quarters, as in models stretched to a longer context.
TEST(RopeTable, IsRefusedWhereItIsScaled) {
  const Bytes wide = table_of(10000, 4, 64);
  Bytes scaled;
  for (size_t half = 0; half < 2; ++half) {
    for (size_t position = 0; position < 64; position += 4) {
      const auto* row = wide.data() + (half * 64 + position) * 4 * sizeof(float);
      scaled.insert(scaled.end(), row, row + 4 * sizeof(float));
    }
  }
  EXPECT_NE(refusal(scaled, 4).find("position 1, pair 0"), std::string::npos);
}

TEST(RopeTable, IsReadFromACheckpointUnlessAThetaIsGiven) {
  const testing::Fixture fixture = testing::make_fixture(testing::small_spec());
  const ModelConfig& c = fixture.config;
  Bytes file = testing::to_llama2c_v0(fixture);  // tied: the table ends the file
  const auto put_table = [&](double theta) {
    const Bytes table = table_of(theta, c.head_dim / 2, c.max_context);
    std::ranges::copy(table, file.end() - static_cast<ptrdiff_t>(table.size()));
  };
  EXPECT_EQ(import_llama2c(file, "m").config.rope_theta, 10000.0f);
  put_table(500000);
  EXPECT_EQ(import_llama2c(file, "m").config.rope_theta, 500000.0f);
  EXPECT_EQ(import_llama2c(file, "m", 20000.0f).config.rope_theta, 20000.0f);
  testing::MemoryFiles files("m", {{"m", file}});
  Notes notes;
  import_model(files, {20000.0f}, &notes);
  EXPECT_EQ(notes, Notes{});
  import_model(files, {}, &notes);
  EXPECT_EQ(notes, Notes{"rope theta 500000, by the rotary table of the file"});
  store_f32(file.data() + file.size() - 4, std::numeric_limits<float>::quiet_NaN());
  EXPECT_THROW(import_llama2c(file, "m"), Error);
  EXPECT_EQ(import_llama2c(file, "m", 20000.0f).config.rope_theta, 20000.0f);
  const Bytes v1 = testing::to_llama2c_v1(fixture);
  EXPECT_EQ(import_llama2c(v1, "m").config.rope_theta, 10000.0f);
  EXPECT_EQ(import_llama2c(v1, "m", 20000.0f).config.rope_theta, 20000.0f);
}

// A table that the usual theta explains changes no bit of what is made from the file.
TEST(RopeTable, OfTheUsualThetaGivesTheImageOfABlankOne) {
  const testing::Fixture fixture = testing::make_fixture(testing::small_spec());
  Bytes file = testing::to_llama2c_v0(fixture);
  const uint64_t blank = import_llama2c(file, "m").source_bytes;
  const Bytes table = table_of(10000, fixture.config.head_dim / 2, fixture.config.max_context);
  std::ranges::copy(table, file.end() - static_cast<ptrdiff_t>(table.size()));
  const ImportedModel model = import_llama2c(file, "m");
  EXPECT_EQ(model.config, fixture.config);
  EXPECT_EQ(model.source_bytes, blank);
}

}  // namespace
}  // namespace thimble::tools
