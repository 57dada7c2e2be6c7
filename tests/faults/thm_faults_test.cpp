// Damage to a .thm image: every truncation, every flipped byte, and contradictions behind repaired checksums.

#include <gtest/gtest.h>

#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"
#include "tests/support/thm_editor.h"
#include "text/vocabulary_layout.h"

namespace thimble {
namespace {

namespace h = format::header;
namespace s = format::section;
using testing::ThmEditor;
using testing::to_string;

class ThmFaults : public ::testing::Test {
 protected:
  ThmFaults() : image_(testing::to_thm(testing::make_fixture(testing::tiny_spec(8)))) {}

  static Status open(std::span<const std::byte> bytes) {
    Model model;
    return model.open(bytes);
  }
  // Opens, verifies and plans, as a careful program would.
  static Status open_and_verify(std::span<const std::byte> bytes) {
    Model model;
    THIMBLE_RETURN_IF_ERROR(model.open(bytes));
    THIMBLE_RETURN_IF_ERROR(make_plan(model, {}, MemoryLayout::unlimited()).status);
    return model.verify();
  }

  tools::ImageBytes image_;
};

TEST_F(ThmFaults, TheImageIsSoundToBeginWith) {
  const Status status = open_and_verify(image_.span());
  EXPECT_TRUE(status.ok()) << to_string(status);
}

TEST_F(ThmFaults, EveryTruncationIsRefused) {
  for (size_t length = 0; length < image_.span().size(); ++length) {
    // A buffer of exactly that length, so that a sanitizer sees any read beyond it.
    tools::ImageBytes cut(length);
    std::copy_n(image_.span().begin(), length, cut.span().begin());
    const Status status = open(cut.span());
    ASSERT_FALSE(status.ok()) << length;
    ASSERT_TRUE(status.code() == Code::kTruncated || (length == 0 && status.code() == Code::kBadMagic) ||
                status.code() == Code::kBadMagic)
        << length << ": " << to_string(status);
  }
}

TEST_F(ThmFaults, BytesBehindTheEndAreRefused) {
  tools::ImageBytes longer(image_.span().size() + 1);
  std::copy(image_.span().begin(), image_.span().end(), longer.span().begin());
  EXPECT_EQ(open(longer.span()).code(), Code::kMalformed);
}

TEST_F(ThmFaults, EveryFlippedByteIsReported) {
  ThmEditor edit(image_.span());
  edit.for_each_flip([&](size_t i) { ASSERT_FALSE(open_and_verify(edit.bytes()).ok()) << "byte " << i; });
}

// Behind repaired checksums a flip must be refused or make a model that runs inside its bounds.
TEST_F(ThmFaults, EveryFlipBehindRepairedChecksumsIsRefusedOrHarmless) {
  size_t ran = 0;
  for (size_t i = 0; i < image_.span().size(); ++i) {
    ThmEditor edit(image_.span());
    edit.bytes()[i] ^= std::byte{0x41};
    edit.repair();
    if (!open(edit.bytes()).ok()) continue;
    Model model;
    ASSERT_TRUE(model.open(edit.bytes()).ok());
    const Plan plan = make_plan(model, {.max_batch = 2}, MemoryLayout::unlimited());
    if (!plan.status.ok() || plan.total_bytes() > (64u << 20)) continue;
    tools::ImageBytes memory(plan.total_bytes());
    Engine engine;
    Tokenizer tokenizer;
    const bool readable = tokenizer.open(model.vocabulary(), model.config().vocab_size).ok();
    ASSERT_EQ(engine.init(model, plan, Memory(memory.span())).ok(), readable);
    if (!readable) continue;
    GeneratorParams params;
    params.ignore_eos = true;
    Generator generator(engine, params);
    if (!generator.start("ab").ok()) continue;
    for (int step = 0; step < 3 && generator.next(); ++step) {
    }
    ++ran;
  }
  EXPECT_GT(ran, 100u);  // flipped weights, at least
}

// One header field set to `value`; the Status that opening gives.
struct Edit {
  size_t at;
  uint32_t value;
  Code code;
  const char* subject;
};

TEST_F(ThmFaults, ContradictionsInTheHeaderAreNamed) {
  const Edit edits[] = {
      {h::kHeaderBytesAt, 64, Code::kMalformed, "header length"},
      {h::kSectionCountAt, 0, Code::kMalformed, "section count"},
      {h::kSectionCountAt, 65, Code::kLimit, "section count"},
      {h::kFlagsAt, 2, Code::kUnsupported, "header flags"},
      {h::kDimAt, 0, Code::kMalformed, "dim"},
      {h::kDimAt, 1u << 17, Code::kLimit, "dim"},
      {h::kHiddenDimAt, 0xffffffff, Code::kLimit, "hidden_dim"},
      {h::kLayersAt, 0x10000000, Code::kLimit, "n_layers"},
      {h::kHeadsAt, 3, Code::kMalformed, "rows of tensor"},
      {h::kKvHeadsAt, 3, Code::kMalformed, "n_kv_heads does not divide n_heads"},
      {h::kHeadDimAt, 3, Code::kMalformed, "odd head_dim"},
      {h::kHeadDimAt, 1u << 16, Code::kLimit, "n_heads x head_dim"},
      {h::kVocabAt, 0x7fffffff, Code::kLimit, "vocab_size"},
      {h::kContextAt, 0, Code::kMalformed, "max_context"},
      {h::kRopeThetaAt, 0x7fc00000, Code::kMalformed, "rope_theta"},
      {h::kNormEpsAt, 0xbf800000, Code::kMalformed, "norm_eps"},
      {h::kReservedAt, 1, Code::kMalformed, "reserved header bytes"},
      {h::kTotalBytesAt, 1u << 30, Code::kTruncated, "file length"},
      {h::kTotalBytesAt, 256, Code::kMalformed, "file length"},
  };
  for (const Edit& e : edits) {
    ThmEditor edit(image_.span());
    store_u32(edit.at(e.at), e.value);
    edit.repair();
    const Status status = open(edit.bytes());
    EXPECT_EQ(status.code(), e.code) << to_string(status);
    EXPECT_STREQ(status.subject(), e.subject) << to_string(status);
  }
}

TEST_F(ThmFaults, VersionsAreCheckedBeforeAnythingElse) {
  ThmEditor newer(image_.span());
  store_u16(newer.at(h::kMajorAt), format::kMajor + 1);
  EXPECT_EQ(open(newer.bytes()).code(), Code::kVersionNewer);  // no repair: its checksum may be another
  ThmEditor minor(image_.span());
  store_u16(minor.at(h::kMinorAt), format::kMinor + 1);
  EXPECT_EQ(open(minor.bytes()).code(), Code::kVersionNewer);
  ThmEditor older(image_.span());
  store_u16(older.at(h::kMajorAt), 0);
  EXPECT_EQ(open(older.bytes()).code(), Code::kVersionOlder);
}

// A file states the least version that its readers must know, and is held to it.
TEST_F(ThmFaults, FlagsOfALaterMinorVersionAreRefusedInAnEarlierOne) {
  EXPECT_EQ(load_u16(ThmEditor(image_.span()).at(h::kMinorAt)), 0u);
  for (const uint32_t flag : {vocab::kRemoveExtraSpaces, vocab::kMergeUnused}) {
    ThmEditor edit(image_.span());
    std::byte* flags = edit.section(s::kVocab) + vocab::kFlagsAt;
    store_u32(flags, load_u32(flags) | flag);
    edit.repair();
    const Status status = open(edit.bytes());
    EXPECT_EQ(status.code(), Code::kMalformed);
    EXPECT_STREQ(status.subject(), "minor version");
    EXPECT_EQ(status.found(), 0u);
    EXPECT_EQ(status.expected(), 1u);
    store_u16(edit.at(h::kMinorAt), 1);
    edit.repair();
    EXPECT_TRUE(open(edit.bytes()).ok());
  }
}

TEST_F(ThmFaults, UnknownSectionsAreSkippedUnlessRequired) {
  ThmEditor edit(image_.span());
  // The about section becomes something from the future.
  store_u32(edit.entry(s::kAbout) + s::kKindAt, s::fourcc('X', 'Y', 'Z', 'W'));
  edit.repair();
  Model model;
  const Status status = model.open(edit.bytes());
  EXPECT_TRUE(status.ok()) << to_string(status);
  EXPECT_EQ(model.about_count(), 0u);
  store_u32(edit.entry(s::fourcc('X', 'Y', 'Z', 'W')) + s::kFlagsAt, s::kRequired);
  edit.repair();
  EXPECT_EQ(open(edit.bytes()).code(), Code::kUnsupported);
}

TEST_F(ThmFaults, SectionsMustBeThereOnceAndInPlace) {
  for (const uint32_t kind : {s::kTensors, s::kRope, s::kVocab, s::kBlockSums}) {
    ThmEditor missing(image_.span());
    store_u32(missing.entry(kind) + s::kFlagsAt, 0);
    store_u32(missing.entry(kind) + s::kKindAt, s::fourcc('X', 'Y', 'Z', 'W'));
    missing.repair();
    EXPECT_EQ(open(missing.bytes()).code(), Code::kMalformed);
  }
  ThmEditor twice(image_.span());
  store_u32(twice.entry(s::kAbout) + s::kKindAt, s::kRope);
  twice.repair();
  EXPECT_EQ(open(twice.bytes()).code(), Code::kMalformed);
  ThmEditor moved(image_.span());
  std::byte* entry = moved.entry(s::kRope);
  store_u64(entry + s::kOffsetAt, load_u64(entry + s::kOffsetAt) + 64);
  moved.repair();
  EXPECT_STREQ(open(moved.bytes()).subject(), "offset of section");
  ThmEditor huge(image_.span());
  store_u64(huge.entry(s::kData) + s::kBytesAt, UINT64_MAX);
  huge.repair();
  EXPECT_STREQ(open(huge.bytes()).subject(), "length of section");
}

TEST_F(ThmFaults, NonFiniteWeightsAreFoundByVerify) {
  ThmEditor edit(image_.span());
  store_u32(edit.section(s::kData) + 4, 0x7f800000);  // infinity in the first tensor
  edit.repair();
  const Status status = open_and_verify(edit.bytes());
  EXPECT_EQ(status.code(), Code::kNonFinite) << to_string(status);
}

TEST_F(ThmFaults, MisalignedImagesAreRefused) {
  tools::ImageBytes shifted(image_.span().size() + 1);
  std::copy(image_.span().begin(), image_.span().end(), shifted.span().begin() + 1);
  EXPECT_EQ(open(shifted.span().subspan(1)).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace thimble
