#include <array>

#include "base/bytes.h"
#include "text/piece_index.h"
#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {

Vocabulary read_vocabulary_section(std::span<const std::byte> section, uint32_t vocab_size) {
  Tokenizer check;
  if (const Status status = check.open(section, vocab_size); !status.ok()) {
    std::array<char, 256> text;
    throw Error("its vocabulary cannot be used: " + std::string(format_status(status, text)));
  }
  const auto field = [&](size_t at) { return load_u32(section.data() + at); };
  const uint32_t flags = field(vocab::kFlagsAt);
  Vocabulary vocabulary;
  vocabulary.bos = field(vocab::kBosAt);
  vocabulary.eos = field(vocab::kEosAt);
  vocabulary.unk = field(vocab::kUnkAt);
  vocabulary.add_bos = (flags & vocab::kAddBos) != 0;
  vocabulary.add_space = (flags & vocab::kAddSpace) != 0;
  vocabulary.remove_extra_spaces = (flags & vocab::kRemoveExtraSpaces) != 0;
  vocabulary.merge_unused = (flags & vocab::kMergeUnused) != 0;
  vocabulary.add_space_once = (flags & vocab::kAddSpaceOnce) != 0;
  vocabulary.whole_words = (flags & vocab::kWholeWords) != 0;
  vocabulary.split_rule = static_cast<byte_level::SplitRule>(field(vocab::kSplitRuleAt));
  vocabulary.format = ".thm";
  const uint32_t pieces = field(vocab::kSizeAt);
  vocabulary.steps = pieces - vocab_size;
  const PieceIndex index(section.data(), pieces, field(vocab::kBucketCountAt), field(vocab::kMaxPieceBytesAt));
  for (uint32_t id = 0; id < pieces; ++id) {
    const Record record = index.record(id);
    const std::byte* bytes = section.data() + field(vocab::kOffsetsAt + size_t{id} * sizeof(uint32_t));
    const auto left = static_cast<uint8_t>(bytes[vocab::kRecordLeftAt]);
    vocabulary.pieces.push_back({std::string(record.text), record.score, record.type, left});
  }
  return vocabulary;
}

}  // namespace thimble::tools
