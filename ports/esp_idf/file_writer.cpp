#include "ports/file_writer.h"

#include "ports/esp_idf/card_file.h"

namespace thimble::port {

Status create_file(const char* path, uint64_t bytes) {
  if (!esp_idf::is_on_card(path)) return Status::error(Code::kUnsupported, "card");
  return esp_idf::create_on_card(path, bytes);
}
Status write_file(uint64_t offset, std::span<const std::byte> bytes) { return esp_idf::write_on_card(offset, bytes); }
Status read_back(uint64_t offset, std::span<std::byte> out) { return esp_idf::read_back_on_card(offset, out); }
Status finish_file() { return esp_idf::finish_on_card(); }
void discard_file() { esp_idf::discard_on_card(); }
Status remove_file(const char* path) {
  if (!esp_idf::is_on_card(path)) return Status::error(Code::kUnsupported, "card");
  return esp_idf::remove_on_card(path);
}

}  // namespace thimble::port
