#include "tools/flash/partition_table.h"

#include <algorithm>
#include <charconv>

#include "tools/error.h"
#include "tools/flash/embedded_files.h"
#include "tools/flash/flash_set.h"

namespace thimble::tools {
namespace {

// A binary entry, little-endian: magic u16, type u8, subtype u8, offset u32, size u32, label of 16 bytes, flags u32.
constexpr size_t kEntryBytes = 32;
constexpr size_t kLabelAt = 12;
constexpr size_t kLabelBytes = 16;
constexpr uint32_t kEntryMagic = 0x50AA;
constexpr uint32_t kChecksumMagic = 0xEBEB;
constexpr uint32_t kEndMagic = 0xFFFF;
constexpr uint32_t kAppType = 0;

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// Cuts `text` behind its first `separator` and returns what stood in front.
std::string_view take_until(std::string_view* text, char separator) {
  const size_t end = std::min(text->find(separator), text->size());
  const std::string_view taken = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return taken;
}

uint64_t hexadecimal(std::string_view text, const std::string& where) {
  uint64_t value = 0;
  const bool prefixed = text.starts_with("0x");
  if (prefixed) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (!prefixed || error != std::errc() || end != text.data() + text.size()) {
    throw Error(where + ": \"" + std::string(text) + "\" is no offset or size; write it as 0x10000");
  }
  return value;
}

uint32_t little_endian(std::span<const std::byte> bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = count; i-- > 0;) value = value << 8 | std::to_integer<uint32_t>(bytes[at + i]);
  return value;
}

Partition parse_entry(std::span<const std::byte> entry) {
  std::string label;
  for (size_t i = 0; i < kLabelBytes && entry[kLabelAt + i] != std::byte{0}; ++i) {
    label += static_cast<char>(entry[kLabelAt + i]);
  }
  return {label, little_endian(entry, 2, 1) == kAppType, little_endian(entry, 4, 4), little_endian(entry, 8, 4)};
}

}  // namespace

std::string partition_csv(uint64_t flash_bytes, bool network) {
  const std::string megabytes = std::to_string(flash_bytes >> 20);
  const std::string kind = network ? "partitions_network" : "partitions";
  const std::string wanted = megabytes == "4" ? kind : kind + "_" + megabytes + "mb";
  for (const EmbeddedFile& file : embedded_partition_tables()) {
    if (wanted == file.name) return file.text;
  }
  throw Error("the firmware has no partition table for " + flash_size_name(flash_bytes) +
              " of flash; add firmware/storyteller/" + wanted + ".csv");
}

PartitionTable parse_partition_csv(std::string_view csv, const std::string& name) {
  PartitionTable table;
  while (!csv.empty()) {
    std::string_view line = trimmed(take_until(&csv, '\n'));
    if (line.empty() || line[0] == '#') continue;
    Partition partition;
    partition.label = trimmed(take_until(&line, ','));
    partition.is_app = trimmed(take_until(&line, ',')) == "app";
    take_until(&line, ',');  // the subtype
    const std::string where = name + ": partition " + partition.label;
    partition.offset = hexadecimal(trimmed(take_until(&line, ',')), where);
    partition.bytes = hexadecimal(trimmed(take_until(&line, ',')), where);
    table.push_back(partition);
  }
  return table;
}

PartitionTable parse_partition_table(std::span<const std::byte> bytes, const std::string& name) {
  PartitionTable table;
  for (; bytes.size() >= kEntryBytes; bytes = bytes.subspan(kEntryBytes)) {
    const uint32_t magic = little_endian(bytes, 0, 2);
    if (magic == kChecksumMagic || magic == kEndMagic) return table;
    if (magic != kEntryMagic) break;
    table.push_back(parse_entry(bytes.first(kEntryBytes)));
  }
  throw Error(name + ": is no partition table of ESP-IDF; build the program again");
}

void check_room(const PartitionTable& table, uint64_t table_offset, uint64_t offset, uint64_t bytes,
                const std::string& name, const std::string& remedy) {
  Partition room = {"of the bootloader", false, 0, table_offset};
  if (offset >= table_offset) {
    room = {"of the table itself", false, table_offset, kSectorBytes};
    const auto holds = [&](const Partition& p) { return p.offset <= offset && offset < p.offset + p.bytes; };
    const auto found = std::ranges::find_if(table, holds);
    if (found != table.end()) room = *found;
  }
  const uint64_t end = room.offset + room.bytes;
  if (offset >= end) throw Error(name + ": no partition holds " + offset_text(offset) + "; " + remedy);
  if (bytes <= end - offset) return;
  throw Error(name + ": has " + std::to_string(bytes) + " bytes, " + std::to_string(bytes - (end - offset)) +
              " more than the partition " + room.label + " holds; " + remedy);
}

const Partition* find_partition(const PartitionTable& table, std::string_view label) {
  const auto found = std::ranges::find(table, label, &Partition::label);
  return found == table.end() ? nullptr : &*found;
}

}  // namespace thimble::tools
