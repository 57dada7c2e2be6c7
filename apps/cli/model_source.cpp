#include "apps/cli/model_source.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "apps/cli/errors.h"
#include "apps/cli/output.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"
#include "tools/import/content.h"
#include "tools/import/llama2c_header.h"
#include "tools/import/rope_table.h"

namespace thimble::cli {
namespace {

bool starts_with(std::span<const std::byte> bytes, const char* text) {
  const size_t length = std::strlen(text);
  return bytes.size() >= length && std::memcmp(bytes.data(), text, length) == 0;
}

// A .model before the .bin that was made from it, which lacks the types of pieces and how text is prepared.
std::vector<std::string> usual_tokenizer_names(uint32_t vocab_size) {
  const std::string sized = "tok" + std::to_string(vocab_size);
  return {sized + ".model", sized + ".bin", "tokenizer.model", "tokenizer.bin"};
}

tools::ImportedModel import_checkpoint(std::span<const std::byte> bytes, const ModelOptions& options,
                                       std::vector<std::string>* notes) {
  tools::ImportedModel model = tools::import_llama2c(bytes, options.model, options.rope_theta);
  if (!options.rope_theta && model.config.rope_theta != tools::kUsualRopeTheta) {
    notes->push_back(
        format("rope theta %.9g, by the rotary table of the file", static_cast<double>(model.config.rope_theta)));
  }
  return model;
}

void pad(tools::Vocabulary* vocabulary, uint32_t ids, std::vector<std::string>* notes) {
  const size_t pieces = vocabulary->pieces.size();
  if (pieces == ids) return;
  notes->push_back("the tokenizer has " + std::to_string(pieces) + " pieces for the model's " + std::to_string(ids) +
                   " ids: the rest is padding, which nothing will sample");
  tools::pad_vocabulary(vocabulary, ids);
}

// What the user named is believed further than what a name suggests; but not that most of a vocabulary is padding.
tools::Vocabulary named_vocabulary(const std::string& model_path, const std::string& tokenizer, uint32_t ids) {
  tools::Vocabulary vocabulary = read_vocabulary_file(tokenizer);
  const size_t pieces = vocabulary.pieces.size();
  if (pieces <= ids && ids - pieces <= pieces) return vocabulary;
  throw Failure(tokenizer + ": has " + std::to_string(pieces) + " pieces, but the model " + file_name(model_path) +
                " has " + std::to_string(ids) + (pieces < ids ? ", more than padding explains" : "") +
                "; name the model's own tokenizer");
}

// Throws std::runtime_error with the reason why this file beside a model is not its tokenizer.
tools::Vocabulary fitting_vocabulary(const std::string& path, uint32_t ids) {
  tools::Vocabulary vocabulary = read_vocabulary_file(path);
  const size_t pieces = vocabulary.pieces.size();
  if (tools::is_plausible_padding(pieces, ids)) return vocabulary;
  throw Failure(path + ": has " + std::to_string(pieces) + " pieces, the model " + std::to_string(ids));
}

tools::Vocabulary vocabulary_beside(const std::string& model_path, uint32_t ids, std::vector<std::string>* notes) {
  const std::string folder = model_path.substr(0, model_path.size() - file_name(model_path).size());
  std::string passed_over;
  for (const std::string& name : usual_tokenizer_names(ids)) {
    if (!host::exists(folder + name) || host::is_folder(folder + name)) continue;
    try {
      tools::Vocabulary vocabulary = fitting_vocabulary(folder + name, ids);
      notes->push_back("using the tokenizer " + name + ", found beside the model");
      return vocabulary;
    } catch (const std::runtime_error& error) {
      notes->push_back(std::string("passed over ") + error.what());
      passed_over.append(passed_over.empty() ? " (passed over " : ", ").append(error.what());
    }
  }
  if (!passed_over.empty()) passed_over += ')';
  throw Failure(model_path + ": has no tokenizer inside, and none with " + std::to_string(ids) +
                " pieces lies beside it" + passed_over + "; name one with --tokenizer FILE");
}

// A .thm file has it already.
void refuse_second(bool given, const std::string& path, const std::string& what, const std::string& flag) {
  if (!given) return;
  throw UsageError(path + ": has its own " + what + "; leave out " + flag + ", or convert the model again with it");
}

// What to do about a file that holds `content` instead of a model.
const char* remedy(std::string_view content) {
  const auto holds = [content](const char* part) { return content.find(part) != std::string_view::npos; };
  if (holds("big-endian")) return "; export it in little-endian order";
  if (holds("swapped")) return "; copy it again, byte for byte";
  if (holds("GGUF") || holds("safetensors")) {
    return ", which is not supported yet by this version; convert a llama2.c checkpoint of the model";
  }
  return ", not a model; name a .thm file or a llama2.c checkpoint";
}

void convert_in_memory(const ModelOptions& options, LoadedModel* loaded) {
  tools::ImportedModel source = import_checkpoint(loaded->file.bytes(), options, &loaded->notes);
  source.vocabulary = find_vocabulary(loaded->path, options.tokenizer, source.config.vocab_size, &loaded->notes);
  Progress progress("loading");
  tools::ConvertOptions plain;
  plain.self_test = false;  // nobody will ask this image to prove itself
  loaded->converted =
      tools::convert(source, plain, [&](uint64_t done, uint64_t total) { progress.update(done, total); });
  loaded->source_format = source.format;
}

}  // namespace

host::MappedFile map_model(const std::string& path) {
  if (host::is_folder(path)) {
    const bool hugging_face = host::exists(path + "/config.json");
    throw Failure(path + (hugging_face ? ": Hugging Face folders are not supported yet by this version; convert a "
                                         "llama2.c checkpoint of the model instead"
                                       : ": is a folder; name a .thm file or a llama2.c checkpoint"));
  }
  return host::MappedFile(path);
}

FileKind recognise(std::span<const std::byte> bytes) {
  if (starts_with(bytes, "\x89THM")) return FileKind::kThm;
  if (tools::describe_content(bytes) != nullptr) return FileKind::kOther;
  return tools::looks_like_llama2c(bytes) ? FileKind::kLlama2c : FileKind::kUnknown;
}

void refuse_kind(const std::string& path, std::span<const std::byte> bytes) {
  const char* content = tools::describe_content(bytes);
  if (content == nullptr) {
    throw Failure(path + ": not a model that this version knows; name a .thm file or a llama2.c checkpoint");
  }
  throw Failure(path + ": this is " + content + remedy(content));
}

tools::Vocabulary read_vocabulary_file(const std::string& path) {
  const host::MappedFile file(path);
  if (recognise(file.bytes()) == FileKind::kThm) {
    throw Failure(path + ": is a model; --tokenizer takes a tokenizer.bin or a sentencepiece .model");
  }
  return tools::read_vocabulary(file.bytes(), path, 0);
}

tools::Vocabulary find_vocabulary(const std::string& model_path, const std::string& tokenizer, uint32_t vocab_size,
                                  std::vector<std::string>* notes) {
  tools::Vocabulary vocabulary = tokenizer.empty() ? vocabulary_beside(model_path, vocab_size, notes)
                                                   : named_vocabulary(model_path, tokenizer, vocab_size);
  pad(&vocabulary, vocab_size, notes);
  return vocabulary;
}

ImportedSource import_source(const ModelOptions& options, std::vector<std::string>* notes) {
  const std::string& path = options.model;
  ImportedSource source;
  source.file = map_model(path);
  const FileKind kind = recognise(source.file.bytes());
  if (kind == FileKind::kThm) throw Failure(path + ": is a .thm file already; convert the file it was made from");
  if (kind != FileKind::kLlama2c) refuse_kind(path, source.file.bytes());
  source.model = import_checkpoint(source.file.bytes(), options, notes);
  return source;
}

LoadedModel load_model(const ModelOptions& options) { return load_model(options, map_model(options.model)); }

LoadedModel load_model(const ModelOptions& options, host::MappedFile file) {
  const double start = host::monotonic_seconds();
  LoadedModel loaded;
  loaded.path = options.model;
  loaded.file = std::move(file);
  const FileKind kind = recognise(loaded.file.bytes());
  if (kind == FileKind::kLlama2c) {
    convert_in_memory(options, &loaded);
    check(loaded.model.open(std::as_const(loaded.converted).span()), loaded.path);
  } else if (kind == FileKind::kThm) {
    refuse_second(!options.tokenizer.empty() && !options.shared, options.model, "tokenizer", "--tokenizer");
    refuse_second(options.rope_theta.has_value() && !options.shared, options.model, "rope theta", "--rope-theta");
    check(loaded.model.open(loaded.file.bytes()), loaded.path);
  } else {
    refuse_kind(options.model, loaded.file.bytes());
  }
  loaded.load_seconds = host::monotonic_seconds() - start;
  return loaded;
}

}  // namespace thimble::cli
