#include "tools/vocabulary/prune.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "text/utf8.h"
#include "text/vocabulary_layout.h"

namespace thimble::tools {
namespace {

bool merges(const Vocabulary& vocabulary, const VocabularyPiece& piece) {
  const bool unused = vocabulary.merge_unused && piece.type == PieceType::kUnused && !piece.text.empty();
  return piece.type == PieceType::kNormal || unused;
}

bool is_character(std::string_view text) { return utf8_length(text) == text.size(); }

// Merging as docs/FORMAT.md has it, for one piece at a time: slow and short.
class Merger {
 public:
  explicit Merger(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {
    for (uint32_t id = 0; id < vocabulary.pieces.size(); ++id) {
      if (merges(vocabulary, vocabulary.pieces[id])) by_text_.try_emplace(vocabulary.pieces[id].text, id);
    }
  }

  // The ids of all symbols that come up when `text` is merged, its characters (or bytes) included.
  std::vector<uint32_t> symbols_of(std::string_view text) const {
    std::vector<std::string_view> symbols;
    for (size_t at = 0; at < text.size(); at += symbols.back().size()) {
      symbols.push_back(text.substr(at, by_bytes_ ? 1 : utf8_length(text.substr(at))));
    }
    std::vector<uint32_t> ids;
    for (const std::string_view character : symbols) {
      if (const auto found = by_text_.find(character); found != by_text_.end()) ids.push_back(found->second);
    }
    for (auto best = best_pair(symbols); best.id != kNoToken; best = best_pair(symbols)) {
      ids.push_back(best.id);
      symbols[best.at] = joined(symbols, best.at);
      symbols.erase(symbols.begin() + static_cast<ptrdiff_t>(best.at) + 1);
    }
    return ids;
  }

 private:
  struct Pair {
    size_t at = 0;
    uint32_t id = kNoToken;
  };

  static std::string_view joined(const std::vector<std::string_view>& symbols, size_t at) {
    return {symbols[at].data(), symbols[at].size() + symbols[at + 1].size()};
  }

  Pair best_pair(const std::vector<std::string_view>& symbols) const {
    Pair best;
    for (size_t at = 0; at + 1 < symbols.size(); ++at) {
      const auto found = by_text_.find(joined(symbols, at));
      if (found == by_text_.end()) continue;
      const VocabularyPiece& piece = vocabulary_.pieces[found->second];
      if (piece.left != vocab::kAnyLeft && piece.left != symbols[at].size()) continue;
      if (best.id == kNoToken || piece.score > vocabulary_.pieces[best.id].score) best = {at, found->second};
    }
    return best;
  }

  const Vocabulary& vocabulary_;
  const bool by_bytes_ = vocabulary_.split_rule != byte_level::SplitRule::kNone;
  std::unordered_map<std::string_view, uint32_t> by_text_;  // the lowest id of a text
};

}  // namespace

Pruning needed_pieces(const Vocabulary& vocabulary, std::span<const uint32_t> ids) {
  const std::vector<VocabularyPiece>& pieces = vocabulary.pieces;
  std::vector<bool> is_kept(pieces.size());
  Pruning pruning;
  const auto keep = [&](uint32_t id, size_t* count) {
    if (id == kNoToken || is_kept[id]) return;
    is_kept[id] = true;
    ++*count;
  };
  for (uint32_t id = 0; id < pieces.size(); ++id) {
    if (pieces[id].type != PieceType::kNormal && pieces[id].type != PieceType::kUnused) keep(id, &pruning.always);
  }
  for (const uint32_t id : {vocabulary.bos, vocabulary.eos, vocabulary.unk}) keep(id, &pruning.always);
  for (const uint32_t id : ids) keep(id, &pruning.in_text);

  // A piece that is unused already leaves no trace in `ids`, but takes its characters from what stands beside it: all
  // of those stay, as steps.
  const Merger merger(vocabulary);
  std::vector<bool> is_step(pieces.size());
  for (uint32_t id = 0; id < pieces.size(); ++id) {
    const bool is_made = is_kept[id] || pieces[id].type == PieceType::kUnused;
    if (!is_made || !merges(vocabulary, pieces[id])) continue;
    for (const uint32_t step : merger.symbols_of(pieces[id].text)) is_step[step] = !is_kept[step];
  }
  for (uint32_t id = 0; id < pieces.size(); ++id) {
    if (is_step[id] && pieces[id].type == PieceType::kNormal && is_character(pieces[id].text)) {
      keep(id, &pruning.characters);
    }
    if (is_kept[id]) {
      pruning.kept.push_back(id);
    } else if (is_step[id]) {
      pruning.steps.push_back(id);
    }
  }
  return pruning;
}

void keep_pieces(const Pruning& pruning, ImportedModel* model) {
  Vocabulary& vocabulary = model->vocabulary;
  std::vector<VocabularyPiece> pieces;
  for (const uint32_t id : pruning.kept) pieces.push_back(vocabulary.pieces[id]);
  for (const uint32_t id : pruning.steps) {
    pieces.push_back(vocabulary.pieces[id]);
    pieces.back().type = PieceType::kUnused;
  }
  for (uint32_t* special : {&vocabulary.bos, &vocabulary.eos, &vocabulary.unk}) {
    if (*special == kNoToken) continue;
    *special = static_cast<uint32_t>(std::ranges::find(pruning.kept, *special) - pruning.kept.begin());
  }
  vocabulary.pieces = std::move(pieces);
  vocabulary.steps = static_cast<uint32_t>(pruning.steps.size());
  if (vocabulary.steps > 0) vocabulary.merge_unused = true;

  const auto rows = static_cast<uint32_t>(pruning.kept.size());
  model->config.vocab_size = rows;
  for (SourceTensor& tensor : model->tensors) {
    if (tensor.role != Role::kTokenEmbedding && tensor.role != Role::kClassifier) continue;
    tensor.rows = rows;
    tensor.read_row = [all = std::move(tensor.read_row), ids = pruning.kept](uint32_t row, std::span<float> out) {
      all(ids[row], out);
    };
  }
}

}  // namespace thimble::tools
