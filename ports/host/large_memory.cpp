#include "ports/host/large_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <utility>

#include "ports/host/file.h"
#include "ports/host/mapping_guard.h"
#include "ports/host/process.h"

namespace thimble::host {
namespace {

constexpr int kNoFile = -1;

// 0, or an errno value.
int take_blocks(int descriptor, uint64_t bytes) {
  const auto size = static_cast<off_t>(bytes);
#ifdef __APPLE__
  fstore_t wish = {F_ALLOCATEALL, F_PEOFPOSMODE, 0, size, 0};
  return ::fcntl(descriptor, F_PREALLOCATE, &wish) == 0 && ::ftruncate(descriptor, size) == 0 ? 0 : errno;
#else
  return ::posix_fallocate(descriptor, 0, size);
#endif
}

std::string folder_for_large_files() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
}

// A file that nobody else can open, and that is gone with the process.
class UnnamedFile {
 public:
  explicit UnnamedFile(const std::string& folder) {
    std::string name = folder + "/thimble-XXXXXX";
    descriptor_ = ::mkstemp(name.data());
    if (descriptor_ < 0) throw_system_error(folder, errno, "cannot be written");
    ::unlink(name.c_str());
  }
  UnnamedFile(const UnnamedFile&) = delete;
  UnnamedFile& operator=(const UnnamedFile&) = delete;
  ~UnnamedFile() { ::close(descriptor_); }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// A processor fetches ahead within a page only, and looks up each page that it comes to: a sweep over much memory is
// up to twice as fast on large pages. A wish, which the system may leave unheard.
void ask_for_large_pages([[maybe_unused]] void* p, [[maybe_unused]] size_t size) {
#ifdef MADV_HUGEPAGE
  ::madvise(p, size, MADV_HUGEPAGE);
#endif
}

}  // namespace

bool has_large_pages() {
  // "always [madvise] never": the choice stands in brackets.
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string choices;
  return std::getline(file, choices) && choices.find("[never]") == std::string::npos;
}

LargeMemory::LargeMemory(uint64_t bytes, const std::string& what) {
  if (bytes <= memory_bytes() / 2) {
    map(kNoFile, bytes, what);
    return;
  }
  const std::string folder = folder_for_large_files();
  const UnnamedFile file(folder);
  *this = LargeMemory(file.descriptor(), bytes, folder);
}

LargeMemory::LargeMemory(int descriptor, uint64_t bytes, const std::string& path) {
  if (const int error = take_blocks(descriptor, bytes); error != 0) {
    throw_system_error(path, error, "cannot be written");
  }
  map(descriptor, bytes, path);
  in_file_ = true;
  guard_mapping(data_, size_, path);
}

LargeMemory& LargeMemory::operator=(LargeMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(in_file_, other.in_file_);
  return *this;
}

void LargeMemory::map(int descriptor, uint64_t bytes, const std::string& what) {
  const int kind = descriptor == kNoFile ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* const p = bytes > std::numeric_limits<size_t>::max()
                      ? MAP_FAILED
                      : ::mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, kind, descriptor, 0);
  if (p == MAP_FAILED) {
    throw Error(what + ": takes " + std::to_string(bytes) + " bytes, more than there is memory for");
  }
  if (descriptor == kNoFile) ask_for_large_pages(p, static_cast<size_t>(bytes));
  data_ = static_cast<std::byte*>(p);
  size_ = static_cast<size_t>(bytes);
}

void LargeMemory::finish(const std::string& path) {
  if (data_ != nullptr && ::msync(data_, size_, MS_SYNC) != 0) throw_system_error(path, errno, "cannot be written");
  release();
}

void LargeMemory::release() {
  if (data_ == nullptr) return;
  if (in_file_) release_mapping(data_);
  ::munmap(data_, size_);
  data_ = nullptr;
  size_ = 0;
  in_file_ = false;
}

}  // namespace thimble::host
