#include "apps/cli/model_source.h"

#include <utility>

#include "apps/cli/errors.h"
#include "apps/cli/output.h"
#include "ports/host/process.h"
#include "tools/first_bytes.h"

namespace thimble::cli {
namespace {

// A .thm file has it already.
void refuse_second(bool given, const std::string& path, const std::string& what, const std::string& flag) {
  if (!given) return;
  throw UsageError(path + ": has its own " + what + "; leave out " + flag + ", or convert the model again with it");
}

void open_in_place(const ModelOptions& options, LoadedModel* loaded) {
  refuse_second(!options.tokenizer.empty() && !options.shared, options.model, "tokenizer", "--tokenizer");
  refuse_second(options.rope_theta.has_value() && !options.shared, options.model, "rope theta", "--rope-theta");
  check(loaded->model.open(loaded->file.bytes()), loaded->path);
}

void convert_in_memory(const ModelOptions& options, ModelFiles& files, LoadedModel* loaded) {
  tools::ImportedModel source = tools::import_model(files, {options.rope_theta}, &loaded->notes);
  tools::attach_vocabulary(&source, files, options.tokenizer, &loaded->notes);
  Progress progress("loading");
  tools::ConvertOptions plain;
  plain.self_test = false;  // nobody will ask this image to prove itself
  loaded->converted =
      tools::convert(source, plain, [&](uint64_t done, uint64_t total) { progress.update(done, total); });
  files.check_unchanged();
  loaded->source_format = source.format;
  check(loaded->model.open(std::as_const(loaded->converted).span()), loaded->path);
}

}  // namespace

ModelFiles::ModelFiles(const std::string& path) : path_(path), is_folder_(host::is_folder(path)) {
  if (!is_folder_) named_ = host::MappedFile(path);
}

bool ModelFiles::has_file(const std::string& path) const { return host::exists(path) && !host::is_folder(path); }

std::span<const std::byte> ModelFiles::read(const std::string& path) {
  return others_.emplace_back(host::MappedFile(path)).bytes();
}

void ModelFiles::check_unchanged() const {
  named_.check_unchanged();
  for (const host::MappedFile& file : others_) file.check_unchanged();
}

LoadedModel open_streamed(const ModelOptions& options) {
  const double start = host::monotonic_seconds();
  LoadedModel loaded;
  loaded.path = options.model;
  refuse_second(!options.tokenizer.empty() && !options.shared, options.model, "tokenizer", "--tokenizer");
  refuse_second(options.rope_theta.has_value() && !options.shared, options.model, "rope theta", "--rope-theta");
  loaded.streamed = std::make_unique<StreamedFile>(options.model);
  check(loaded.model.open_tables(loaded.streamed->tables(), loaded.streamed->bytes()), loaded.path);
  loaded.load_seconds = host::monotonic_seconds() - start;
  return loaded;
}

LoadedModel load_model(const ModelOptions& options) { return load_model(options, ModelFiles(options.model)); }

LoadedModel load_model(const ModelOptions& options, ModelFiles files) {
  const double start = host::monotonic_seconds();
  LoadedModel loaded;
  loaded.path = options.model;
  loaded.file = files.named();
  if (tools::is_thm(files.bytes())) {
    open_in_place(options, &loaded);
  } else {
    convert_in_memory(options, files, &loaded);
  }
  loaded.load_seconds = host::monotonic_seconds() - start;
  return loaded;
}

}  // namespace thimble::cli
