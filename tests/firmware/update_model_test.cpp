// Models that are uploaded into a partition: whole ones, damaged ones, senders that vanish or dawdle, flash that fails,
// and power that goes at every step. After each of them the board must still have the model that told before.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "base/bytes.h"
#include "firmware/update/model_upload.h"
#include "firmware/update/partition_store.h"
#include "firmware/update/selected_model.h"
#include "tests/firmware/fake_flash.h"
#include "tests/support/model_fixture.h"
#include "tests/support/thm_editor.h"

namespace thimble::testing {
namespace {

using update::ModelUpload;
using update::SelectedModel;

constexpr size_t kPartitionBytes = 320 * 1024;
constexpr size_t kPieceBytes = 1436;  // what a packet of TCP brings

// Whether an image stands at the start of a partition, as the storyteller finds out.
bool holds_model(std::span<const std::byte> partition, std::span<const std::byte> image) {
  const Result<uint64_t> bytes = Model::image_bytes(partition);
  if (!bytes.ok() || *bytes != image.size()) return false;
  Model model;
  return model.open(partition.first(image.size())).ok() && model.verify().ok() &&
         std::equal(image.begin(), image.end(), partition.begin());
}

class ModelUploadTest : public ::testing::Test {
 protected:
  ModelUploadTest()
      : old_(to_thm(make_fixture(small_spec()), tools::WeightType::kQ8)),
        new_(to_thm(make_fixture(medium_spec()), tools::WeightType::kQ8)) {
    partitions_["model"] = as_partition(old_.span(), kPartitionBytes);
    partitions_["model_b"] = as_partition({}, kPartitionBytes);
  }

  std::span<const std::byte> old_image() const { return old_.span(); }
  std::span<const std::byte> new_image() const { return new_.span(); }

  Status begin(const char* label, uint64_t bytes, uint64_t now) {
    store_.use(label);
    return upload_.begin(store_, bytes, now);
  }
  // The whole upload, piece by piece. Ends at the first error.
  Status send(std::span<const std::byte> image, size_t piece = kPieceBytes, uint64_t announced = 0) {
    THIMBLE_RETURN_IF_ERROR(begin("model_b", announced != 0 ? announced : image.size(), now_));
    for (size_t at = 0; at < image.size(); at += piece) {
      now_ += 1000;
      THIMBLE_RETURN_IF_ERROR(upload_.add(image.subspan(at, std::min(piece, image.size() - at)), now_));
    }
    return upload_.finish();
  }

  void expect_refused(const Status& status, Code code, const std::string& subject) {
    EXPECT_EQ(status.code(), code) << subject;
    EXPECT_EQ(status.subject(), subject);
    EXPECT_EQ(upload_.target(), nullptr);
    EXPECT_EQ(flash_.mapped, 0u);
    expect_old_stays();
  }
  void expect_old_stays() {
    EXPECT_TRUE(std::equal(old_image().begin(), old_image().end(), bytes_of("model").begin()));
  }
  // The partition that was written reads as one that was never used.
  void expect_empty() { EXPECT_TRUE(is_erased(bytes_of("model_b").first(4096))); }

  std::span<const std::byte> bytes_of(const char* label) { return partitions_[label].span(); }
  static bool is_erased(std::span<const std::byte> bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0xff}; });
  }

  Partitions partitions_;
  FakeFlash flash_{partitions_};
  update::PartitionStore store_;
  ModelUpload upload_;
  uint64_t now_ = 1'000'000;

 private:
  const tools::ImageBytes old_;
  const tools::ImageBytes new_;
};

TEST_F(ModelUploadTest, AWholeModelArrives) {
  ASSERT_GT(new_image().size(), 100u * 1024) << "several blocks, and more than one erase";
  ASSERT_TRUE(send(new_image()).ok());
  EXPECT_TRUE(holds_model(bytes_of("model_b"), new_image()));
  EXPECT_EQ(flash_.mapped, 0u);
  expect_old_stays();
}

TEST_F(ModelUploadTest, PiecesMayHaveAnySize) {
  for (const size_t piece : {size_t{1}, size_t{127}, size_t{128}, size_t{2176}, size_t{65536}, new_image().size()}) {
    std::memset(partitions_["model_b"].span().data(), 0x5a, kPartitionBytes);  // of an earlier model
    const auto image = piece == 1 ? old_image() : new_image();
    ASSERT_TRUE(send(image, piece).ok()) << piece;
    EXPECT_TRUE(holds_model(bytes_of("model_b"), image)) << piece;
  }
}

TEST_F(ModelUploadTest, OneThatFillsThePartition) {
  partitions_["model_b"] = as_partition({}, (new_image().size() + 4095) / 4096 * 4096);
  ASSERT_TRUE(send(new_image()).ok());
  EXPECT_TRUE(holds_model(bytes_of("model_b"), new_image()));
}

// --- what is refused ---

TEST_F(ModelUploadTest, TooLargeIsSaidBeforeAnythingIsErased) {
  partitions_["model_b"] = as_partition(old_image(), 64 * 1024);
  const Status status = send(new_image());
  expect_refused(status, Code::kOutOfMemory, "partition of the model");
  EXPECT_EQ(status.found(), 64u * 1024);
  EXPECT_EQ(status.expected(), new_image().size());
  EXPECT_TRUE(holds_model(bytes_of("model_b"), old_image()));
}

TEST_F(ModelUploadTest, AFileOfAnotherKindCostsNoModel) {
  partitions_["model_b"] = as_partition(old_image(), kPartitionBytes);
  const std::vector<std::byte> text(10'000, std::byte{'a'});
  expect_refused(send(text), Code::kBadMagic, "");
  EXPECT_EQ(flash_.steps, 0u);
  expect_refused(send(std::span(text).first(100)), Code::kTruncated, "file");
  expect_refused(send(new_image(), kPieceBytes, new_image().size() + 1), Code::kTruncated, "file");
  expect_refused(send(new_image(), kPieceBytes, new_image().size() - 1), Code::kTruncated, "file");
  EXPECT_EQ(flash_.steps, 0u);
  EXPECT_TRUE(holds_model(bytes_of("model_b"), old_image()));
}

TEST_F(ModelUploadTest, NoSuchPartition) {
  partitions_.erase("model_b");
  expect_refused(send(new_image()), Code::kReadFailed, "partition");
}

// A byte of each block, of each section, and of the padding between them.
TEST_F(ModelUploadTest, DamageIsFoundAsItComes) {
  const auto flipped = [&](size_t at) {
    std::vector<std::byte> bytes(new_image().begin(), new_image().end());
    bytes[at] ^= std::byte{0x10};
    return bytes;
  };
  for (size_t at = 0; at < new_image().size(); at += 997) {
    const Status status = send(flipped(at));
    ASSERT_FALSE(status.ok()) << "byte " << at;
    ASSERT_EQ(upload_.target(), nullptr) << "byte " << at;
    // No more came than the block or section with the damage.
    ASSERT_LE(upload_.received(), at + 64 * 1024 + Model::kBlockBytes + kPieceBytes) << "byte " << at;
    if (at >= 128) expect_empty();
  }
  const Status block = send(flipped(new_image().size() - 1));
  EXPECT_EQ(block.code(), Code::kCorrupt);
  EXPECT_STREQ(block.subject(), "checksum of payload block");
  expect_old_stays();
}

TEST_F(ModelUploadTest, AForgedTableLeadsNowhere) {
  ThmEditor editor(new_image());
  store_u64(editor.entry(format::section::kData) + format::section::kOffsetAt, uint64_t{1} << 40);
  editor.repair();
  EXPECT_FALSE(send(editor.bytes()).ok());
  expect_empty();
  expect_old_stays();
}

TEST_F(ModelUploadTest, MoreThanWasAnnounced) {
  ASSERT_TRUE(begin("model_b", new_image().size(), now_).ok());
  ASSERT_TRUE(upload_.add(new_image(), now_).ok());
  expect_refused(upload_.add(new_image().first(1), now_), Code::kMalformed, "length of the upload");
  expect_empty();
}

TEST_F(ModelUploadTest, OneAtATime) {
  ASSERT_TRUE(begin("model_b", new_image().size(), now_).ok());
  const Status second = begin("model_b", new_image().size(), now_);
  EXPECT_EQ(second.code(), Code::kNotReady);
  EXPECT_STREQ(upload_.target(), "model_b") << "the first goes on";
  upload_.abandon();
  EXPECT_TRUE(send(new_image()).ok());
}

TEST_F(ModelUploadTest, NothingIsUnderWay) {
  EXPECT_EQ(upload_.add(new_image(), now_).code(), Code::kNotReady);
  EXPECT_EQ(upload_.finish().code(), Code::kNotReady);
  upload_.abandon();
  EXPECT_FALSE(upload_.end_if_too_slow(now_));
  EXPECT_EQ(flash_.steps, 0u);
}

// --- senders ---

TEST_F(ModelUploadTest, ASenderThatVanishesLeavesAnEmptyPartition) {
  for (size_t sent : {size_t{0}, size_t{127}, size_t{128}, size_t{3000}, size_t{70'000}, new_image().size()}) {
    ASSERT_TRUE(begin("model_b", new_image().size(), now_).ok());
    ASSERT_TRUE(upload_.add(new_image().first(sent), now_).ok());
    upload_.abandon();
    EXPECT_EQ(flash_.mapped, 0u);
    expect_empty();
    expect_old_stays();
  }
}

TEST_F(ModelUploadTest, AnEndThatComesTooEarly) {
  ASSERT_TRUE(begin("model_b", new_image().size(), now_).ok());
  ASSERT_TRUE(upload_.add(new_image().first(new_image().size() - 1), now_).ok());
  const Status status = upload_.finish();
  expect_refused(status, Code::kTruncated, "file");
  EXPECT_EQ(status.found(), new_image().size() - 1);
  expect_empty();
}

TEST_F(ModelUploadTest, AByteASecondIsGivenUp) {
  ASSERT_TRUE(begin("model_b", new_image().size(), now_).ok());
  Status status;
  uint32_t seconds = 0;
  for (; status.ok() && seconds < 1000; ++seconds) {
    now_ += 1'000'000;
    status = upload_.add(new_image().subspan(seconds, 1), now_);
  }
  EXPECT_EQ(seconds, 30u);
  expect_refused(status, Code::kCancelled, "upload that is too slow");
}

TEST_F(ModelUploadTest, ASilentSenderIsGivenUpAndAnotherMayCome) {
  ASSERT_TRUE(begin("model_b", new_image().size(), now_).ok());
  ASSERT_TRUE(upload_.add(new_image().first(50'000), now_).ok());
  EXPECT_FALSE(upload_.end_if_too_slow(now_ + 29'999'999));
  EXPECT_FALSE(upload_.end_if_too_slow(now_ + 30'000'000)) << "enough came in the first half minute";
  EXPECT_TRUE(upload_.end_if_too_slow(now_ + 60'000'000));
  expect_empty();
  EXPECT_TRUE(send(new_image()).ok());
}

TEST_F(ModelUploadTest, ASlowRadioIsGoodEnough) {
  ASSERT_TRUE(begin("model_b", new_image().size(), now_).ok());
  for (size_t at = 0; at < new_image().size(); at += 1000) {
    now_ += 1'000'000;
    ASSERT_TRUE(upload_.add(new_image().subspan(at, std::min<size_t>(1000, new_image().size() - at)), now_).ok());
  }
  EXPECT_TRUE(upload_.finish().ok());
}

// --- the board ---

TEST_F(ModelUploadTest, EveryStepOfTheFlashMayFail) {
  ASSERT_TRUE(send(new_image()).ok());
  const uint64_t steps = flash_.steps;
  for (uint64_t step = 0; step < steps; ++step) {
    for (const Code code : {Code::kReadFailed, Code::kOutOfMemory}) {
      flash_.fail_at = flash_.steps + step;
      flash_.fail_code = code;
      ASSERT_EQ(send(new_image()).code(), code) << "step " << step;
      ASSERT_EQ(upload_.target(), nullptr);
      ASSERT_EQ(flash_.mapped, 0u);
    }
  }
  expect_old_stays();
  EXPECT_TRUE(send(new_image()).ok());
}

TEST_F(ModelUploadTest, FlashThatForgetsABitIsFound) {
  flash_.rotten = "model_b";
  for (size_t at = 5; at < new_image().size(); at += 9973) {
    flash_.rotten_at = at;
    EXPECT_FALSE(send(new_image()).ok()) << "byte " << at;
  }
  expect_old_stays();
}

TEST_F(ModelUploadTest, NoRoomToMapIt) {
  flash_.refuse_mappings = true;
  expect_refused(send(new_image()), Code::kOutOfMemory, "window of the flash");
  expect_empty();
}

// --- the power ---

// The model that a start finds: the selected one, unless it is not whole; then the first that is.
std::string started(FakeFlash& flash) {
  SelectedModel selected;
  selected.load();
  std::vector<std::string> order = {std::string(selected.name()), "model", "model_b"};
  for (const std::string& label : order) {
    const auto found = flash.partitions.find(label);
    if (found == flash.partitions.end()) continue;
    const std::span<const std::byte> bytes = found->second.span();
    const Result<uint64_t> length = Model::image_bytes(bytes);
    Model model;
    if (length.ok() && *length <= bytes.size() && model.open(bytes.first(*length)).ok() && model.verify().ok()) {
      return label;
    }
  }
  return "built in";
}

// Upload, and selection of what arrived. The last step is the record.
Status send_and_select(ModelUpload& upload, const char* label, std::span<const std::byte> image) {
  SelectedModel selected;
  selected.load();
  update::PartitionStore store;
  store.use(label);
  THIMBLE_RETURN_IF_ERROR(upload.begin(store, image.size(), 0));
  for (size_t at = 0; at < image.size(); at += kPieceBytes) {
    THIMBLE_RETURN_IF_ERROR(upload.add(image.subspan(at, std::min(kPieceBytes, image.size() - at)), 0));
  }
  THIMBLE_RETURN_IF_ERROR(upload.finish());
  return selected.select(label);
}

TEST_F(ModelUploadTest, APowerCutAtEveryStepLeavesTheOldModel) {
  ASSERT_TRUE(send_and_select(upload_, "model_b", new_image()).ok());
  const uint64_t steps = flash_.steps;
  ASSERT_GT(steps, 80u);
  ASSERT_EQ(started(flash_), "model_b");

  // Both ways: the record says nothing yet, and the record names the other partition.
  for (const std::string before : {"model", "model_b"}) {
    const char* const target = before == "model" ? "model_b" : "model";
    for (uint64_t step = 0; step < steps; ++step) {
      for (const double part : {0.0, 0.001, 0.5, 0.999, 1.0}) {
        partitions_[before] = as_partition(old_image(), kPartitionBytes);
        partitions_[target] = as_partition(step % 2 == 0 ? std::span<const std::byte>() : old_image(), kPartitionBytes);
        flash_.settings.clear();
        SelectedModel selected;
        selected.load();
        if (before == "model_b") {
          ASSERT_TRUE(selected.select(before).ok());
        }

        flash_.cut_at = flash_.steps + step;
        flash_.cut_part = part;
        ASSERT_FALSE(send_and_select(upload_, target, new_image()).ok());
        ASSERT_TRUE(flash_.is_off());
        ASSERT_EQ(flash_.mapped, 0u);
        flash_.off = false;
        flash_.cut_at = FakeFlash::kNever;

        const bool recorded = step == steps - 1 && part == 1.0;
        ASSERT_EQ(started(flash_), recorded ? target : before) << "step " << step << ", part " << part;
        ASSERT_TRUE(holds_model(bytes_of(before.c_str()), old_image())) << "step " << step << ", part " << part;
      }
    }
  }
}

TEST_F(ModelUploadTest, TheRecordIsWrittenWhenItChanges) {
  SelectedModel selected;
  selected.load();
  EXPECT_EQ(selected.name(), "");
  ASSERT_TRUE(selected.select("/sdcard/story.thm").ok());
  ASSERT_TRUE(selected.select("/sdcard/story.thm").ok());
  EXPECT_EQ(flash_.steps, 1u);
  SelectedModel again;
  again.load();
  EXPECT_EQ(again.name(), "/sdcard/story.thm");
  flash_.fail_at = flash_.steps;
  EXPECT_EQ(again.select("model").code(), Code::kReadFailed);
  EXPECT_EQ(again.name(), "/sdcard/story.thm") << "what is stored";
  EXPECT_EQ(again.select(std::string(65, 'x')).code(), Code::kInvalidArgument);
  ASSERT_TRUE(again.forget().ok());
  again.load();
  EXPECT_EQ(again.name(), "");
}

}  // namespace
}  // namespace thimble::testing
