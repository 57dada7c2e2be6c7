// The files of a model as a program hands them to the tools, which open none themselves.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace thimble::tools {

class SourceFiles {
 public:
  virtual ~SourceFiles() = default;

  // What the user named, in his words: a file or a folder. Messages begin with it.
  virtual const std::string& path() const = 0;
  virtual bool is_folder() const = 0;
  // The named file; empty for a folder.
  virtual std::span<const std::byte> bytes() const = 0;

  // Whether `path` leads to a file; a folder is none.
  virtual bool has_file(const std::string& path) const = 0;
  // The bytes of another file, valid as long as this object. Throws std::runtime_error, a complete line.
  virtual std::span<const std::byte> read(const std::string& path) = 0;

  // Where a file of the model is called `name`: in the named folder, or beside the named file.
  std::string path_of(const std::string& name) const {
    return (is_folder() ? path() + '/' : path().substr(0, path().find_last_of('/') + 1)) + name;
  }
};

}  // namespace thimble::tools
