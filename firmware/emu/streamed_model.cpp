#include "firmware/emu/streamed_model.h"

#include "base/streaming.h"

namespace thimble::emu {

Status StreamedModel::open(const char* path, FreeMemory* memory, Model* model) {
  // So that the linker leaves all of it out of images whose core is measured without it.
  if constexpr (!kStreaming) return Status::error(Code::kUnsupported, "THIMBLE_STREAMING");
  THIMBLE_RETURN_IF_ERROR(port::open_storage(path, &storage_));
  alignas(kBlockAlignment) std::array<std::byte, Model::kTableBytes> table;
  const std::span<std::byte> front = std::span(table).first(
      static_cast<size_t>(storage_.bytes < table.size() ? storage_.bytes : uint64_t{table.size()}));
  THIMBLE_RETURN_IF_ERROR(read(this, 0, front));
  const auto parts = Model::table_parts(front);
  if (!parts.ok()) return parts.status();
  const std::span<std::byte> tables = memory->take(static_cast<size_t>(parts->bytes()));
  if (tables.size() < parts->bytes()) {
    return Status::error(Code::kOutOfMemory, "tables of the model").got(tables.size(), parts->bytes());
  }
  const auto front_bytes = static_cast<size_t>(parts->front_bytes);
  THIMBLE_RETURN_IF_ERROR(read(this, 0, tables.first(front_bytes)));
  THIMBLE_RETURN_IF_ERROR(read(this, parts->back_at, tables.subspan(front_bytes)));
  tables_ = tables;
  return model->open_tables(tables, storage_.bytes);
}

Status StreamedModel::read(void* self, uint64_t offset, std::span<std::byte> out) {
  auto* model = static_cast<StreamedModel*>(self);
  port::Read read;
  THIMBLE_RETURN_IF_ERROR(port::begin_read(&model->storage_, offset, out, &read));
  return port::wait_read(&read);
}

Status StreamedModel::begin(void* self, uint32_t slot, uint64_t offset, std::span<std::byte> out) {
  auto* model = static_cast<StreamedModel*>(self);
  return port::begin_read(&model->storage_, offset, out, &model->reads_[slot]);
}

Status StreamedModel::wait(void* self, uint32_t slot) {
  return port::wait_read(&static_cast<StreamedModel*>(self)->reads_[slot]);
}

}  // namespace thimble::emu
