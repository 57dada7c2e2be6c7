// What is written to a chip's flash, and how esptool is told. The notation is flasher_args.json, which every build of
// ESP-IDF leaves in its folder, so that `thimble flash` takes such a folder as well as one of `thimble image`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::tools {

inline constexpr const char* kFlashSetFile = "flasher_args.json";

struct FlashFile {
  uint64_t offset = 0;
  std::string path;  // in the folder
};

struct FlashSet {
  std::string chip;           // "esp32s3"
  std::string mode = "keep";  // of the flash, for the bootloader's header: "dio"; keep: as the file has it
  std::string frequency = "keep";
  std::string size;              // "16MB"
  std::vector<FlashFile> files;  // by offset
  std::string table_path;        // the file among them that is the partition table; empty: none
};

// `text`: of flasher_args.json. `name` stands in messages. Throws Error.
FlashSet parse_flash_set(std::string_view text, const std::string& name);
std::string flash_set_text(const FlashSet& set);

// Options and commands have underscores in esptool 4, hyphens in esptool 5.
enum class EsptoolSpelling : uint8_t { kUnderscores, kHyphens };

// Of the esptool that answers `esptool version` with that text.
EsptoolSpelling esptool_spelling(std::string_view version);

// The arguments of esptool that write `set` from `folder`.
std::vector<std::string> esptool_arguments(const FlashSet& set, const std::string& folder, const std::string& port,
                                           uint32_t baud, EsptoolSpelling spelling);

std::string flash_size_name(uint64_t bytes);         // "16MB"
uint64_t flash_size_bytes(const std::string& name);  // 0: no such size
std::string offset_text(uint64_t offset);            // "0x10000"

}  // namespace thimble::tools
