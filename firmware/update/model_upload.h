// A model that comes in pieces and goes to a place that nobody uses. It is checked as it comes: its header before
// anything is changed there, then, every 64 KiB, what came since, read back. Whatever goes wrong, the place is free
// afterwards, or holds something that no later check lets through; other places are not touched.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "firmware/update/model_store.h"
#include "firmware/update/pace.h"

namespace thimble::update {

class ModelUpload {
 public:
  ModelUpload() = default;
  ModelUpload(const ModelUpload&) = delete;
  ModelUpload& operator=(const ModelUpload&) = delete;

  // `store` is this upload's until it ends. `bytes`: what will come. Errors: kNotReady (another one is under way),
  // kTruncated (too short for a model), those of ModelStore::begin().
  Status begin(ModelStore& store, uint64_t bytes, uint64_t now_us);

  // The next piece, of any size. Errors, which end the upload: those of a model (docs/FORMAT.md), kTruncated (the
  // header states another length than begin() was told), those of the store, kCancelled (too slow).
  Status add(std::span<const std::byte> bytes, uint64_t now_us);

  // All has come. Errors: kTruncated, those of ModelStore::keep(); then the upload is abandoned.
  Status finish();

  // The sender is gone.
  void abandon();

  // Ends an upload whose sender is too slow. True when it did.
  bool end_if_too_slow(uint64_t now_us);

  // The name of the place that is being written; null: none is.
  const char* target() const { return store_ != nullptr ? store_->name() : nullptr; }
  uint64_t received() const { return received_; }
  uint64_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kHeaderBytes = 128;
  static constexpr uint64_t kCheckBytes = 64 * 1024;  // between two checks

  Status take_header(std::span<const std::byte>* bytes);
  Status write(std::span<const std::byte> bytes);
  Status check_new();

  ModelStore* store_ = nullptr;  // null: no upload is under way
  Pace pace_;
  uint64_t bytes_ = 0;     // that the whole has
  uint64_t received_ = 0;  // that came
  uint64_t check_at_ = 0;  // so many bytes, what came is checked again
  bool is_whole_ = false;  // all of it came, and was checked
  alignas(16) std::array<std::byte, kHeaderBytes> header_{};
};

}  // namespace thimble::update
