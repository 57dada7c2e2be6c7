#include "thimble/model.h"

#include "base/bytes.h"
#include "format/reader.h"

namespace thimble {

Status Model::open(std::span<const std::byte> image) {
  *this = Model();
  return ModelReader(image).read(this);
}

Result<uint64_t> Model::image_bytes(std::span<const std::byte> head) {
  ModelReader reader(head);
  THIMBLE_RETURN_IF_ERROR(reader.read_header());
  return reader.stated_bytes();
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
  view.data = data_.data() + load_u64(entry + format::tensor::kOffsetAt);
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

uint64_t Model::rope_step(uint32_t pair) const {
  if (pair >= config_.head_dim / 2 || !is_open()) return 0;
  return load_u64(rope_.data() + size_t{pair} * sizeof(uint64_t));
}

}  // namespace thimble
