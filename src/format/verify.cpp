// The part of validation that reads every weight: block checksums, padding, and finite values.

#include "base/bytes.h"
#include "base/checksum.h"
#include "format/layout.h"
#include "thimble/model.h"

namespace thimble {
namespace {

Status check_zero(const std::byte* from, const std::byte* to, uint32_t tensor) {
  for (; from != to; ++from) {
    if (*from != std::byte{0}) return Status::error(Code::kCorrupt, "padding of tensor").at(tensor);
  }
  return {};
}

Status check_rows(const TensorView& view, uint32_t tensor) {
  constexpr uint32_t kExponent = 0x7f800000;
  for (uint32_t r = 0; r < view.rows; ++r) {
    const std::byte* row = view.data + size_t{r} * view.row_bytes;
    for (uint32_t c = 0; c < view.cols; ++c) {
      if ((load_u32(row + size_t{c} * 4) & kExponent) == kExponent) {
        return Status::error(Code::kNonFinite, "weight of tensor").at(tensor);
      }
    }
    THIMBLE_RETURN_IF_ERROR(check_zero(row + size_t{view.cols} * 4, row + view.row_bytes, tensor));
  }
  return {};
}

}  // namespace

Status Model::verify(ProgressFn progress, void* context) const {
  if (!is_open()) return Status::error(Code::kNotReady, "model");
  for (size_t at = 0, block = 0; at < data_.size(); at += format::kBlockBytes, ++block) {
    const size_t left = data_.size() - at;
    const auto bytes = data_.subspan(at, left < format::kBlockBytes ? left : format::kBlockBytes);
    if (checksum32(bytes) != load_u32(block_sums_.data() + block * 4)) {
      return Status::error(Code::kCorrupt, "checksum of payload block").at(block);
    }
    if (progress != nullptr) progress(context, at + bytes.size(), data_.size());
  }
  const std::byte* end = data_.data();
  for (uint32_t i = 0; i < tensor_count_; ++i) {
    const TensorView view = tensor_at(i, nullptr, nullptr);
    THIMBLE_RETURN_IF_ERROR(check_zero(end, view.data, i));
    THIMBLE_RETURN_IF_ERROR(check_rows(view, i));
    end = view.data + view.bytes;
  }
  return {};
}

}  // namespace thimble
