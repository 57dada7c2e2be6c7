// The files of a model without a disk.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tools/error.h"
#include "tools/import/source_files.h"

namespace thimble::testing {

class MemoryFiles final : public tools::SourceFiles {
 public:
  using Bytes = std::vector<std::byte>;

  // `path` is a folder unless it is among the files.
  MemoryFiles(std::string path, std::map<std::string, Bytes> files)
      : path_(std::move(path)), files_(std::move(files)) {}

  const std::string& path() const override { return path_; }
  bool is_folder() const override { return !has_file(path_); }
  std::span<const std::byte> bytes() const override {
    return is_folder() ? std::span<const std::byte>() : files_.at(path_);
  }
  bool has_file(const std::string& path) const override { return files_.contains(path); }
  std::span<const std::byte> read(const std::string& path) override {
    if (!has_file(path)) throw tools::Error(path + ": no such file; check the path");
    return files_.at(path);
  }

 private:
  std::string path_;
  std::map<std::string, Bytes> files_;
};

}  // namespace thimble::testing
