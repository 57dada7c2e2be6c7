// What stands for the readers of Hugging Face's files in a build without the library that reads JSON.

#include "tools/error.h"
#include "tools/import/importers.h"

namespace thimble::tools {
namespace {

[[noreturn]] void refuse(const std::string& name) {
  throw Error(name + ": this build reads no JSON; install nlohmann-json3-dev, and configure and build again");
}

}  // namespace

const Importer kHuggingFaceImporter = {
    [](const SourceFiles& files) { return files.is_folder() && files.has_file(files.path_of("config.json")); },
    [](SourceFiles& files, const ImportOptions&, Notes*) -> ImportedModel { refuse(files.path()); }};

Vocabulary read_tokenizer_json(std::span<const std::byte>, const std::string& name) { refuse(name); }

void apply_tokenizer_config(std::span<const std::byte>, const std::string& name, Vocabulary*) { refuse(name); }

}  // namespace thimble::tools
