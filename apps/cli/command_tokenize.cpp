// thimble tokenize: text to token ids and back.

#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/encoding.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/output.h"
#include "apps/cli/plain_text.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

// A tokenizer, from a model or from a tokenizer file alone, with the bytes that it views.
struct TokenizerSource {
  LoadedModel model;
  std::vector<std::byte> section;
  Tokenizer tokenizer;
};

TokenizerSource open_tokenizer(const ModelOptions& options) {
  TokenizerSource source;
  ModelFiles files(options.model);
  if (tools::is_recognised(files)) {
    source.model = load_model(options, std::move(files));
    const Model& model = source.model.model;
    check(source.tokenizer.open(model.vocabulary(), model.config().vocab_size), options.model);
    return source;
  }
  const tools::Vocabulary vocabulary = tools::read_vocabulary(files.bytes(), options.model, 0);
  source.section = tools::write_vocabulary(vocabulary);
  check(source.tokenizer.open(source.section, static_cast<uint32_t>(vocabulary.pieces.size())), options.model);
  return source;
}

// Ids between anything that is neither digit nor sign, so that "1, 2" and "[1 2]" can be pasted.
std::vector<uint32_t> parse_ids(std::string_view text, uint32_t vocab_size) {
  constexpr std::string_view kBetween = " \t\r\n,;[]";
  std::vector<uint32_t> ids;
  for (size_t at = text.find_first_not_of(kBetween); at != std::string_view::npos;
       at = text.find_first_not_of(kBetween, at)) {
    const size_t end = std::min(text.find_first_of(kBetween, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    uint32_t id = 0;
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), id);
    if (error != std::errc() || stop != word.data() + word.size() || id >= vocab_size) {
      throw UsageError("--decode " + std::string(word) + ": not a token id; ids are numbers from 0 to " +
                       std::to_string(vocab_size - 1));
    }
    ids.push_back(id);
    at = end;
  }
  return ids;
}

void print_text(const Tokenizer& tokenizer, const std::vector<uint32_t>& ids) {
  GeneratedText out;  // though nothing is generated: exactly the bytes, and nothing that upsets a terminal
  uint32_t previous = kNoToken;
  for (const uint32_t id : ids) {
    out.write(tokenizer.decode(previous, id));
    previous = id;
  }
  out.end();
}

void print_pieces(const Tokenizer& tokenizer, const std::vector<uint32_t>& ids) {
  for (const uint32_t id : ids) {
    write_product(format("%6u  ", id) + '"' + visible(tokenizer.name(id), false) + "\"\n");
  }
}

void print_ids(const std::vector<uint32_t>& ids) {
  std::string line;
  for (const uint32_t id : ids) line.append(line.empty() ? "" : " ").append(std::to_string(id));
  line += '\n';
  write_product(line);
}

}  // namespace

int tokenize(const TokenizeOptions& options) {
  const TokenizerSource source = open_tokenizer(options.model);
  write_notes(source.model.notes, ReportOptions{});
  const Tokenizer& tokenizer = source.tokenizer;
  if (options.decoding) {
    print_text(tokenizer, parse_ids(options.decode, tokenizer.vocab_size()));
    return 0;
  }
  EncodeOptions encode;
  encode.add_bos = options.bos;
  const std::vector<uint32_t> ids = encode_text(tokenizer, read_text(options.text), encode);
  if (options.count) {
    write_product(std::to_string(ids.size()) + "\n");
  } else if (options.pieces) {
    print_pieces(tokenizer, ids);
  } else {
    print_ids(ids);
  }
  return 0;
}

}  // namespace thimble::cli
