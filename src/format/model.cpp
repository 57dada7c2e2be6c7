#include "thimble/model.h"

#include "base/bytes.h"
#include "format/reader.h"

namespace thimble {

Status Model::open_head(std::span<const std::byte> head, uint64_t total_bytes) {
  *this = Model();
  return ModelReader(head, total_bytes).read(this);
}

Status Model::open_tables(std::span<const std::byte> tables, uint64_t total_bytes) {
  *this = Model();
  if constexpr (kStreaming) {
    const Result<TableParts> parts = table_parts(tables);
    if (!parts.ok()) return parts.status();
    if (parts->back_bytes == 0) return open_head(tables, total_bytes);
    return ModelReader(tables, total_bytes, ModelReader::Held::kTables).read(this);
  }
  return Status::error(Code::kUnsupported, "vocabulary outside (THIMBLE_STREAMING)");
}

Result<uint64_t> Model::image_bytes(std::span<const std::byte> head) {
  ModelReader reader(head, head.size());
  THIMBLE_RETURN_IF_ERROR(reader.read_header());
  return reader.stated_bytes();
}

Result<uint64_t> Model::head_bytes(std::span<const std::byte> head) {
  ModelReader reader(head, head.size());
  THIMBLE_RETURN_IF_ERROR(reader.read_header());
  THIMBLE_RETURN_IF_ERROR(reader.find_section_table());
  return reader.stated_head_bytes();
}

Result<TableParts> Model::table_parts(std::span<const std::byte> head) {
  ModelReader reader(head, head.size());
  THIMBLE_RETURN_IF_ERROR(reader.read_header());
  THIMBLE_RETURN_IF_ERROR(reader.find_section_table());
  return reader.table_parts();
}

bool Model::has_vocabulary() const { return is_open() && vocab_.size() == vocabulary_place().bytes; }

SectionPlace Model::vocabulary_place() const {
  namespace s = format::section;
  if (!is_open()) return {};
  const std::byte* entry = image_.data() + format::kHeaderBytes;
  SectionPlace place;
  while (load_u32(entry + s::kKindAt) != s::kVocab) {
    entry += format::kSectionEntryBytes;
    ++place.index;
  }
  place.offset = load_u64(entry + s::kOffsetAt);
  place.bytes = load_u64(entry + s::kBytesAt);
  place.checksum = load_u32(entry + s::kChecksumAt);
  return place;
}

TensorView Model::tensor(Role role, uint32_t layer) const {
  if (!is_open() || static_cast<int>(role) >= kRoleCount) return {};
  if (in_layer(role) && layer >= config_.n_layers) return {};
  return tensor_at(tensor_index(config_, role, layer), nullptr, nullptr);
}

TensorView Model::tensor_at(uint32_t index, Role* role, uint32_t* layer) const {
  if (index >= tensor_count_) return {};
  // The directory was checked to hold exactly the expected shapes; only types and offsets are its own.
  const std::byte* entry = tensors_.data() + size_t{index} * format::kTensorEntryBytes;
  const TensorShape shape = expected_tensor(config_, index);
  if (role != nullptr) *role = shape.role;
  if (layer != nullptr) *layer = shape.layer;
  TensorView view;
  const uint64_t offset = load_u64(entry + format::tensor::kOffsetAt);
  if (has_weights()) view.data = image_.data() + data_at_ + offset;
  view.offset = data_at_ + offset;
  view.type = static_cast<DType>(entry[format::tensor::kTypeAt]);
  view.exponent = static_cast<int8_t>(entry[format::tensor::kExponentAt]);
  view.rows = shape.rows;
  view.cols = shape.cols;
  view.row_bytes = row_bytes(view.type, view.cols);
  view.bytes = load_u64(entry + format::tensor::kBytesAt);
  return view;
}

uint64_t Model::parameter_count() const {
  uint64_t count = 0;
  for (uint32_t i = 0; i < tensor_count_; ++i) {
    const TensorView view = tensor_at(i, nullptr, nullptr);
    count += uint64_t{view.rows} * view.cols;
  }
  return count;
}

uint64_t Model::weight_bytes() const {
  return is_open() ? load_u64(image_.data() + format::header::kTotalBytesAt) - data_at_ : 0;
}

uint64_t Model::rope_step(uint32_t pair) const {
  if (pair >= config_.head_dim / 2 || !is_open()) return 0;
  return load_u64(rope_.data() + size_t{pair} * sizeof(uint64_t));
}

}  // namespace thimble
