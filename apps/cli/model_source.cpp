#include "apps/cli/model_source.h"

#include <utility>

#include "apps/cli/errors.h"
#include "apps/cli/output.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"
#include "tools/first_bytes.h"

namespace thimble::cli {
namespace {

// Below it, models are mapped: caches hold most of them, and to be at work at once counts more. Of a 58 MiB model of
// f32 the copy took 20 ms and saved 1.4 ms a token (AMD EPYC, 32 MiB of cache): it pays from the 15th token on,
// whatever the size.
constexpr size_t kLeastOnLargePages = size_t{32} << 20;
// The copy leaves the rest of the machine's memory to others.
constexpr uint64_t kShareForCopy = 4;

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
  const auto memory = [&](uint64_t bytes) {
    loaded->converted = host::LargeMemory(bytes, loaded->path);
    return loaded->converted.span();
  };
  tools::convert_into(memory, source, plain, [&](uint64_t done, uint64_t total) { progress.update(done, total); });
  files.check_unchanged();
  if (loaded->converted.in_file()) {
    loaded->notes.push_back("as f32 it takes " + format_bytes(loaded->converted.span().size()) +
                            ", more than half of the memory here: it lies in a temporary file, and is slow; "
                            "thimble convert makes a smaller model of it");
  }
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

LoadedModel load_model_to_run(const ModelOptions& options) {
  LoadedModel loaded = load_model(options);
  const size_t bytes = loaded.file.bytes().size();
  const bool is_mapped = loaded.converted.span().empty();
  if (!is_mapped || bytes < kLeastOnLargePages || bytes > host::memory_bytes() / kShareForCopy) return loaded;
  if (!host::has_large_pages()) return loaded;
  const double start = host::monotonic_seconds();
  loaded.file.move_to_large_pages();
  check(loaded.model.open(loaded.file.bytes()), loaded.path);
  loaded.load_seconds += host::monotonic_seconds() - start;
  return loaded;
}

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
