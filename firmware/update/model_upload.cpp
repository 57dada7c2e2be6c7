#include "firmware/update/model_upload.h"

#include <algorithm>

namespace thimble::update {

Status ModelUpload::begin(const char* label, uint64_t bytes, uint64_t now_us) {
  if (label_ != nullptr) return Status::error(Code::kNotReady, "upload under way");
  const Result<port::FlashPartition> partition = port::find_flash(label);
  if (!partition.ok()) return partition.status();
  if (bytes > partition->bytes) {
    return Status::error(Code::kOutOfMemory, "partition of the model").got(partition->bytes, bytes);
  }
  if (bytes < kHeaderBytes) return Status::error(Code::kTruncated, "file").got(bytes, kHeaderBytes);
  label_ = label;
  partition_ = *partition;
  bytes_ = bytes;
  received_ = erased_ = 0;
  check_at_ = kCheckBytes;
  blocks_ = 0;
  is_whole_ = false;
  pace_.start(now_us);
  return {};
}

Status ModelUpload::add(std::span<const std::byte> bytes, uint64_t now_us) {
  if (label_ == nullptr) return Status::error(Code::kNotReady, "upload");
  if (end_if_too_slow(now_us)) return Status::error(Code::kCancelled, "upload that is too slow");
  pace_.add(bytes.size());
  Status status =
      bytes.size() <= bytes_ - received_ ? Status() : Status::error(Code::kMalformed, "length of the upload");
  if (status.ok()) status = take_header(&bytes);
  if (status.ok()) status = write(bytes);
  if (status.ok()) status = check_new();
  if (!status.ok()) abandon();
  return status;
}

// Holds the header back until it is whole and good: a file of another kind, or another length, costs nobody a model.
Status ModelUpload::take_header(std::span<const std::byte>* bytes) {
  if (received_ >= kHeaderBytes) return {};
  const size_t count = std::min(bytes->size(), kHeaderBytes - static_cast<size_t>(received_));
  std::copy_n(bytes->begin(), count, header_.begin() + static_cast<std::ptrdiff_t>(received_));
  *bytes = bytes->subspan(count);
  received_ += count;
  if (received_ < kHeaderBytes) return {};
  const Result<uint64_t> length = Model::image_bytes(header_);
  if (!length.ok()) return length.status();
  if (*length != bytes_) return Status::error(Code::kTruncated, "file").got(bytes_, *length);
  received_ = 0;
  return write(header_);
}

Status ModelUpload::write(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  THIMBLE_RETURN_IF_ERROR(erase_until(received_ + bytes.size()));
  THIMBLE_RETURN_IF_ERROR(port::write_flash(partition_, received_, bytes));
  received_ += bytes.size();
  return {};
}

Status ModelUpload::erase_until(uint64_t end) {
  while (erased_ < end) {
    const uint64_t count = std::min(kEraseBytes, partition_.bytes - erased_);
    THIMBLE_RETURN_IF_ERROR(port::erase_flash(partition_, erased_, count));
    erased_ += count;
  }
  return {};
}

// Every so often, and at the end, what came since the last time: by a new mapping, which shows what was written since
// the one before.
Status ModelUpload::check_new() {
  if (received_ < kHeaderBytes || (received_ < check_at_ && received_ < bytes_)) return {};
  check_at_ = received_ + kCheckBytes;
  port::FlashMapping mapping;
  THIMBLE_RETURN_IF_ERROR(port::map_flash(partition_, bytes_, &mapping));
  const Status status = check(mapping.bytes);
  port::unmap_flash(&mapping);
  return status;
}

Status ModelUpload::check(std::span<const std::byte> image) {
  const Result<uint64_t> head = Model::head_bytes(image.first(static_cast<size_t>(received_)));
  if (!head.ok()) return head.status();
  if (received_ < *head) return {};
  Model model;
  THIMBLE_RETURN_IF_ERROR(model.open_head(image.first(static_cast<size_t>(*head)), bytes_));
  for (; blocks_ < model.block_count(); ++blocks_) {
    const uint64_t at = model.data_offset() + uint64_t{blocks_} * Model::kBlockBytes;
    const uint64_t count = std::min<uint64_t>(Model::kBlockBytes, bytes_ - at);
    if (at + count > received_) return {};
    const auto block = image.subspan(static_cast<size_t>(at), static_cast<size_t>(count));
    THIMBLE_RETURN_IF_ERROR(model.check_block(blocks_, block));
  }
  is_whole_ = true;
  return {};
}

Status ModelUpload::finish() {
  if (label_ == nullptr) return Status::error(Code::kNotReady, "upload");
  if (is_whole_) {
    label_ = nullptr;
    return {};
  }
  const Status status = Status::error(Code::kTruncated, "file").got(received_, bytes_);
  abandon();
  return status;
}

// A partition that was begun reads as empty. Where even that fails, opening it finds the damage.
void ModelUpload::abandon() {
  if (label_ != nullptr && erased_ > 0) (void)port::erase_flash(partition_, 0, port::kFlashSectorBytes);
  label_ = nullptr;
}

bool ModelUpload::end_if_too_slow(uint64_t now_us) {
  if (label_ == nullptr || !pace_.is_too_slow(now_us)) return false;
  abandon();
  return true;
}

}  // namespace thimble::update
