// The part of validation that reads every weight: block checksums, padding, and finite values.

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/quantized_layout.h"
#include "base/streaming.h"
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

// Padding behind `used` bytes of a row.
Status check_row_end(const std::byte* row, size_t used, const TensorView& view, uint32_t tensor) {
  return check_zero(row + used, row + view.row_bytes, tensor);
}

// Rows of f32, f16 and q16.
Status check_plain_rows(const TensorView& view, uint32_t tensor) {
  const bool f32 = view.type == DType::kF32;
  for (uint32_t r = 0; r < view.rows; ++r) {
    const std::byte* row = view.data + size_t{r} * view.row_bytes;
    for (size_t c = 0; c < view.cols && view.type != DType::kQ16; ++c) {
      // an exponent of ones: infinite, or not a number
      const bool finite =
          f32 ? (load_u32(row + c * 4) & 0x7f800000) != 0x7f800000 : (load_u16(row + c * 2) & 0x7c00) != 0x7c00;
      if (!finite) return Status::error(Code::kNonFinite, "weight of tensor").at(tensor);
    }
    THIMBLE_RETURN_IF_ERROR(check_row_end(row, size_t{view.cols} * (f32 ? 4 : 2), view, tensor));
  }
  return {};
}

// Padding in the panels of q8 and q4. Every pattern of their bits is a number.
Status check_panels(const TensorView& view, uint32_t tensor) {
  const bool q4 = view.type == DType::kQ4;
  const PanelLayout layout = q4 ? q4_layout(view.cols) : q8_layout(view.cols);
  const size_t blocks = q4 ? q4_blocks(view.cols) : 0;
  for (uint32_t first = 0; first < view.rows; first += kPanelRows) {
    const std::byte* panel = view.data + layout.panel(first);
    const uint32_t rows = view.rows - first < kPanelRows ? view.rows - first : kPanelRows;
    THIMBLE_RETURN_IF_ERROR(check_zero(panel + rows * sizeof(uint16_t), panel + kRowScaleBytes, tensor));
    THIMBLE_RETURN_IF_ERROR(check_zero(panel + kRowScaleBytes + rows * blocks, panel + layout.header_bytes, tensor));
    for (uint32_t i = 0; i < rows; ++i) {
      const std::byte* row = view.data + layout.row(first + i);
      if (!q4) {
        THIMBLE_RETURN_IF_ERROR(check_row_end(row, view.cols, view, tensor));
        continue;
      }
      const bool one_group = (view.cols - 1) % kQ4Block < kQ4Group;  // in the last block
      const std::byte last_scales = view.data[layout.group_scales(first + i, blocks) + blocks - 1];
      bool zero = !one_group || q4_high(last_scales) == 0;
      for (size_t c = view.cols; c < blocks * kQ4Block; ++c) {
        const std::byte pair = row[c / kQ4Block * (kQ4Block / 2) + c % kQ4Group];
        zero = zero && (c % kQ4Block < kQ4Group ? q4_low(pair) : q4_high(pair)) == 0;
      }
      if (!zero) return Status::error(Code::kCorrupt, "padding of tensor").at(tensor);
    }
  }
  return {};
}

Status check_rows(const TensorView& view, uint32_t tensor) {
  switch (view.type) {
    case DType::kF32:
    case DType::kF16:
    case DType::kQ16:
      return check_plain_rows(view, tensor);
    case DType::kQ8:
    case DType::kQ4:
      return check_panels(view, tensor);
  }
  return {};
}

// Of a block of the payload, against the one of these sums that is its.
Status check_sum(uint32_t block, std::span<const std::byte> bytes, std::span<const std::byte> sums) {
  // A second loop pays where blocks arrive all the time.
  const uint32_t sum = kStreaming ? checksum32_of_words(bytes) : checksum32(bytes);
  if (sum == load_u32(sums.data() + size_t{block} * sizeof(uint32_t))) return {};
  return Status::error(Code::kCorrupt, "checksum of payload block").at(block);
}

}  // namespace

Status Model::check_block(uint32_t block, std::span<const std::byte> bytes) const {
  const uint64_t at = uint64_t{block} * kBlockBytes;
  const uint64_t left = at < weight_bytes() ? weight_bytes() - at : 0;
  const uint64_t expected = left < kBlockBytes ? left : kBlockBytes;
  if (expected == 0 || bytes.size() != expected) {
    return Status::error(Code::kInvalidArgument, "payload block").at(block).got(bytes.size(), expected);
  }
  return check_sum(block, bytes, block_sums_);
}

Status Model::verify(ProgressFn progress, void* context) const {
  if (!is_open()) return Status::error(Code::kNotReady, "model");
  if (!has_weights()) return Status::error(Code::kNotReady, "weights");
  const std::span<const std::byte> data = image_.subspan(data_at_);
  for (size_t at = 0, block = 0; at < data.size(); at += kBlockBytes, ++block) {
    const size_t left = data.size() - at;
    const auto bytes = data.subspan(at, left < kBlockBytes ? left : kBlockBytes);
    THIMBLE_RETURN_IF_ERROR(check_sum(static_cast<uint32_t>(block), bytes, block_sums_));
    if (progress != nullptr) progress(context, at + bytes.size(), data.size());
  }
  const std::byte* end = data.data();
  for (uint32_t i = 0; i < tensor_count_; ++i) {
    const TensorView view = tensor_at(i, nullptr, nullptr);
    THIMBLE_RETURN_IF_ERROR(check_zero(end, view.data, i));
    THIMBLE_RETURN_IF_ERROR(check_rows(view, i));
    end = view.data + view.bytes;
  }
  return {};
}

}  // namespace thimble
