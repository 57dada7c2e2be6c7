// A model that comes in pieces and goes into a partition of the flash that nobody uses. It is checked as it comes: its
// header before anything is erased, then, every 64 KiB, all in front of the weights and each block of them against its
// checksum, read back from the flash. Whatever goes wrong, the partition is empty afterwards, or holds
// something that no later check lets through; other partitions are not touched.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "firmware/update/pace.h"
#include "ports/flash_writer.h"
#include "thimble/model.h"

namespace thimble::update {

class ModelUpload {
 public:
  ModelUpload() = default;
  ModelUpload(const ModelUpload&) = delete;
  ModelUpload& operator=(const ModelUpload&) = delete;

  // `label` stays in place until the upload ends. `bytes`: what will come. Errors: kNotReady (another one is under
  // way), kOutOfMemory (subject "partition of the model": found, expected), those of port::find_flash().
  Status begin(const char* label, uint64_t bytes, uint64_t now_us);

  // The next piece, of any size. Errors, which end the upload: those of a model (docs/FORMAT.md), kTruncated (the
  // header states another length than begin() was told), those of port::flash_writer, kCancelled (too slow).
  Status add(std::span<const std::byte> bytes, uint64_t now_us);

  // All has come. Errors: kTruncated; then the upload is abandoned.
  Status finish();

  // The sender is gone.
  void abandon();

  // Ends an upload whose sender is too slow. True when it did.
  bool end_if_too_slow(uint64_t now_us);

  // The partition that is being written; null: none is.
  const char* target() const { return label_; }
  uint64_t received() const { return received_; }
  uint64_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kHeaderBytes = 128;
  static constexpr uint64_t kEraseBytes = 64 * 1024;  // flash erases so many in the time of four sectors
  static constexpr uint64_t kCheckBytes = 64 * 1024;  // between two checks, each of which reads the head once more

  Status take_header(std::span<const std::byte>* bytes);
  Status write(std::span<const std::byte> bytes);
  Status erase_until(uint64_t end);
  Status check_new();
  Status check(std::span<const std::byte> image);

  const char* label_ = nullptr;
  port::FlashPartition partition_;
  Pace pace_;
  uint64_t bytes_ = 0;     // that the whole has
  uint64_t received_ = 0;  // that came
  uint64_t erased_ = 0;    // from the start of the partition
  uint64_t check_at_ = 0;  // so many bytes, what came is checked again
  uint32_t blocks_ = 0;    // of weights that were checked
  bool is_whole_ = false;  // all of it came, and was checked
  alignas(16) std::array<std::byte, kHeaderBytes> header_{};
};

}  // namespace thimble::update
