// From the name of a model to the model: .thm files in place, others by the importers and a conversion in memory.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "apps/cli/options.h"
#include "apps/cli/streamed_file.h"
#include "ports/host/file.h"
#include "thimble/model.h"
#include "tools/convert/convert.h"
#include "tools/import/importers.h"

namespace thimble::cli {

// The files of one model, each mapped when it is asked for, and kept. Moving it is safe: the bytes stay in place.
class ModelFiles final : public tools::SourceFiles {
 public:
  // `path`: a file, which is opened, or a folder. Throws host::Error.
  explicit ModelFiles(const std::string& path);

  const std::string& path() const override { return path_; }
  bool is_folder() const override { return is_folder_; }
  std::span<const std::byte> bytes() const override { return named_.bytes(); }
  bool has_file(const std::string& path) const override;
  std::span<const std::byte> read(const std::string& path) override;

  const host::MappedFile& named() const { return named_; }  // empty for a folder
  // MappedFile::check_unchanged() for all of them.
  void check_unchanged() const;

 private:
  std::string path_;
  bool is_folder_ = false;
  host::MappedFile named_;
  std::vector<host::MappedFile> others_;
};

// A model with everything that it views. Moving it is safe: the bytes stay in place.
struct LoadedModel {
  std::string path;
  host::MappedFile file;                     // that was named; empty for a folder
  host::LargeMemory converted;               // empty for a .thm file
  std::unique_ptr<StreamedFile> streamed{};  // null for a model in memory
  std::string source_format;                 // "llama2.c v0"; empty for a .thm file
  Model model;
  std::vector<std::string> notes;
  double load_seconds = 0;
};

// Throws Failure, UsageError, host::Error or tools::Error, each with a complete line.
LoadedModel load_model(const ModelOptions& options);
// The same for a model that will read its weights for every token: a .thm file that caches do not hold is brought onto
// large pages, where there are some.
LoadedModel load_model_to_run(const ModelOptions& options);
// A .thm file whose weights stay where they are. The same exceptions.
LoadedModel open_streamed(const ModelOptions& options);
// The same from `files`, which options.model names and which are open already: a pipe can be read only once.
LoadedModel load_model(const ModelOptions& options, ModelFiles files);

}  // namespace thimble::cli
