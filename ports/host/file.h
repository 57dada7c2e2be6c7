// Files of a desktop: reading whole ones, and writing one so that it is either complete or not there.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

namespace thimble::host {

// A refusal by the operating system as one complete line: "stories.thm: no such file; check the path".
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The bytes of a file, read-only, aligned to 64 bytes at least. Regular files are mapped; pipes are read into
// memory. A mapped file must not be cut short while it is in use: reading behind its new end ends the program.
class MappedFile {
 public:
  MappedFile() = default;
  // Throws Error: missing, unreadable, a folder, a device, empty.
  explicit MappedFile(const std::string& path);

  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }
  const std::string& path() const { return path_; }

 private:
  void map(int descriptor, size_t size);
  void read(int descriptor);

  std::string path_;
  std::shared_ptr<const std::byte> data_;
  size_t size_ = 0;
};

// Everything on standard input, up to its end. Throws Error.
std::string read_all_stdin();

bool is_folder(const std::string& path);
bool exists(const std::string& path);
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
};

// "PATH: no such file; check the path" for an errno value; `action` ("cannot be read") names what failed where the
// error has no plainer text.
[[noreturn]] void throw_system_error(const std::string& path, int error, const char* action);

}  // namespace thimble::host
