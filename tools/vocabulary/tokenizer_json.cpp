// Hugging Face tokenizer.json of model type BPE. What its parts do to a text must be what this tokenizer does; whatever
// else they ask for is refused by its name.

#include <algorithm>
#include <array>

#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/json.h"
#include "tools/vocabulary/byte_spelling.h"
#include "tools/vocabulary/merges.h"
#include "tools/vocabulary/piece_text.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {
namespace {

using byte_level::SplitRule;

constexpr const char* kMetaSpace = "\xe2\x96\x81";

// The regular expressions that are known, as the files spell them.
struct KnownExpression {
  std::string_view text;
  SplitRule rule;
};
constexpr KnownExpression kExpressions[] = {
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     SplitRule::kLlama3},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     SplitRule::kQwen2},
};

// A component that is a Sequence of others, as those; none where it is absent.
std::vector<const Json*> steps_of(const Json& tokenizer, const char* key, const char* list) {
  const Json* component = json_member(tokenizer, key);
  if (component == nullptr) return {};
  const Json* steps = json_member(*component, list);
  if (steps == nullptr) return {component};
  std::vector<const Json*> out;
  for (const Json& step : *steps) out.push_back(&step);
  return out;
}

class TokenizerReader {
 public:
  TokenizerReader(const Json& tokenizer, const std::string& name) : json_(tokenizer), name_(name) {}

  Vocabulary read() {
    out_.format = "tokenizer.json";
    out_.add_space = false;
    check_model();
    read_pre_tokenizer();
    read_normalizer();
    read_pieces();
    read_added_tokens();
    read_unknown();
    apply_merges(read_merges(), &out_, name_);
    read_post_processor();
    guess_end();
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { throw Error(name_ + ": " + what); }
  [[noreturn]] void refuse_part(const char* part, const std::string& type) const {
    refuse(std::string(part) + " " + type.substr(0, 40) +
           " is not supported; name another tokenizer with --tokenizer, such as the model's tokenizer.model");
  }
  std::string type_of(const Json& part) const { return json_text(part, "type", name_).value_or("unnamed"); }
  const Json& model() const { return *json_member(json_, "model"); }

  void check_model() const {
    const Json* model = json_member(json_, "model");
    if (model == nullptr || !model->is_object()) refuse("key model is missing: this is no tokenizer.json");
    // Old files of this type do not name it.
    const std::string type = json_text(*model, "type", name_).value_or("BPE");
    if (type != "BPE") refuse_part("a tokenizer of type", type);
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (!json_text(*model, key, name_).value_or("").empty()) refuse_part("key", std::string("model.") + key);
    }
  }

  bool by_bytes() const { return out_.split_rule != SplitRule::kNone; }

  void read_pre_tokenizer() {
    SplitRule rule = SplitRule::kGpt2;
    for (const Json* step : steps_of(json_, "pre_tokenizer", "pretokenizers")) {
      const std::string type = type_of(*step);
      if (type == "ByteLevel") {
        const bool own_rule = json_flag(*step, "use_regex", name_).value_or(true);
        if (own_rule == (rule == SplitRule::kLlama3 || rule == SplitRule::kQwen2)) {
          refuse_part("pre_tokenizer", own_rule ? "ByteLevel behind Split" : "ByteLevel without a rule");
        }
        out_.split_rule = rule;
        out_.add_space = out_.add_space_once = json_flag(*step, "add_prefix_space", name_).value_or(true);
      } else if (type == "Split") {
        rule = rule_of(*step);
      } else if (type == "Digits" && json_flag(*step, "individual_digits", name_).value_or(false)) {
        rule = SplitRule::kSmolLm;
      } else if (type == "Metaspace") {
        read_metaspace(*step);
      } else {
        refuse_part("pre_tokenizer", type);
      }
    }
    if (rule != SplitRule::kGpt2 && !by_bytes()) refuse_part("pre_tokenizer", "Split without ByteLevel");
  }

  SplitRule rule_of(const Json& split) const {
    const Json* pattern = json_member(split, "pattern");
    const std::string text = pattern == nullptr ? "" : json_text(*pattern, "Regex", name_).value_or("");
    const std::string behavior = json_text(split, "behavior", name_).value_or("");
    const bool inverted = json_flag(split, "invert", name_).value_or(false);
    // The same, since these expressions leave nothing of a text between what they match.
    const bool keeps_matches = inverted ? behavior == "Removed" : behavior == "Isolated";
    const auto* found = std::ranges::find(kExpressions, text, &KnownExpression::text);
    if (!keeps_matches || found == std::end(kExpressions)) {
      refuse_part("pre_tokenizer Split by", text.empty() ? "another pattern" : text);
    }
    return found->rule;
  }

  void read_metaspace(const Json& step) {
    if (json_text(step, "replacement", name_).value_or(kMetaSpace) != kMetaSpace) {
      refuse_part("pre_tokenizer", "Metaspace with another replacement");
    }
    const bool old_form = json_flag(step, "add_prefix_space", name_).value_or(true);
    const std::string scheme = json_text(step, "prepend_scheme", name_).value_or(old_form ? "always" : "never");
    out_.add_space = out_.add_space_once = scheme != "never";
    writes_spaces_ = true;
    splits_at_spaces_ = json_flag(step, "split", name_).value_or(true);
  }

  void read_normalizer() {
    for (const Json* step : steps_of(json_, "normalizer", "normalizers")) {
      const std::string type = type_of(*step);
      if (type == "NFC") {
        out_.remark = "the tokenizer's normalizer NFC is not applied: give text in that form, as keyboards do";
      } else if (by_bytes()) {
        refuse_part("normalizer", type);
      } else if (type == "Prepend" && json_text(*step, "prepend", name_).value_or("") == kMetaSpace) {
        out_.add_space = true;
      } else if (type == "Replace" && replaces_spaces(*step)) {
        writes_spaces_ = true;
      } else {
        refuse_part("normalizer", type);
      }
    }
    if (!by_bytes() && !writes_spaces_) refuse_part("a tokenizer", "with neither ByteLevel nor U+2581 for spaces");
  }
  bool replaces_spaces(const Json& step) const {
    const Json* pattern = json_member(step, "pattern");
    return pattern != nullptr && json_text(*pattern, "String", name_).value_or("") == " " &&
           json_text(step, "content", name_).value_or("") == kMetaSpace;
  }

  // Ids may have gaps, which are no pieces; but not more of them than pieces.
  VocabularyPiece* place_of(uint64_t id, uint64_t most) {
    if (id >= vocab::kMaxPieces || id > most) {
      refuse("id " + std::to_string(id) + " for a vocabulary of " + std::to_string(most / 2) +
             " pieces; the file is damaged");
    }
    if (id >= out_.pieces.size()) out_.pieces.resize(static_cast<size_t>(id) + 1, {"", 0, PieceType::kUnused});
    return &out_.pieces[static_cast<size_t>(id)];
  }

  void read_pieces() {
    const Json* pieces = json_member(model(), "vocab");
    if (pieces == nullptr || !pieces->is_object() || pieces->empty()) refuse("key model.vocab has no pieces");
    const bool fallback = json_flag(model(), "byte_fallback", name_).value_or(false);
    for (const auto& [spelled, id] : pieces->items()) {
      if (!id.is_number_unsigned()) refuse("key model.vocab: a piece without an id; the file is damaged");
      *place_of(id.get<uint64_t>(), 2 * pieces->size()) =
          by_bytes() ? merged_piece(spelled) : piece_of(spelled, fallback);
    }
    out_.whole_words = json_flag(model(), "ignore_merges", name_).value_or(false);
    for (size_t id = 0; id < out_.pieces.size(); ++id) check_piece(out_.pieces[id], name_, id);
    for (const VocabularyPiece& piece : out_.pieces) {
      if (splits_at_spaces_ && piece.type == PieceType::kNormal && !vocab::whole_at_spaces(piece.text)) {
        refuse_part("pre_tokenizer", "Metaspace with split, and pieces across spaces");
      }
    }
  }
  static VocabularyPiece piece_of(const std::string& spelled, bool byte_fallback) {
    const int byte = byte_fallback ? spelled_byte(spelled) : -1;
    if (byte >= 0) return {std::string(1, static_cast<char>(byte)), 0, PieceType::kByte};
    return {with_spaces(spelled), 0, PieceType::kNormal};
  }

  // Found in a text before anything else.
  void read_added_tokens() {
    const Json* tokens = json_member(json_, "added_tokens");
    if (tokens == nullptr) return;
    const uint64_t most = 2 * (out_.pieces.size() + tokens->size());
    for (const Json& token : *tokens) {
      const auto id = json_integer(token, "id", name_);
      const auto content = json_text(token, "content", name_);
      if (!id || !content || content->empty()) refuse("key added_tokens: an entry without id or content");
      const bool special = json_flag(token, "special", name_).value_or(false);
      const auto has = [&](const char* key) { return json_flag(token, key, name_).value_or(false); };
      for (const char* key : {"lstrip", "rstrip", "single_word"}) {
        if (has(key) && (!special || key == std::string_view("single_word"))) {
          refuse_part("added token", *content + " with " + key);
        }
      }
      if (has("lstrip") || has("rstrip")) out_.stripping.push_back({*content, has("lstrip"), has("rstrip")});
      VocabularyPiece* piece = place_of(*id, most);
      *piece = {*content, 0, special ? PieceType::kControl : PieceType::kUser};
      check_piece(*piece, name_, static_cast<size_t>(*id));
    }
  }

  void read_unknown() {
    const auto unknown = json_text(model(), "unk_token", name_);
    if (!unknown) return;
    out_.unk = find(*unknown);
    if (out_.unk != kNoToken) out_.pieces[out_.unk].type = PieceType::kUnknown;
  }

  // Entries are "a b" or ["a", "b"].
  std::vector<Merge> read_merges() const {
    std::vector<Merge> merges;
    const Json* entries = json_member(model(), "merges");
    if (entries == nullptr || !entries->is_array()) refuse("key model.merges is missing");
    for (const Json& entry : *entries) {
      std::array<std::string, 2> parts;
      if (entry.is_string()) {
        const auto& line = entry.get_ref<const std::string&>();
        const size_t space = line.find(' ', 1);
        if (space != std::string::npos) parts = {line.substr(0, space), line.substr(space + 1)};
      } else if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
        parts = {entry[0].get<std::string>(), entry[1].get<std::string>()};
      }
      if (parts[1].empty())
        refuse("key model.merges: entry " + std::to_string(merges.size()) + " is no pair of pieces");
      merges.push_back({merged_text(parts[0]), merged_text(parts[1])});
    }
    return merges;
  }
  std::string merged_text(const std::string& spelled) const {
    return by_bytes() ? spelled_bytes(spelled).value_or(spelled) : with_spaces(spelled);
  }

  // A template that puts a token in front.
  void read_post_processor() {
    out_.add_bos = false;
    for (const Json* step : steps_of(json_, "post_processor", "processors")) {
      const Json* single = json_member(*step, "single");
      if (type_of(*step) != "TemplateProcessing" || single == nullptr || !single->is_array() || single->empty())
        continue;
      const Json* token = json_member((*single)[0], "SpecialToken");
      if (token == nullptr) continue;
      out_.bos = find(json_text(*token, "id", name_).value_or(""));
      out_.add_bos = out_.bos != kNoToken;
    }
  }

  // The file does not say; tokenizer_config.json beside it does.
  void guess_end() {
    for (const char* usual : {"</s>", "<|endoftext|>", "<|end_of_text|>", "<|im_end|>"}) {
      if (out_.eos == kNoToken) out_.eos = find(usual);
    }
  }

  uint32_t find(const std::string& text) const {
    const auto found = std::ranges::find(out_.pieces, text, &VocabularyPiece::text);
    return found == out_.pieces.end() ? kNoToken : static_cast<uint32_t>(found - out_.pieces.begin());
  }

  const Json& json_;
  const std::string& name_;
  Vocabulary out_;
  bool writes_spaces_ = false;  // as U+2581
  bool splits_at_spaces_ = false;
};

// A token is its text, or an object that has it.
std::optional<std::string> token_text(const Json& config, const char* key, const std::string& name) {
  const Json* token = json_member(config, key);
  if (token != nullptr && token->is_object()) return json_text(*token, "content", name);
  return json_text(config, key, name);
}

}  // namespace

Vocabulary read_tokenizer_json(std::span<const std::byte> bytes, const std::string& name) {
  const Json json = parse_json(bytes, name);
  if (!json.is_object()) throw Error(name + ": not an object: this is no tokenizer.json");
  return TokenizerReader(json, name).read();
}

void apply_tokenizer_config(std::span<const std::byte> bytes, const std::string& name, Vocabulary* vocabulary) {
  const Json config = parse_json(bytes, name);
  const auto set = [&](const char* key, uint32_t* id) {
    const auto text = token_text(config, key, name);
    if (!text) return;
    const auto found = std::ranges::find(vocabulary->pieces, *text, &VocabularyPiece::text);
    if (found != vocabulary->pieces.end()) *id = static_cast<uint32_t>(found - vocabulary->pieces.begin());
  };
  set("bos_token", &vocabulary->bos);
  set("eos_token", &vocabulary->eos);
  const bool add_bos = json_flag(config, "add_bos_token", name).value_or(vocabulary->add_bos);
  vocabulary->add_bos = add_bos && vocabulary->bos != kNoToken;
}

}  // namespace thimble::tools
