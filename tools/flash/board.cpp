#include "tools/flash/board.h"

#include <nlohmann/json.hpp>

#include "tools/error.h"
#include "tools/flash/embedded_files.h"

namespace thimble::tools {

nlohmann::json parsed_file(const std::vector<EmbeddedFile>& files, const std::string& name) {
  for (const EmbeddedFile& file : files) {
    if (name == file.name) return nlohmann::json::parse(file.text);
  }
  throw Error(name + ": no such board or chip; see boards/");
}

std::vector<std::string> board_names() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : embedded_boards()) names.emplace_back(file.name);
  return names;
}

Board find_board(const std::string& name) {
  const nlohmann::json board = parsed_file(embedded_boards(), name);
  const std::string chip_id = board.at("chip");
  const nlohmann::json chip = parsed_file(embedded_chips(), chip_id);
  return {name,
          board.at("title"),
          {chip_id, chip.at("name"), chip.at("mapped_flash_bytes")},
          board.at("flash").at("bytes")};
}

}  // namespace thimble::tools
