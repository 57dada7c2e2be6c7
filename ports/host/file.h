// Files of a desktop: reading whole ones, and writing one so that it is either complete or not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "ports/host/large_memory.h"

namespace thimble::host {

// A refusal by the operating system as one complete line: "stories.thm: no such file; check the path".
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Tells a file from others, and whether it was written to.
struct FileState {
  uint64_t device = 0;  // 0 and 0: no file
  uint64_t number = 0;  // on the device
  uint64_t bytes = 0;
  int64_t written_at = 0;  // nanoseconds
};

// The bytes of a file, read-only, aligned to 64 bytes at least. Regular files are mapped; pipes are read into
// memory. Reading what somebody else cut off a mapped file ends the program with a line that says so.
class MappedFile {
 public:
  MappedFile() = default;
  // Throws Error: missing, unreadable, a folder, a device, empty.
  explicit MappedFile(const std::string& path);

  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }
  const std::string& path() const { return path_; }

  // Copies the bytes onto large pages and gives the mapping of the file back: for what is read over and over from
  // beyond the processor's caches. Views of bytes() end. Throws Error: no memory.
  void move_to_large_pages();

  // Throws Error when somebody wrote to the file in place since it was opened: the bytes are not those that were
  // checked. A new file under the old name is no concern, since the mapping keeps the old one.
  void check_unchanged() const;

 private:
  void map(int descriptor, size_t size);
  void read(int descriptor);

  std::string path_;
  std::shared_ptr<const std::byte> data_;
  size_t size_ = 0;
  FileState state_;  // of a mapped file
};

// Everything on standard input, up to its end. Throws Error.
std::string read_all_stdin();

bool is_folder(const std::string& path);
bool exists(const std::string& path);
// Makes the folder unless it is there. Throws Error: the folder around it is missing, not writable, a file.
void create_folder(const std::string& path);
// Whether both paths lead to one file.
bool same_file(const std::string& a, const std::string& b);

// A file that appears under its name only when it is complete. The bytes go to a temporary beside the target,
// which commit() flushes to the disk and renames; without a commit it is removed, on SIGINT, SIGTERM and SIGHUP
// too. A target that is a pipe or a device is written directly. One AtomicFile at a time.
class AtomicFile {
 public:
  // Throws Error: a folder that is missing or not writable, a target that is a folder.
  explicit AtomicFile(const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  // Whether the target is a file, which can be mapped; pipes and devices cannot.
  bool is_regular() const { return !temporary_.empty(); }
  // In the place of write(), once, where the target is_regular(): `bytes` zeros that are the file, up to commit().
  // Throws Error: no space.
  std::span<std::byte> map(uint64_t bytes);

  // Throw Error: no space, input/output error.
  void write(std::span<const std::byte> bytes);
  void commit();

 private:
  void create_temporary(unsigned mode);
  void discard();

  std::string path_;       // as given, for messages
  std::string target_;     // where the name leads, symbolic links followed
  std::string temporary_;  // empty: written directly
  int descriptor_ = -1;
  LargeMemory mapping_;
};

// Removes the temporary that an AtomicFile is writing, for a signal handler that is about to end the program.
void remove_unfinished_file();

// "PATH: no such file; check the path" for an errno value; `action` ("cannot be read") names what failed where the
// error has no plainer text.
[[noreturn]] void throw_system_error(const std::string& path, int error, const char* action);

}  // namespace thimble::host
