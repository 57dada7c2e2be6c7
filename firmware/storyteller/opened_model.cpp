#include "firmware/storyteller/opened_model.h"

#include <algorithm>

namespace thimble::storyteller {
namespace {

constexpr size_t kReadBytes = 64 * 1024;  // between two yields: a fifteenth of a second from a card over SPI

// What an erased flash holds.
bool is_erased(std::span<const std::byte> head) {
  return std::all_of(head.begin(), head.end(), [](std::byte b) { return b == std::byte{0xff}; });
}

Status absent() { return Status::error(Code::kNotReady, "model"); }

}  // namespace

Status OpenedModel::open(ModelSource* source, std::span<const std::byte> built_in, EngineMemory* memory) {
  close();
  memory->release();
  switch (source->kind) {
    case ModelSource::Kind::kFile:
      return open_file(source->name, memory, &source->bytes);
    case ModelSource::Kind::kPartition:
      return open_partition(port::map_partition(source->name), &source->bytes);
    case ModelSource::Kind::kBuiltIn:
      break;
  }
  source->bytes = built_in.size();
  return open_mapped(built_in);
}

void OpenedModel::close() {
  model_ = {};
  if (is_file()) port::close_storage(&file_);
}

Status OpenedModel::open_mapped(std::span<const std::byte> image) {
  THIMBLE_RETURN_IF_ERROR(model_.open(image));
  return model_.verify([](void*, uint64_t, uint64_t) { port::yield(); });
}

// A partition is larger than the model in it.
Status OpenedModel::open_partition(std::span<const std::byte> partition, uint64_t* bytes) {
  if (partition.empty() || is_erased(partition.first(std::min<size_t>(partition.size(), 128)))) return absent();
  const Result<uint64_t> length = Model::image_bytes(partition);
  if (!length.ok()) return length.status();
  *bytes = *length;
  if (*length > partition.size()) return Status::error(Code::kTruncated, "partition").got(partition.size(), *length);
  return open_mapped(partition.first(static_cast<size_t>(*length)));
}

// The head is read twice: its first bytes say how long it is.
Status OpenedModel::open_file(const char* path, EngineMemory* memory, uint64_t* bytes) {
  if (!port::open_storage(path, &file_).ok()) return absent();
  std::span<std::byte> table;
  THIMBLE_RETURN_IF_ERROR(read_start(std::min<uint64_t>(Model::kTableBytes, file_.bytes), memory, &table));
  const Result<uint64_t> length = Model::image_bytes(table);
  if (!length.ok()) return length.status();
  *bytes = *length;
  if (*length != file_.bytes) return Status::error(Code::kTruncated, "file").got(file_.bytes, *length);
  const Result<uint64_t> head_bytes = Model::head_bytes(table);
  if (!head_bytes.ok()) return head_bytes.status();

  std::span<std::byte> head;
  THIMBLE_RETURN_IF_ERROR(read_start(*head_bytes, memory, &head));
  reader_ = {[](void* self, uint64_t offset, std::span<std::byte> out) {
               return static_cast<OpenedModel*>(self)->read(offset, out);
             },
             this};
  return model_.open_head(head, file_.bytes);
}

// The first bytes of the file, in memory that takes the place of what was taken before.
Status OpenedModel::read_start(uint64_t bytes, EngineMemory* memory, std::span<std::byte>* start) {
  memory->release();
  const size_t room = memory->largest_free();
  if (bytes > room) return Status::error(Code::kOutOfMemory, "head of the model").got(room, bytes);
  *start = memory->take(static_cast<size_t>(bytes));
  return read(0, *start);
}

Status OpenedModel::read(uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const auto part = out.first(std::min(out.size(), kReadBytes));
    port::Read under_way;
    THIMBLE_RETURN_IF_ERROR(port::begin_read(&file_, offset, part, &under_way));
    THIMBLE_RETURN_IF_ERROR(port::wait_read(&under_way));
    port::yield();
    offset += part.size();
    out = out.subspan(part.size());
  }
  return {};
}

}  // namespace thimble::storyteller
