// What find_files() has in common in every port: which files are named, and in which order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ports/board.h"

namespace thimble::port {

class FoundFiles {
 public:
  FoundFiles(std::string_view folder, std::span<FileName> out) : folder_(folder), out_(out) {}

  size_t count() const { return count_; }

  // Puts a file of the folder into its place; the last one falls out where there is no room.
  void add(std::string_view name, uint64_t bytes) {
    FileName file;
    if (folder_.size() + 1 + name.size() >= sizeof file.path) return;
    char* end = std::copy(folder_.begin(), folder_.end(), file.path);
    *end++ = '/';
    std::copy(name.begin(), name.end(), end);
    file.bytes = bytes;
    FileName* const begin = out_.data();
    FileName* const place = std::find_if(begin, begin + count_, [&](const FileName& other) {
      return std::string_view(file.path) < std::string_view(other.path);
    });
    if (place == begin + out_.size()) return;
    count_ = std::min(count_ + 1, out_.size());
    std::move_backward(place, begin + count_ - 1, begin + count_);
    *place = file;
  }

 private:
  const std::string_view folder_;
  const std::span<FileName> out_;
  size_t count_ = 0;
};

// Whether a file is one to be named: not hidden (a Mac leaves a "._story.thm" beside each file), and of that ending.
inline bool is_named(std::string_view name, std::string_view ending) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return name.size() >= ending.size() && name.front() != '.' &&
         std::equal(ending.begin(), ending.end(), name.end() - static_cast<std::ptrdiff_t>(ending.size()),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace thimble::port
