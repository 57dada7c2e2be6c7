// From the files that a user named to an ImportedModel: the one place that says what a source may be.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/import/imported_model.h"
#include "tools/import/source_files.h"

namespace thimble::tools {

struct ImportOptions {
  std::optional<float> rope_theta;  // counts instead of what the source says
};

// What was found out on the way and the user should know, a line each.
using Notes = std::vector<std::string>;

struct Importer {
  // By content alone, and so strictly that no other importer takes the same source: their order does not matter.
  bool (*recognises)(const SourceFiles& files);
  // From files that were recognised; they must outlive the result. The vocabulary stays empty unless the source holds
  // one. Throws Error.
  ImportedModel (*import)(SourceFiles& files, const ImportOptions& options, Notes* notes);
};

// Each is defined beside its reader, and has its line in importers().
extern const Importer kLlama2cImporter;
extern const Importer kGgufImporter;
extern const Importer kHuggingFaceImporter;

std::span<const Importer* const> importers();

// Whether the source is known, as something to import, a .thm file or no model. What is not may be a tokenizer.
bool is_recognised(const SourceFiles& files);

// By the importer that recognises `files`. Throws Error: where there is none, saying what it is instead and what to do.
ImportedModel import_model(SourceFiles& files, const ImportOptions& options, Notes* notes);

// Gives the model the vocabulary that the user named by its path; where `tokenizer` is empty, the source's own, or else
// one with a usual name and a fitting size beside the model. Pads it to the model's size. Into `notes` go what was
// found beside the model, what was passed over there, and the padding. Throws Error, and what SourceFiles::read()
// throws.
void attach_vocabulary(ImportedModel* model, SourceFiles& files, const std::string& tokenizer, Notes* notes);

}  // namespace thimble::tools
