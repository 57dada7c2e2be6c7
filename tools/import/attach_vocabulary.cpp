// The vocabulary of a model that has none inside: the one that was named, or one that lies beside the model.

#include <filesystem>
#include <stdexcept>

#include "tools/error.h"
#include "tools/import/importers.h"

namespace thimble::tools {
namespace {

// A .model before the .bin that was made from it, which lacks the types of pieces and how text is prepared.
std::vector<std::string> usual_names(uint32_t ids) {
  const std::string sized = "tok" + std::to_string(ids);
  return {sized + ".model", sized + ".bin", "tokenizer.model", "tokenizer.bin"};
}

// What the user named is believed further than what a name suggests; but not that most of a vocabulary is padding.
Vocabulary named_vocabulary(SourceFiles& files, const std::string& path, uint32_t ids) {
  Vocabulary vocabulary = read_vocabulary(files.read(path), path, 0);
  const size_t pieces = vocabulary.pieces.size();
  if (pieces <= ids && ids - pieces <= pieces) return vocabulary;
  throw Error(path + ": has " + std::to_string(pieces) + " pieces, but the model " +
              std::filesystem::path(files.path()).filename().string() + " has " + std::to_string(ids) +
              (pieces < ids ? ", more than padding explains" : "") + "; name the model's own tokenizer");
}

// Throws std::runtime_error with the reason why this file beside a model is not its tokenizer.
Vocabulary fitting_vocabulary(SourceFiles& files, const std::string& path, uint32_t ids) {
  Vocabulary vocabulary = read_vocabulary(files.read(path), path, 0);
  const size_t pieces = vocabulary.pieces.size();
  if (is_plausible_padding(pieces, ids)) return vocabulary;
  throw Error(path + ": has " + std::to_string(pieces) + " pieces, the model " + std::to_string(ids));
}

Vocabulary vocabulary_beside(SourceFiles& files, uint32_t ids, Notes* notes) {
  std::string passed_over;
  for (const std::string& name : usual_names(ids)) {
    const std::string path = files.path_of(name);
    if (!files.has_file(path)) continue;
    try {
      Vocabulary vocabulary = fitting_vocabulary(files, path, ids);
      notes->push_back("using the tokenizer " + name + ", found beside the model");
      return vocabulary;
    } catch (const std::runtime_error& error) {
      notes->push_back(std::string("passed over ") + error.what());
      passed_over.append(passed_over.empty() ? " (passed over " : ", ").append(error.what());
    }
  }
  if (!passed_over.empty()) passed_over += ')';
  throw Error(files.path() + ": has no tokenizer inside, and none with " + std::to_string(ids) +
              " pieces lies beside it" + passed_over + "; name one with --tokenizer FILE");
}

void pad(Vocabulary* vocabulary, uint32_t ids, Notes* notes) {
  const size_t pieces = vocabulary->pieces.size();
  if (pieces >= ids) return;
  notes->push_back("the tokenizer has " + std::to_string(pieces) + " pieces for the model's " + std::to_string(ids) +
                   " ids: the rest is padding, which nothing will sample");
  pad_vocabulary(vocabulary, ids);
}

}  // namespace

void attach_vocabulary(ImportedModel* model, SourceFiles& files, const std::string& tokenizer, Notes* notes) {
  const uint32_t ids = model->config.vocab_size;
  if (!tokenizer.empty()) {
    model->vocabulary = named_vocabulary(files, tokenizer, ids);
  } else if (model->vocabulary.pieces.empty()) {
    model->vocabulary = vocabulary_beside(files, ids, notes);
  }
  if (!model->vocabulary.remark.empty()) notes->push_back(model->vocabulary.remark);
  pad(&model->vocabulary, ids, notes);
}

}  // namespace thimble::tools
