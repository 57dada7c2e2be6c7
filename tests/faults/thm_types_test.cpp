// Damage to images of f16, q8, q4 and mixed weights: truncations, flips, types that do not belong together.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "format/reader.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"
#include "tests/support/thm_editor.h"

namespace thimble {
namespace {

namespace s = format::section;
using testing::ThmEditor;
using testing::to_string;

class ThmTypeFaults : public ::testing::TestWithParam<tools::WeightType> {
 protected:
  ThmTypeFaults() : image_(testing::to_thm(testing::make_fixture(testing::tiny_spec()), GetParam())) {}

  static Status open_and_verify(std::span<const std::byte> bytes) {
    Model model;
    THIMBLE_RETURN_IF_ERROR(model.open(bytes));
    return model.verify();
  }

  tools::ImageBytes image_;
};

std::string type_name(const ::testing::TestParamInfo<tools::WeightType>& info) {
  return tools::weight_type_name(info.param);
}

INSTANTIATE_TEST_SUITE_P(Types, ThmTypeFaults,
                         ::testing::Values(tools::WeightType::kF16, tools::WeightType::kQ8, tools::WeightType::kQ4,
                                           tools::WeightType::kMixed),
                         type_name);

TEST_P(ThmTypeFaults, EveryTruncationIsRefused) {
  ASSERT_TRUE(open_and_verify(image_.span()).ok());
  for (size_t length = 0; length < image_.span().size(); ++length) {
    tools::ImageBytes cut(length);
    std::copy_n(image_.span().begin(), length, cut.span().begin());
    Model model;
    const Status status = model.open(cut.span());
    ASSERT_TRUE(status.code() == Code::kTruncated || status.code() == Code::kBadMagic)
        << length << ": " << to_string(status);
  }
}

TEST_P(ThmTypeFaults, EveryFlippedByteIsReported) {
  ThmEditor edit(image_.span());
  edit.for_each_flip([&](size_t i) { ASSERT_FALSE(open_and_verify(edit.bytes()).ok()) << "byte " << i; });
}

// Behind repaired checksums a flip gives a Status, or a model whose weights can all be looked at.
TEST_P(ThmTypeFaults, EveryFlipBehindRepairedChecksumsIsRefusedOrReadable) {
  size_t read = 0;
  for (size_t i = 0; i < image_.span().size(); ++i) {
    for (const std::byte mask : {std::byte{0x41}, std::byte{0x80}}) {
      ThmEditor edit(image_.span());
      edit.bytes()[i] ^= mask;
      edit.repair();
      Model model;
      if (!model.open(edit.bytes()).ok() || !model.verify().ok()) continue;
      for (uint32_t t = 0; t < model.tensor_count(); ++t) {
        const TensorView view = model.tensor_at(t, nullptr, nullptr);
        for (uint32_t r = 0; r < view.rows; ++r) {
          for (uint32_t c = 0; c < view.cols; ++c) ASSERT_TRUE(std::isfinite(testing::stored_weight(view, r, c)));
        }
      }
      ++read;
    }
  }
  EXPECT_GT(read, 500u);  // flipped weights, at least
}

// The directory entry of a tensor, by its place in the file.
std::byte* directory_entry(ThmEditor* edit, uint32_t index) {
  return edit->section(s::kTensors) + size_t{index} * format::kTensorEntryBytes;
}

// Every tensor but the first, which tells the arithmetic, as every type.
TEST_P(ThmTypeFaults, TypesOfBothArithmeticsAreNotMixed) {
  Model model;
  ASSERT_TRUE(model.open(image_.span()).ok());
  for (uint32_t i = 1; i < model.tensor_count(); ++i) {
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    const DType own = model.tensor_at(i, &role, &layer).type;
    for (uint8_t type = 0; type < 8; ++type) {
      if (type == static_cast<uint8_t>(own)) continue;
      ThmEditor edit(image_.span());
      directory_entry(&edit, i)[format::tensor::kTypeAt] = static_cast<std::byte>(type);
      edit.repair();
      Model edited;
      const Status status = edited.open(edit.bytes());
      // A matrix of another type of the same arithmetic only has the wrong length.
      const bool allowed = allows(model.arithmetic(), role, static_cast<DType>(type));
      EXPECT_EQ(status.code(), allowed ? Code::kMalformed : Code::kUnsupported) << to_string(status);
      EXPECT_STREQ(status.subject(), allowed ? "length of tensor" : "type of tensor") << role_name(role) << +type;
    }
  }
}

// A first tensor of the other arithmetic that is sound in itself: a norm of 2 weights has the same length as f32 and
// q16.
TEST_P(ThmTypeFaults, TheFirstTensorHoldsTheOthersToItsArithmetic) {
  const auto image = testing::to_thm(testing::make_fixture(testing::least_spec()), GetParam());
  const bool was_float = GetParam() == tools::WeightType::kF16;
  ThmEditor edit(image.span());
  std::byte* first = directory_entry(&edit, 0);
  first[format::tensor::kTypeAt] = static_cast<std::byte>(was_float ? DType::kQ16 : DType::kF32);
  first[format::tensor::kExponentAt] = std::byte{0};
  edit.repair();
  Model model;
  const Status status = model.open(edit.bytes());
  EXPECT_EQ(status.code(), Code::kUnsupported) << to_string(status);
  EXPECT_STREQ(status.subject(), "type of tensor");
  EXPECT_EQ(status.index(), 1);
}

TEST_P(ThmTypeFaults, ExponentsBelongToIntegers) {
  for (uint32_t i = 0; i < expected_tensor_count(testing::make_fixture(testing::tiny_spec()).config); ++i) {
    ThmEditor edit(image_.span());
    std::byte& exponent = directory_entry(&edit, i)[format::tensor::kExponentAt];
    exponent ^= std::byte{0x85};
    edit.repair();
    Model model;
    const Status status = model.open(edit.bytes());
    if (GetParam() != tools::WeightType::kF16) {
      EXPECT_TRUE(status.ok()) << to_string(status);
      EXPECT_EQ(model.tensor_at(i, nullptr, nullptr).exponent, static_cast<int8_t>(exponent));
      continue;
    }
    EXPECT_EQ(status.code(), Code::kMalformed);
    EXPECT_STREQ(status.subject(), "exponent of tensor");
    EXPECT_EQ(status.index(), i);
  }
}

// Padding that checksums cannot tell from weights: scales of absent rows, columns behind the last, nibbles behind the
// last. 12 rows leave a panel of 4.
TEST_P(ThmTypeFaults, PaddingThatIsNotZeroIsFoundByVerify) {
  Model model;
  ASSERT_TRUE(model.open(image_.span()).ok());
  const auto data = static_cast<size_t>(load_u64(ThmEditor(image_.span()).entry(s::kData) + s::kOffsetAt));
  std::vector<uint8_t> padding(image_.span().size() - data, 0xff);  // bits of each byte that must be zero
  for (uint32_t t = 0; t < model.tensor_count(); ++t) {
    const TensorView view = model.tensor_at(t, nullptr, nullptr);
    const auto at = static_cast<size_t>(view.data - image_.span().data()) - data;
    const bool q4 = view.type == DType::kQ4;
    const bool panels = q4 || view.type == DType::kQ8;
    const size_t header = q4 ? 32 : panels ? 16 : 0;  // of q4 rows in one block
    const auto use = [&](size_t from, size_t bytes, uint8_t rest = 0) {
      for (size_t i = 0; i < bytes; ++i) padding[at + from + i] = rest;
    };
    for (size_t r = 0; r < view.rows; ++r) {
      const size_t panel = panels ? r / 8 * (header + 8 * view.row_bytes) : 0;
      const size_t row = panels ? panel + header + r % 8 * view.row_bytes : r * view.row_bytes;
      if (panels) use(panel + r % 8 * 2, 2);
      if (q4) {
        ASSERT_LE(view.cols, 16u);  // so that all upper halves are padding
        use(panel + 16 + r % 8, 1, 0xf0);
        use(row, view.cols, 0xf0);
      } else {
        use(row, view.cols * (view.type == DType::kQ8 ? 1u : view.type == DType::kF32 ? 4u : 2u));
      }
    }
  }
  size_t found = 0;
  for (size_t i = 0; i < padding.size(); ++i) {
    if (padding[i] == 0) continue;
    ThmEditor edit(image_.span());
    edit.bytes()[data + i] |= std::byte{0x10};
    edit.repair();
    const Status status = open_and_verify(edit.bytes());
    ASSERT_EQ(status.code(), Code::kCorrupt) << i << ": " << to_string(status);
    ASSERT_STREQ(status.subject(), "padding of tensor") << i;
    ++found;
  }
  EXPECT_GT(found, 100u);
}

}  // namespace
}  // namespace thimble
