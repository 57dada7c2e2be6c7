#include "ports/host/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "ports/host/mapping_guard.h"

namespace thimble::host {
namespace {

constexpr size_t kAlignment = 64;             // what the formats read in place ask for
constexpr size_t kMaxPipeBytes = 1ull << 32;  // a pipe without end must not take the machine's memory

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

FileState state_of(const struct stat& info) {
#ifdef __APPLE__
  const struct timespec& written = info.st_mtimespec;
#else
  const struct timespec& written = info.st_mtim;
#endif
  return {info.st_dev, info.st_ino, static_cast<uint64_t>(info.st_size),
          int64_t{written.tv_sec} * 1'000'000'000 + written.tv_nsec};
}

std::vector<char> read_to_end(int descriptor, const std::string& name) {
  std::vector<char> bytes;
  size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(used == 0 ? 65536 : 2 * used);
    const ssize_t count = ::read(descriptor, bytes.data() + used, bytes.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_system_error(name, errno, "cannot be read");
    if (count == 0) break;
    used += static_cast<size_t>(count);
    if (used > kMaxPipeBytes) throw Error(name + ": more than 4 GiB from a pipe; save it to a file first");
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace

void throw_system_error(const std::string& path, int error, const char* action) {
  const auto refuse = [&](const char* text) { throw Error(path + ": " + text); };
  switch (error) {
    case ENOENT:
      refuse("no such file; check the path");
      break;
    case ENOTDIR:
      refuse("a part of this path is not a folder; check the path");
      break;
    case EACCES:
    case EPERM:
      refuse("permission denied; check the permissions of the file and its folder");
      break;
    case EISDIR:
      refuse("is a folder; name a file");
      break;
    case ENOSPC:
    case EDQUOT:
      refuse("no space left on the device; free some or choose another place");
      break;
    case EROFS:
      refuse("the file system is read-only; choose another place");
      break;
    case ENAMETOOLONG:
      refuse("the name is too long; choose a shorter one");
      break;
    default:
      break;
  }
  throw Error(path + ": " + action + " (" + std::strerror(error) + "); check the path and the device");
}

MappedFile::MappedFile(const std::string& path) : path_(path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) throw_system_error(path, errno, "cannot be opened");
  struct stat info = {};
  if (::fstat(file.number(), &info) != 0) throw_system_error(path, errno, "cannot be examined");
  if (S_ISDIR(info.st_mode)) throw_system_error(path, EISDIR, "");
  if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) throw Error(path + ": is a device; name a file");
  // Files of /proc call themselves regular and empty, and yet can be read.
  if (S_ISREG(info.st_mode) && info.st_size > 0) {
    map(file.number(), static_cast<size_t>(info.st_size));
    state_ = state_of(info);
  } else {
    read(file.number());
  }
  if (size_ == 0) throw Error(path + ": the file is empty; copy or create it again");
}

void MappedFile::map(int descriptor, size_t size) {
  void* p = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (p == MAP_FAILED) throw_system_error(path_, errno, "cannot be mapped");
  guard_mapping(p, size, path_);
  data_ = {static_cast<const std::byte*>(p), [p, size](const std::byte*) {
             release_mapping(p);
             ::munmap(p, size);
           }};
  size_ = size;
}

void MappedFile::read(int descriptor) {
  const std::vector<char> bytes = read_to_end(descriptor, path_);
  if (bytes.empty()) return;
  void* p = std::aligned_alloc(kAlignment, (bytes.size() + kAlignment - 1) / kAlignment * kAlignment);
  if (p == nullptr) throw std::bad_alloc();
  std::memcpy(p, bytes.data(), bytes.size());
  data_ = {static_cast<const std::byte*>(p), [p](const std::byte*) { std::free(p); }};
  size_ = bytes.size();
}

void MappedFile::move_to_large_pages() {
  const auto copy = std::make_shared<LargeMemory>(size_, path_);
  std::memcpy(copy->span().data(), data_.get(), size_);
  data_ = {copy, copy->span().data()};
}

void MappedFile::check_unchanged() const {
  struct stat info = {};
  if (::stat(path_.c_str(), &info) != 0) return;
  const FileState now = state_of(info);
  if (now.device != state_.device || now.number != state_.number) return;
  if (now.bytes == state_.bytes && now.written_at == state_.written_at) return;
  throw Error(path_ + ": was written to while in use; start again, and replace files in use with mv rather than cp");
}

std::string read_all_stdin() {
  const std::vector<char> bytes = read_to_end(STDIN_FILENO, "standard input");
  return {bytes.begin(), bytes.end()};
}

bool is_folder(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool exists(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0;
}

void create_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) == 0 || is_folder(path)) return;
  if (errno == EEXIST) throw Error(path + ": is a file; choose another name for the folder");
  throw_system_error(path, errno, "cannot be created");
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat info_a = {};
  struct stat info_b = {};
  if (::stat(a.c_str(), &info_a) != 0 || ::stat(b.c_str(), &info_b) != 0) return false;
  return info_a.st_dev == info_b.st_dev && info_a.st_ino == info_b.st_ino;
}

}  // namespace thimble::host
