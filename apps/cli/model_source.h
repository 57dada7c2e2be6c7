// From a file name to a model: .thm files in place, llama2.c checkpoints by conversion in memory.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "apps/cli/options.h"
#include "ports/host/file.h"
#include "thimble/model.h"
#include "thimble/tokenizer.h"
#include "tools/convert/convert.h"
#include "tools/import/imported_model.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::cli {

// What a file holds, told by its content. kOther: something known that is no model of this version. kUnknown: a
// tokenizer, perhaps.
enum class FileKind { kThm, kLlama2c, kOther, kUnknown };
FileKind recognise(std::span<const std::byte> bytes);

// A model with everything that it views. Moving it is safe: the bytes stay in place.
struct LoadedModel {
  std::string path;
  host::MappedFile file;
  tools::ImageBytes converted;  // empty for a .thm file
  std::string source_format;    // "llama2.c v0"; empty for a .thm file
  Model model;
  std::vector<std::string> notes;
  double load_seconds = 0;
};

// Throws Failure, UsageError, host::Error or tools::Error, each with a complete line.
LoadedModel load_model(const ModelOptions& options);
// The same from `file`, which options.model names and which is open already: a pipe can be read only once.
LoadedModel load_model(const ModelOptions& options, host::MappedFile file);

// Throws Failure or host::Error, with advice where `path` is a folder.
host::MappedFile map_model(const std::string& path);

// A model that is to be converted: llama2.c only. The vocabulary is not attached yet. What was found out about it goes
// into `notes`.
struct ImportedSource {
  host::MappedFile file;
  tools::ImportedModel model;  // views file
};
ImportedSource import_source(const ModelOptions& options, std::vector<std::string>* notes);

// Reads the tokenizer called `tokenizer`, or one with a usual name and the right size beside `model_path`, and pads it
// to the model's size. Into `notes` go the one that was found, those that were passed over, and the padding.
tools::Vocabulary find_vocabulary(const std::string& model_path, const std::string& tokenizer, uint32_t vocab_size,
                                  std::vector<std::string>* notes);

// Refuses what is no model, naming what it is instead.
[[noreturn]] void refuse_kind(const std::string& path, std::span<const std::byte> bytes);

// A tokenizer.bin or a sentencepiece .model, of any size.
tools::Vocabulary read_vocabulary_file(const std::string& path);

}  // namespace thimble::cli
