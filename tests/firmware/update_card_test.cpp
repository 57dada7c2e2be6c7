// Models that are uploaded to a card: whole ones, damaged ones, senders that vanish, cards that are full, pulled,
// forgetful or fail, and power that goes at every sector. After each of them the card has the files that it had before,
// and of the new one all or nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "firmware/update/card_store.h"
#include "firmware/update/model_upload.h"
#include "tests/firmware/fake_card.h"
#include "tests/support/model_fixture.h"
#include "tests/support/thm_editor.h"

namespace thimble::testing {
namespace {

using update::CardStore;
using update::ModelUpload;

constexpr size_t kPieceBytes = 1436;  // what a packet of TCP brings
constexpr const char* kOld = "/sdcard/old.thm";
constexpr const char* kNew = "/sdcard/new.thm";

class CardUploadTest : public ::testing::Test {
 protected:
  CardUploadTest()
      : old_(to_thm(make_fixture(small_spec()), tools::WeightType::kQ8)),
        new_(to_thm(make_fixture(medium_spec()), tools::WeightType::kQ8)) {
    put_old();
  }

  std::span<const std::byte> image() const { return new_.span(); }
  void put_old() { files_[kOld].assign(old_.span().begin(), old_.span().end()); }

  Status begin(uint64_t bytes) {
    THIMBLE_RETURN_IF_ERROR(store_.use("/sdcard", "new"));
    return upload_.begin(store_, bytes, 0);
  }
  Status send(std::span<const std::byte> image, size_t piece = kPieceBytes) {
    THIMBLE_RETURN_IF_ERROR(begin(image.size()));
    for (size_t at = 0; at < image.size(); at += piece) {
      THIMBLE_RETURN_IF_ERROR(upload_.add(image.subspan(at, std::min(piece, image.size() - at)), 0));
    }
    return upload_.finish();
  }

  // As the storyteller opens a file, and more: all of it at once.
  bool is_model(const std::string& path) {
    const auto found = files_.find(path);
    if (found == files_.end()) return false;
    tools::ImageBytes copy(found->second.size());
    std::copy(found->second.begin(), found->second.end(), copy.span().begin());
    Model model;
    return model.open(copy.span()).ok() && model.verify().ok();
  }
  bool holds(const std::string& path, std::span<const std::byte> bytes) {
    const auto found = files_.find(path);
    return found != files_.end() && std::equal(bytes.begin(), bytes.end(), found->second.begin(), found->second.end());
  }
  void expect_none() {
    EXPECT_EQ(upload_.target(), nullptr);
    EXPECT_EQ(files_.count(kNew), 0u);
    EXPECT_TRUE(holds(kOld, old_.span()));
  }
  std::vector<std::byte> flipped(size_t at) const {
    std::vector<std::byte> bytes(image().begin(), image().end());
    bytes[at] ^= std::byte{0x10};
    return bytes;
  }

  CardFiles files_;
  FakeCard card_{files_};
  CardStore store_;
  ModelUpload upload_;

 private:
  const tools::ImageBytes old_;
  const tools::ImageBytes new_;
};

TEST_F(CardUploadTest, AWholeModelArrivesInPiecesOfAnySize) {
  for (const size_t piece : {size_t{1}, size_t{127}, size_t{512}, kPieceBytes, size_t{65536}, image().size()}) {
    files_.erase(kNew);
    ASSERT_TRUE(send(image(), piece).ok()) << piece;
    EXPECT_TRUE(holds(kNew, image())) << piece;
    EXPECT_TRUE(is_model(kNew)) << piece;
  }
}

TEST_F(CardUploadTest, EveryTypeOfModel) {
  for (const tools::WeightType type : {tools::WeightType::kF32, tools::WeightType::kF16, tools::WeightType::kQ4}) {
    files_.erase(kNew);
    const tools::ImageBytes model = to_thm(make_fixture(small_spec()), type);
    ASSERT_TRUE(send(model.span()).ok());
    EXPECT_TRUE(holds(kNew, model.span()));
  }
}

TEST_F(CardUploadTest, NoFileIsWrittenOver) {
  files_[kNew] = {std::byte{1}};
  const Status status = send(image());
  EXPECT_EQ(status.code(), Code::kNotReady);
  EXPECT_STREQ(status.subject(), "new file: there is one of this name");
  EXPECT_EQ(files_[kNew].size(), 1u);
}

TEST_F(CardUploadTest, AFileOfAnotherKindIsNotBegun) {
  EXPECT_EQ(send(std::vector<std::byte>(10'000, std::byte{'a'})).code(), Code::kBadMagic);
  EXPECT_EQ(send(image().first(512)).code(), Code::kTruncated);
  EXPECT_EQ(send(image().first(image().size() - 1)).code(), Code::kTruncated);
  EXPECT_EQ(card_.steps, 0u);
  expect_none();
}

TEST_F(CardUploadTest, ACardThatIsFullSaysSo) {
  card_.room = image().size() - 1;
  const Status status = send(image());
  EXPECT_EQ(status.code(), Code::kOutOfMemory);
  EXPECT_EQ(status.found(), image().size() - 1);
  EXPECT_EQ(status.expected(), image().size());
  expect_none();
}

// A byte of each block and of each section; padding is for whoever opens it.
TEST_F(CardUploadTest, DamageIsFoundAsItComes) {
  for (size_t at = 0; at < image().size(); at += 997) {
    const Status status = send(flipped(at));
    const bool is_padding = status.ok();
    ASSERT_TRUE(!is_padding || image()[at] == std::byte{0}) << "byte " << at;
    ASSERT_TRUE(is_padding || upload_.received() <= at + 64 * 1024 + Model::kBlockBytes + kPieceBytes) << at;
    if (is_padding) files_.erase(kNew);
    expect_none();
  }
  const Status block = send(flipped(image().size() - 1));
  EXPECT_EQ(block.code(), Code::kCorrupt);
  EXPECT_STREQ(block.subject(), "checksum of payload block");
  const Status section = send(flipped(4096));
  EXPECT_STREQ(section.subject(), "checksum of section");
}

TEST_F(CardUploadTest, AForgedTableLeadsNowhere) {
  for (const uint64_t forged : {uint64_t{1} << 40, ~uint64_t{0}, uint64_t{1}}) {
    for (const size_t field : {format::section::kOffsetAt, format::section::kBytesAt}) {
      ThmEditor editor(image());
      store_u64(editor.entry(format::section::kData) + static_cast<ptrdiff_t>(field), forged);
      editor.repair();
      EXPECT_FALSE(send(editor.bytes()).ok()) << forged;
      expect_none();
    }
  }
}

TEST_F(CardUploadTest, ACardThatForgetsABitIsFound) {
  for (size_t at = 512; at < image().size(); at += 9973) {
    card_.rotten_at = at;
    const bool kept = send(image()).ok();
    ASSERT_TRUE(!kept || image()[at] == std::byte{0}) << "byte " << at;  // padding
    files_.erase(kNew);
  }
}

TEST_F(CardUploadTest, ASenderThatVanishesLeavesNothing) {
  for (const size_t sent : {size_t{0}, size_t{127}, size_t{128}, size_t{3000}, size_t{70'000}, image().size()}) {
    ASSERT_TRUE(begin(image().size()).ok());
    ASSERT_TRUE(upload_.add(image().first(sent), 0).ok());
    upload_.abandon();
    expect_none();
  }
}

TEST_F(CardUploadTest, EveryStepMayFail) {
  ASSERT_TRUE(send(image()).ok());
  const uint64_t steps = card_.steps;
  for (uint64_t step = 0; step < steps; ++step) {
    files_.erase(kNew);
    card_.fail_at = card_.steps + step;
    ASSERT_EQ(send(image()).code(), Code::kReadFailed) << step;
    ASSERT_EQ(upload_.target(), nullptr);
    // What a card that failed kept of it may be a model by its last sector alone.
    ASSERT_TRUE(!is_model(kNew) || step == steps - 1) << step;
  }
  card_.fail_at = FakeCard::kNever;
  files_.erase(kNew);
  EXPECT_TRUE(send(image()).ok()) << "the next one is welcome";
}

// Also a card that is taken out.
TEST_F(CardUploadTest, APowerCutAtEverySectorLeavesAllOrNothing) {
  ASSERT_TRUE(send(image()).ok());
  const uint64_t steps = card_.steps;
  ASSERT_GT(steps, image().size() / port::kCardSectorBytes);
  for (uint64_t step = 0; step < steps; ++step) {
    files_.erase(kNew);
    card_.cut_at = card_.steps + step;
    ASSERT_FALSE(send(image()).ok()) << step;
    ASSERT_TRUE(!is_model(kNew) || (step == steps - 1 && holds(kNew, image()))) << step;
    ASSERT_TRUE(is_model(kOld)) << step;
    card_.in_slot = true;
  }
}

TEST_F(CardUploadTest, NamesOfFiles) {
  for (const char* name : {"a", "a.thm", "Story-1.5_q8.thm", "a.b"})
    EXPECT_TRUE(store_.use("/sdcard", name).ok()) << name;
  EXPECT_STREQ(store_.name(), "/sdcard/a.b.thm");
  for (const std::string& name : {std::string(), std::string(".thm"), std::string(".a"), std::string("../a"),
                                  std::string("a b"), std::string("\xc3\xa4"), std::string(60, 'a')}) {
    EXPECT_EQ(store_.use("/sdcard", name).code(), Code::kInvalidArgument) << name;
  }
  EXPECT_STREQ(store_.name(), "/sdcard/a.b.thm") << "the one before stays";
}

}  // namespace
}  // namespace thimble::testing
