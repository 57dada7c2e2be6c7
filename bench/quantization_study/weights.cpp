#include "bench/quantization_study/weights.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "thimble/tokenizer.h"
#include "tools/import/llama2c.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::study {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path + ": cannot be read");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

Tokens encode(const Tokenizer& tokenizer, std::string_view text) {
  Tokens ids(text.size() + 2);  // BOS, the added space
  std::vector<std::byte> workspace(Tokenizer::workspace_bytes(text.size() + 2));
  size_t count = 0;
  if (!tokenizer.encode(text, {}, workspace, ids, &count).ok()) throw std::runtime_error("a story cannot be encoded");
  ids.resize(count);
  return ids;
}

std::string_view strip(std::string_view text) {
  constexpr const char* kSpace = " \t\r\n\v\f";
  const size_t first = text.find_first_not_of(kSpace);
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

}  // namespace

bool is_table(Role role) { return role == Role::kTokenEmbedding || role == Role::kClassifier; }

Weights read_weights(const std::string& path) {
  const std::string checkpoint = read_file(path);
  const tools::ImportedModel model = tools::import_llama2c(bytes_of(checkpoint), path);
  Weights weights;
  weights.config = model.config;
  for (const tools::SourceTensor& source : model.tensors) {
    Matrix m{source.rows, source.cols, std::vector<float>(size_t{source.rows} * source.cols)};
    for (uint32_t r = 0; r < m.rows; ++r) source.read_row(r, m.row(r));
    const bool outside = is_table(source.role) || source.role == Role::kFinalNorm;
    weights.tensors[{source.role, outside ? 0 : source.layer}] = std::move(m);
  }
  return weights;
}

std::vector<Tokens> read_stories(const std::string& text, const std::string& tokenizer, const ModelConfig& config,
                                 size_t limit) {
  constexpr std::string_view kSeparator = "<|endoftext|>";
  const auto vocabulary = tools::read_vocabulary(bytes_of(read_file(tokenizer)), tokenizer, config.vocab_size);
  const std::vector<std::byte> section = tools::write_vocabulary(vocabulary);
  Tokenizer encoder;
  if (!encoder.open(section, config.vocab_size).ok()) throw std::runtime_error(tokenizer + ": not a vocabulary");

  const std::string all = read_file(text);
  std::vector<Tokens> stories;
  for (size_t at = 0; at < all.size() && (limit == 0 || stories.size() < limit);) {
    const size_t end = std::min(all.find(kSeparator, at), all.size());
    const std::string_view story = strip(std::string_view(all).substr(at, end - at));
    at = end + kSeparator.size();
    if (story.empty()) continue;
    Tokens ids = encode(encoder, story);
    ids.resize(std::min<size_t>(ids.size(), config.max_context));
    stories.push_back(std::move(ids));
  }
  if (stories.empty()) throw std::runtime_error(text + ": holds no story");
  return stories;
}

}  // namespace thimble::study
