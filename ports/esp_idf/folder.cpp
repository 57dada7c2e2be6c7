// Folders of the card. Those of file systems in flash hold models under one name each, which programs know.

#include "ports/board.h"
#include "ports/esp_idf/card_file.h"

namespace thimble::port {

const char* card_folder() { return esp_idf::card_folder(); }

Result<size_t> find_files(const char* folder, const char* ending, std::span<FileName> out) {
  if (!esp_idf::is_on_card(folder)) return Status::error(Code::kReadFailed, "storage");
  return esp_idf::find_on_card(folder, ending, out);
}

}  // namespace thimble::port
