// Memory for what may be larger than the machine's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace thimble::host {

// Whether a program that asks for pages of 2 MiB in the place of 4 KiB may get them: Linux, unless its administrator
// turned them off.
bool has_large_pages();

// Zeros, on pages of their own, large ones where the system has them, that may lie in a file: the system writes them
// out when memory gets short. The blocks on the disk are taken at once, so that a full disk is an error at the start,
// and no signal at some access later.
class LargeMemory {
 public:
  LargeMemory() = default;
  // Of the machine, where that leaves half of its memory to others; else of a file without a name in the folder
  // TMPDIR, or in /var/tmp. `what` begins the messages. Throws Error.
  LargeMemory(uint64_t bytes, const std::string& what);
  // The file behind `descriptor`: empty, and open for reading and writing. `path`: for messages. Throws Error.
  LargeMemory(int descriptor, uint64_t bytes, const std::string& path);
  LargeMemory(LargeMemory&& other) noexcept { *this = std::move(other); }
  LargeMemory& operator=(LargeMemory&& other) noexcept;
  ~LargeMemory() { release(); }

  std::span<std::byte> span() { return {data_, size_}; }
  std::span<const std::byte> span() const { return {data_, size_}; }
  bool in_file() const { return in_file_; }

  // Brings the bytes to the file, and gives the memory back. Throws Error.
  void finish(const std::string& path);

 private:
  void map(int descriptor, uint64_t bytes, const std::string& what);
  void release();

  std::byte* data_ = nullptr;
  size_t size_ = 0;
  bool in_file_ = false;
};

}  // namespace thimble::host
