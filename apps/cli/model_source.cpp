#include "apps/cli/model_source.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "apps/cli/errors.h"
#include "apps/cli/progress.h"
#include "apps/cli/text.h"
#include "base/bytes.h"
#include "format/layout.h"
#include "ports/host/process.h"
#include "tools/import/content.h"

namespace thimble::cli {
namespace {

constexpr uint32_t kAk42 = 0x616b3432;  // magic of llama2.c's versions 1 and later
constexpr size_t kV0HeaderBytes = 28;   // seven 32-bit numbers

bool starts_with(std::span<const std::byte> bytes, const char* text) {
  const size_t length = std::strlen(text);
  return bytes.size() >= length && std::memcmp(bytes.data(), text, length) == 0;
}

// The first version has no magic: its header is seven numbers, which must make sense together.
bool looks_like_v0(std::span<const std::byte> bytes) {
  if (bytes.size() < kV0HeaderBytes) return false;
  const auto number = [&](size_t i) { return static_cast<int32_t>(load_u32(bytes.data() + 4 * i)); };
  const auto within = [&](size_t i, uint32_t most) {
    return number(i) >= 1 && static_cast<uint32_t>(number(i)) <= most;
  };
  const int64_t vocab = std::abs(int64_t{number(5)});  // negative: the classifier is not shared
  return within(0, format::kMaxDim) && within(1, format::kMaxDim) && within(2, format::kMaxLayers) &&
         within(3, format::kMaxHeads) && within(4, format::kMaxHeads) && vocab >= 1 && vocab <= format::kMaxVocab &&
         within(6, format::kMaxContext);
}

std::vector<std::string> usual_tokenizer_names(uint32_t vocab_size) {
  const std::string sized = "tok" + std::to_string(vocab_size);
  return {sized + ".bin", sized + ".model", "tokenizer.bin", "tokenizer.model"};
}

host::MappedFile map_model(const std::string& path) {
  if (host::is_folder(path)) {
    const bool hugging_face = host::exists(path + "/config.json");
    throw Failure(path + (hugging_face ? ": Hugging Face folders are not supported yet by this version; convert a "
                                         "llama2.c checkpoint of the model instead"
                                       : ": is a folder; name a .thm file or a llama2.c checkpoint"));
  }
  return host::MappedFile(path);
}

void convert_in_memory(const ModelOptions& options, LoadedModel* loaded) {
  const tools::ImportedModel source = [&] {
    tools::ImportedModel m = tools::import_llama2c(loaded->file.bytes(), loaded->path);
    m.vocabulary = find_vocabulary(loaded->path, options.tokenizer, m.config.vocab_size, &loaded->notes);
    return m;
  }();
  Progress progress("loading");
  tools::ConvertOptions plain;
  plain.self_test = false;  // nobody will ask this image to prove itself
  loaded->converted =
      tools::convert(source, plain, [&](uint64_t done, uint64_t total) { progress.update(done, total); });
  loaded->source_format = source.format;
}

}  // namespace

FileKind recognise(std::span<const std::byte> bytes) {
  if (starts_with(bytes, "\x89THM")) return FileKind::kThm;
  if (tools::describe_content(bytes) != nullptr) return FileKind::kOther;
  const bool versioned = bytes.size() >= 4 && load_u32(bytes.data()) == kAk42;
  return versioned || looks_like_v0(bytes) ? FileKind::kLlama2c : FileKind::kUnknown;
}

void refuse_kind(const std::string& path, std::span<const std::byte> bytes) {
  const char* content = tools::describe_content(bytes);
  if (content == nullptr) {
    throw Failure(path + ": not a model that this version knows; name a .thm file or a llama2.c checkpoint");
  }
  const bool planned = starts_with(bytes, "GGUF") || std::strstr(content, "safetensors") != nullptr;
  throw Failure(path + ": this is " + content +
                (planned ? ", which is not supported yet by this version; convert a llama2.c checkpoint of the model"
                         : ", not a model; name a .thm file or a llama2.c checkpoint"));
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
  const std::string wanted = std::to_string(vocab_size) + " pieces";
  if (!tokenizer.empty()) {
    tools::Vocabulary vocabulary = read_vocabulary_file(tokenizer);
    if (vocabulary.pieces.size() == vocab_size) return vocabulary;
    throw Failure(tokenizer + ": has " + std::to_string(vocabulary.pieces.size()) + " pieces, but the model " +
                  file_name(model_path) + " has " + wanted + "; name the model's own tokenizer");
  }
  const std::string folder = model_path.substr(0, model_path.size() - file_name(model_path).size());
  for (const std::string& name : usual_tokenizer_names(vocab_size)) {
    if (!host::exists(folder + name) || host::is_folder(folder + name)) continue;
    try {
      tools::Vocabulary vocabulary = read_vocabulary_file(folder + name);
      if (vocabulary.pieces.size() != vocab_size) continue;
      notes->push_back("using the tokenizer " + name + ", found beside the model");
      return vocabulary;
    } catch (const std::runtime_error&) {
      continue;  // nobody asked for this file
    }
  }
  throw Failure(model_path + ": has no tokenizer inside, and none with " + wanted +
                " lies beside it; name one with --tokenizer FILE");
}

ImportedSource import_source(const std::string& path) {
  ImportedSource source;
  source.file = map_model(path);
  const FileKind kind = recognise(source.file.bytes());
  if (kind == FileKind::kThm) throw Failure(path + ": is a .thm file already; convert the file it was made from");
  if (kind != FileKind::kLlama2c) refuse_kind(path, source.file.bytes());
  source.model = tools::import_llama2c(source.file.bytes(), path);
  return source;
}

LoadedModel load_model(const ModelOptions& options) {
  const double start = host::monotonic_seconds();
  LoadedModel loaded;
  loaded.path = options.model;
  loaded.file = map_model(options.model);
  const FileKind kind = recognise(loaded.file.bytes());
  if (kind == FileKind::kLlama2c) {
    convert_in_memory(options, &loaded);
    check(loaded.model.open(std::as_const(loaded.converted).span()), loaded.path);
  } else if (kind == FileKind::kThm) {
    if (!options.tokenizer.empty() && !options.tokenizer_is_shared) {
      throw UsageError(options.model +
                       ": has its own tokenizer; leave out --tokenizer, or convert the model again "
                       "with it");
    }
    check(loaded.model.open(loaded.file.bytes()), loaded.path);
  } else {
    refuse_kind(options.model, loaded.file.bytes());
  }
  check(loaded.tokenizer.open(loaded.model.vocabulary(), loaded.model.config().vocab_size), loaded.path);
  loaded.load_seconds = host::monotonic_seconds() - start;
  return loaded;
}

}  // namespace thimble::cli
