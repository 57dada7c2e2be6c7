// The boards that images are made for, as boards/*.json describe them; boards/README.md says what each key means. Read
// here is what images need.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace thimble::tools {

struct Chip {
  std::string id;                   // as esptool and ESP-IDF spell it: "esp32s3"
  std::string name;                 // as people do: "ESP32-S3"
  uint64_t mapped_flash_bytes = 0;  // the most flash that data can be mapped from at once
};

struct Board {
  std::string name;   // "esp32-s3-n16r8"
  std::string title;  // which hardware that is
  Chip chip;
  uint64_t flash_bytes = 0;
};

// All names, in order of the alphabet.
std::vector<std::string> board_names();

// `name`: one of board_names().
Board find_board(const std::string& name);

}  // namespace thimble::tools
