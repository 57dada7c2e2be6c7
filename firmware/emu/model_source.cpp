#include "firmware/emu/model_source.h"

#include <cstdint>

#include "ports/port.h"

namespace thimble::emu {
namespace {

// `subject`: a string literal, as Status wants it.
Result<std::span<const std::byte>> read_file(const char* path, FreeMemory* memory, const char* subject) {
  port::Storage file;
  if (!port::open_storage(path, &file).ok()) return Status::error(Code::kReadFailed, subject);
  const auto bytes = static_cast<size_t>(file.bytes);
  const std::span<std::byte> image = memory->take(bytes);
  if (image.size() < bytes) return Status::error(Code::kOutOfMemory, subject).got(image.size(), bytes);
  port::Read read;
  Status status = port::begin_read(&file, 0, image, &read);
  if (status.ok()) status = port::wait_read(&read);
  port::close_storage(&file);
  if (!status.ok()) return Status::error(status.code(), subject).got(status.found(), status.expected());
  return std::span<const std::byte>(image);
}

}  // namespace

FreeMemory::FreeMemory() {
  const auto pieces = port::memory_pieces();
  if (!pieces.empty()) left_ = pieces[0].bytes;
}

std::span<std::byte> FreeMemory::take(size_t bytes) {
  const size_t n = bytes < left_.size() ? bytes : left_.size();
  const size_t rounded = (n + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
  const std::span<std::byte> taken = left_.first(n);
  left_ = left_.subspan(rounded < left_.size() ? rounded : left_.size());
  return taken;
}

Result<std::span<const std::byte>> find_model(const Options& options, FreeMemory* memory) {
  if (options.at == 0) return read_file(options.model, memory, "model file");
  return std::span(reinterpret_cast<const std::byte*>(options.at), options.bytes);
}

Result<std::string_view> read_prompt(const char* path, FreeMemory* memory) {
  if (path == nullptr) return std::string_view();
  const auto file = read_file(path, memory, "prompt file");
  if (!file.ok()) return file.status();
  std::string_view text(reinterpret_cast<const char*>(file->data()), file->size());
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return text;
}

}  // namespace thimble::emu
