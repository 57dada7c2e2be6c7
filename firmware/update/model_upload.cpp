#include "firmware/update/model_upload.h"

#include <algorithm>

#include "thimble/model.h"

namespace thimble::update {

Status ModelUpload::begin(ModelStore& store, uint64_t bytes, uint64_t now_us) {
  if (store_ != nullptr) return Status::error(Code::kNotReady, "upload under way");
  THIMBLE_RETURN_IF_ERROR(store.begin(bytes));
  if (bytes < kHeaderBytes) return Status::error(Code::kTruncated, "file").got(bytes, kHeaderBytes);
  store_ = &store;
  bytes_ = bytes;
  received_ = 0;
  check_at_ = kCheckBytes;
  is_whole_ = false;
  pace_.start(now_us);
  return {};
}

Status ModelUpload::add(std::span<const std::byte> bytes, uint64_t now_us) {
  if (store_ == nullptr) return Status::error(Code::kNotReady, "upload");
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
  THIMBLE_RETURN_IF_ERROR(store_->append(bytes));
  received_ += bytes.size();
  return {};
}

// Every so often, and at the end.
Status ModelUpload::check_new() {
  if (received_ < kHeaderBytes || (received_ < check_at_ && received_ < bytes_)) return {};
  check_at_ = received_ + kCheckBytes;
  return store_->check(&is_whole_);
}

Status ModelUpload::finish() {
  if (store_ == nullptr) return Status::error(Code::kNotReady, "upload");
  const Status status = is_whole_ ? store_->keep() : Status::error(Code::kTruncated, "file").got(received_, bytes_);
  if (!status.ok()) abandon();
  store_ = nullptr;
  return status;
}

void ModelUpload::abandon() {
  if (store_ != nullptr) store_->discard();
  store_ = nullptr;
}

bool ModelUpload::end_if_too_slow(uint64_t now_us) {
  if (store_ == nullptr || !pace_.is_too_slow(now_us)) return false;
  abandon();
  return true;
}

}  // namespace thimble::update
