#include "firmware/storyteller/opened_model.h"

#include <algorithm>
#include <string_view>

namespace thimble::storyteller {
namespace {

// A vocabulary in memory saves a read or two for every token; it must not take more than this of the memory.
constexpr size_t kShareOfHead = 8;

constexpr uint64_t kHeaderBytes = 128;  // which say how long a model is

// What an erased flash holds.
bool is_erased(std::span<const std::byte> head) {
  return std::all_of(head.begin(), head.end(), [](std::byte b) { return b == std::byte{0xff}; });
}

Status out_of_memory(size_t room, uint64_t bytes) {
  return Status::error(Code::kOutOfMemory, "head of the model").got(room, bytes);
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
      return open_partition(source->name, &source->bytes);
    case ModelSource::Kind::kBuiltIn:
      break;
  }
  source->bytes = built_in.size();
  return open_mapped(built_in);
}

void OpenedModel::close() {
  model_ = {};
  file_.close();
  port::unmap_flash(&mapping_);
}

Status OpenedModel::open_mapped(std::span<const std::byte> image) {
  THIMBLE_RETURN_IF_ERROR(model_.open(image));
  return model_.verify([](void*, uint64_t, uint64_t) { port::yield(); });
}

// A partition is larger than the model in it, and a chip cannot map much more than a model.
Status OpenedModel::open_partition(const char* label, uint64_t* bytes) {
  const Result<port::FlashPartition> partition = port::find_flash(label);
  if (!partition.ok()) return absent();
  THIMBLE_RETURN_IF_ERROR(port::map_flash(*partition, std::min(partition->bytes, kHeaderBytes), &mapping_));
  if (is_erased(mapping_.bytes)) return absent();
  const Result<uint64_t> length = Model::image_bytes(mapping_.bytes);
  if (!length.ok()) return length.status();
  *bytes = *length;
  if (*length > partition->bytes) return Status::error(Code::kTruncated, "partition").got(partition->bytes, *length);
  port::unmap_flash(&mapping_);
  THIMBLE_RETURN_IF_ERROR(port::map_flash(*partition, *length, &mapping_));
  return open_mapped(mapping_.bytes);
}

// Its first bytes say how long the rest is.
Status OpenedModel::open_file(const char* path, EngineMemory* memory, uint64_t* bytes) {
  const Status opened = file_.open(path);
  const bool nothing = opened.code() == Code::kReadFailed && std::string_view(opened.subject()) == "storage";
  if (!opened.ok()) return nothing ? absent() : opened;
  const auto table = memory->take(static_cast<size_t>(std::min<uint64_t>(Model::kTableBytes, file_.bytes())));
  if (table.empty()) return out_of_memory(memory->largest_free(), Model::kTableBytes);
  THIMBLE_RETURN_IF_ERROR(file_.read(0, table));
  const Result<uint64_t> length = Model::image_bytes(table);
  if (!length.ok()) return length.status();
  *bytes = *length;
  if (*length != file_.bytes()) return Status::error(Code::kTruncated, "file").got(file_.bytes(), *length);
  const Result<uint64_t> head_bytes = Model::head_bytes(table);
  if (!head_bytes.ok()) return head_bytes.status();
  const Result<TableParts> parts = Model::table_parts(table);
  if (!parts.ok()) return parts.status();
  memory->release();
  return *head_bytes <= memory->free_bytes() / kShareOfHead ? read_head(*head_bytes, memory)
                                                            : read_tables(*parts, memory);
}

Status OpenedModel::read_head(uint64_t bytes, EngineMemory* memory) {
  const auto head = memory->take(static_cast<size_t>(bytes));
  if (head.empty()) return out_of_memory(memory->largest_free(), bytes);
  THIMBLE_RETURN_IF_ERROR(file_.read(0, head));
  return model_.open_head(head, file_.bytes());
}

Status OpenedModel::read_tables(const TableParts& parts, EngineMemory* memory) {
  const size_t room = memory->largest_free();
  if (parts.bytes() > room) return out_of_memory(room, parts.bytes());
  const auto tables = memory->take(static_cast<size_t>(parts.bytes()));
  const auto front = static_cast<size_t>(parts.front_bytes);
  THIMBLE_RETURN_IF_ERROR(file_.read(0, tables.first(front)));
  THIMBLE_RETURN_IF_ERROR(file_.read(parts.back_at, tables.subspan(front)));
  return model_.open_tables(tables, file_.bytes());
}

}  // namespace thimble::storyteller
