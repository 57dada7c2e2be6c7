#include "tools/import/importers.h"

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"
#include "tools/error.h"
#include "tools/first_bytes.h"
#include "tools/import/llama2c.h"

namespace thimble::tools {
namespace {

using Bytes = std::span<const std::byte>;

constexpr const Importer* kImporters[] = {&kLlama2cImporter, &kGgufImporter, &kHuggingFaceImporter};

bool is_swapped_thm(Bytes bytes) { return starts_with(bytes, "MHT\x89") || starts_with(bytes, "T\x89MH"); }

// safetensors: u64 length of a JSON header, then the header itself, which opens with a brace.
bool is_safetensors(Bytes bytes) {
  return bytes.size() > 8 && load_u64(bytes.data()) < (uint64_t{1} << 32) && bytes[8] == std::byte{'{'};
}

// A file that no importer takes, and yet is known.
struct Content {
  bool (*recognises)(Bytes bytes);
  const char* what;
  const char* remedy;
};

constexpr const char* kNameAModel = "; name a .thm file, a GGUF file, a Hugging Face folder or a llama2.c checkpoint";
constexpr const char* kNoModel =
    ", not a model; name a .thm or GGUF file, a Hugging Face folder or a llama2.c checkpoint";

// The first that fits counts; the weakest test is the last.
constexpr Content kContents[] = {
    {is_thm, "is a .thm file already", "; convert the file it was made from"},
    {is_swapped_thm, "this is a .thm file with its bytes swapped in words", "; copy it again, byte for byte"},
    {is_big_endian_llama2c, "this is a big-endian llama2.c checkpoint", "; export it in little-endian order"},
    {is_safetensors, "this is a safetensors file", "; name the folder that has its config.json, too"},
    {[](Bytes b) { return starts_with(b, "PK\x03\x04"); }, "this is a zip archive (PyTorch checkpoints are such)",
     kNoModel},
    {[](Bytes b) { return starts_with(b, "\x1f\x8b"); }, "this is a gzip archive", kNoModel},
    {[](Bytes b) { return starts_with(b, "\x80\x02"); }, "this is a Python pickle", kNoModel},
    {[](Bytes b) { return b.empty(); }, "this is an empty file", kNoModel},
    {is_text, "this is a text file", kNoModel},
};

const Importer* find_importer(const SourceFiles& files) {
  const auto found = std::ranges::find_if(kImporters, [&](const Importer* i) { return i->recognises(files); });
  return found == std::end(kImporters) ? nullptr : *found;
}

// Files that are no model, but may be meant as a tokenizer.
constexpr Content kTokenizers[] = {
    {[](Bytes b) { return starts_with(b, "GGUF"); }, "this GGUF file holds no weights",
     "; name a file with the model's tensors"},
    {[](Bytes b) { return starts_with(b, "{"); }, "this is a JSON file",
     ", not a model; name the folder that has the model's config.json and weights"},
};

const Content* find_content(std::span<const Content> contents, Bytes bytes) {
  const auto found = std::ranges::find_if(contents, [&](const Content& c) { return c.recognises(bytes); });
  return found == contents.end() ? nullptr : &*found;
}

std::string refusal_of_file(Bytes bytes) {
  const Content* content = find_content(kTokenizers, bytes);
  if (content == nullptr) content = find_content(kContents, bytes);
  if (content == nullptr) return std::string("not a model that this version knows") + kNameAModel;
  return std::string(content->what) + content->remedy;
}

}  // namespace

std::span<const Importer* const> importers() { return kImporters; }

bool is_recognised(const SourceFiles& files) {
  if (files.is_folder() || find_importer(files) != nullptr) return true;
  return find_content(kTokenizers, files.bytes()) == nullptr && find_content(kContents, files.bytes()) != nullptr;
}

ImportedModel import_model(SourceFiles& files, const ImportOptions& options, Notes* notes) {
  if (const Importer* importer = find_importer(files)) return importer->import(files, options, notes);
  const std::string what =
      files.is_folder() ? std::string("a folder without config.json") + kNameAModel : refusal_of_file(files.bytes());
  throw Error(files.path() + ": " + what);
}

}  // namespace thimble::tools
