// How a chip's flash is divided. The tables of the firmware are files (firmware/storyteller/partitions*.csv), in the
// notation of ESP-IDF with every offset and size written out; what a build of ESP-IDF has made of its own table is
// binary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::tools {

struct Partition {
  std::string label;
  bool is_app = false;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

using PartitionTable = std::vector<Partition>;

inline constexpr const char* kModelLabel = "model";
inline constexpr uint64_t kSectorBytes = 4096;  // the least that flash can erase

// The text of the table for a flash of that size, and the table. `network`: of a program that is reached over one, with
// two models and, from 8 MB on, two programs. Throws Error where the firmware has none.
std::string partition_csv(uint64_t flash_bytes, bool network);
PartitionTable parse_partition_csv(std::string_view csv, const std::string& name);

// `bytes`: of partition-table.bin. `name` stands in messages. Throws Error.
PartitionTable parse_partition_table(std::span<const std::byte> bytes, const std::string& name);

// Throws Error, which says by how many bytes, when a file at `offset` does not fit into its partition; in front of the
// partitions lie the bootloader, which ends before the table, and the table itself. `name` and `remedy` stand in the
// message.
void check_room(const PartitionTable& table, uint64_t table_offset, uint64_t offset, uint64_t bytes,
                const std::string& name, const std::string& remedy);

// Null: there is none of that label.
const Partition* find_partition(const PartitionTable& table, std::string_view label);

}  // namespace thimble::tools
