// Lays out the sections of a .thm image and writes what surrounds them: header, section table, checksums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thimble/model.h"
#include "tools/convert/convert.h"

namespace thimble::tools {

// Use: add the sections in file order, allocate, fill DATA, seal; what has changed afterwards takes another seal.
class ImageWriter {
 public:
  // A section whose bytes are known.
  void add(uint32_t kind, bool required, std::vector<std::byte> bytes);
  // SUMS and DATA, which end every image: only their sizes are known yet.
  void add_data(uint64_t data_bytes);

  // Of the sections that were added, with what surrounds them.
  uint64_t file_bytes() const;

  // Asks `memory`, which must outlive the writer's use of it.
  void allocate(const ImageMemory& memory);
  std::span<std::byte> data();  // DATA, zeroed; after allocate()
  // Other bytes, of the same number, for a section that was added. After allocate().
  void replace(uint32_t kind, std::span<const std::byte> bytes);

  // Writes checksums, section table and header: the image is valid until something changes.
  void seal(const ModelConfig& config);
  std::span<const std::byte> image() const { return image_; }

 private:
  struct Section {
    uint32_t kind = 0;
    bool required = true;
    uint64_t size = 0;
    uint64_t offset = 0;
    std::vector<std::byte> bytes;  // empty for SUMS and DATA
  };

  std::span<std::byte> body(const Section& section);
  void write_block_sums();
  void write_section_table();
  uint16_t minor(uint32_t vocab_size);
  void write_header(const ModelConfig& config);

  std::vector<Section> sections_;
  std::span<std::byte> image_;
};

}  // namespace thimble::tools
