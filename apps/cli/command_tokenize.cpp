// thimble tokenize: text to token ids and back.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/plain_text.h"
#include "apps/cli/session.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble tokenize stories.thm -p \"Once upon a time\"\n"
    "  thimble tokenize tokenizer.bin -f story.txt --pieces\n"
    "  thimble tokenize stories.thm --decode \"1 403 407\"\n\n"
    "MODEL may be a tokenizer.bin or a sentencepiece .model as well.\n";

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
    const std::string word(text.substr(at, end - at));
    const std::optional<uint32_t> id = whole_number<uint32_t>(word);
    if (!id || *id >= vocab_size) {
      throw UsageError("--decode " + word + ": not a token id; ids are numbers from 0 to " +
                       std::to_string(vocab_size - 1));
    }
    ids.push_back(*id);
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

class TokenizeCommand : public Command {
 public:
  explicit TokenizeCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  ModelOptions model_;  // a model, or a tokenizer alone
  TextOptions text_;
  std::optional<std::string> decode_;  // ids
  bool bos_ = true;
  bool pieces_ = false;
  bool count_ = false;
};

TokenizeCommand::TokenizeCommand(CLI::App& app) {
  model_.declare(app);
  text_.declare(app);
  add_text(app, "--decode", &decode_, "IDS", "Print the text of these ids instead");
  add_off_flag(app, "--no-bos", &bos_, "Without the token that begins a text");
  add_flag(app, "--pieces", &pieces_, "One line per token: id and piece");
  add_flag(app, "--count", &count_, "Print only how many tokens there are");
}

int TokenizeCommand::run(const Invocation& invocation) {
  model_.check(invocation.command);
  text_.check();

  const TokenizerSource source = open_tokenizer(model_);
  write_notes(source.model.notes);
  const Tokenizer& tokenizer = source.tokenizer;
  if (decode_) {
    print_text(tokenizer, parse_ids(*decode_, tokenizer.vocab_size()));
    return 0;
  }
  EncodeOptions encode;
  encode.add_bos = bos_;
  const std::vector<uint32_t> ids = encode_text(tokenizer, read_text(text_), encode);
  if (count_) {
    write_product(std::to_string(ids.size()) + "\n");
  } else if (pieces_) {
    print_pieces(tokenizer, ids);
  } else {
    print_ids(ids);
  }
  return 0;
}

}  // namespace

const CommandInfo kTokenize = {"tokenize", "Show the tokens of a text, or the text of tokens", kExamples,
                               declare_command<TokenizeCommand>};

}  // namespace thimble::cli
