// Folders; the environment variable THIMBLE_CARD names the one that plays the card.

#include <dirent.h>
#include <sys/stat.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "ports/board.h"
#include "ports/found_files.h"

namespace thimble::port {

const char* card_folder() { return std::getenv("THIMBLE_CARD"); }

Result<size_t> find_files(const char* folder, const char* ending, std::span<FileName> out) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder), [](DIR* d) { return ::closedir(d); });
  if (directory == nullptr) {
    const char* const card = card_folder();
    const bool is_card = card != nullptr && std::string_view(folder) == card;
    return Status::error(Code::kReadFailed, is_card ? "card" : "storage");
  }
  FoundFiles found(folder, out);
  while (const dirent* entry = ::readdir(directory.get())) {
    struct stat info = {};
    const std::string path = std::string(folder) + "/" + entry->d_name;
    if (!is_named(entry->d_name, ending) || ::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    found.add(entry->d_name, static_cast<uint64_t>(info.st_size));
  }
  return found.count();
}

}  // namespace thimble::port
