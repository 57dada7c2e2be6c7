#include "firmware/update/partition_store.h"

#include <algorithm>

#include "thimble/model.h"

namespace thimble::update {

Status PartitionStore::begin(uint64_t bytes) {
  const Result<port::FlashPartition> partition = port::find_flash(label_);
  if (!partition.ok()) return partition.status();
  if (bytes > partition->bytes) {
    return Status::error(Code::kOutOfMemory, "partition of the model").got(partition->bytes, bytes);
  }
  partition_ = *partition;
  bytes_ = bytes;
  written_ = erased_ = 0;
  blocks_ = 0;
  return {};
}

Status PartitionStore::append(std::span<const std::byte> bytes) {
  THIMBLE_RETURN_IF_ERROR(erase_until(written_ + bytes.size()));
  THIMBLE_RETURN_IF_ERROR(port::write_flash(partition_, written_, bytes));
  written_ += bytes.size();
  return {};
}

Status PartitionStore::erase_until(uint64_t end) {
  while (erased_ < end) {
    const uint64_t count = std::min(kEraseBytes, partition_.bytes - erased_);
    THIMBLE_RETURN_IF_ERROR(port::erase_flash(partition_, erased_, count));
    erased_ += count;
  }
  return {};
}

Status PartitionStore::check(bool* whole) {
  port::FlashMapping mapping;
  THIMBLE_RETURN_IF_ERROR(port::map_flash(partition_, bytes_, &mapping));
  const Status status = check(mapping.bytes, whole);
  port::unmap_flash(&mapping);
  return status;
}

// All in front of the weights, once it is there, and each block of them.
Status PartitionStore::check(std::span<const std::byte> image, bool* whole) {
  const Result<uint64_t> head = Model::head_bytes(image.first(static_cast<size_t>(written_)));
  if (!head.ok()) return head.status();
  if (written_ < *head) return {};
  Model model;
  THIMBLE_RETURN_IF_ERROR(model.open_head(image.first(static_cast<size_t>(*head)), bytes_));
  for (; blocks_ < model.block_count(); ++blocks_) {
    const uint64_t at = model.data_offset() + uint64_t{blocks_} * Model::kBlockBytes;
    const uint64_t count = std::min<uint64_t>(Model::kBlockBytes, bytes_ - at);
    if (at + count > written_) return {};
    const auto block = image.subspan(static_cast<size_t>(at), static_cast<size_t>(count));
    THIMBLE_RETURN_IF_ERROR(model.check_block(blocks_, block));
  }
  *whole = true;
  return {};
}

void PartitionStore::discard() {
  if (erased_ > 0) (void)port::erase_flash(partition_, 0, port::kFlashSectorBytes);
}

}  // namespace thimble::update
