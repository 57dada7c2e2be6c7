#include "engine/streaming/stripes.h"

#include "base/checked.h"
#include "engine/streaming/row_units.h"

namespace thimble {

Stripes::Stripes(const Model& model, uint64_t begin, size_t room, uint32_t piece_blocks)
    : classifier_(model.tensor(Role::kClassifier)),
      data_offset_(model.data_offset()),
      unit_bytes_(row_unit(classifier_).bytes),
      piece_blocks_(piece_blocks) {
  const uint32_t blocks = model.block_count();
  const uint64_t end = block_at(blocks);
  const uint64_t classifier_end = classifier_.offset + classifier_.bytes;
  if (classifier_end != data_offset_ + model.weight_bytes() || classifier_end <= begin + room) return;

  // Rows on both edges of what stays, and one on the edge of the front.
  const uint64_t on_edges = round_up<uint64_t>(uint64_t{2} * unit_bytes_, kBlockAlignment);
  const uint64_t front_more = unit_bytes_ + kBlockAlignment;
  const uint64_t piece_bytes = uint64_t{piece_blocks} * Model::kBlockBytes;
  if (piece_bytes <= on_edges) return;
  const uint64_t saved = piece_bytes - on_edges;
  const uint64_t pieces = (end - begin + front_more - room + saved - 1) / saved;

  const uint64_t cut_from = (begin > classifier_.offset ? begin : classifier_.offset) - data_offset_;
  const uint64_t first = (cut_from + Model::kBlockBytes - 1) / Model::kBlockBytes;
  if (first + pieces * (piece_blocks + 1) > blocks) return;
  count_ = static_cast<uint32_t>(pieces);
  kept_blocks_ = static_cast<uint32_t>(blocks - first) / count_ - piece_blocks;
  first_block_ = blocks - count_ * period();
  slot_bytes_ = static_cast<size_t>(uint64_t{kept_blocks_} * Model::kBlockBytes + on_edges);
}

Stripes::Kept Stripes::kept(uint32_t i) const {
  const uint32_t piece_end = piece(i).first + piece_blocks_;
  return {unit_begin(block_at(piece_end)), unit_end(block_at(piece_end + kept_blocks_)), i * slot_bytes_};
}

uint32_t Stripes::index(uint64_t offset) const {
  const auto block = static_cast<uint32_t>((offset - block_at(first_block_)) / Model::kBlockBytes);
  return block / period();
}

uint64_t Stripes::unit_begin(uint64_t offset) const {
  return classifier_.offset + (offset - classifier_.offset) / unit_bytes_ * unit_bytes_;
}

uint64_t Stripes::unit_end(uint64_t offset) const {
  const uint64_t end = unit_begin(offset + unit_bytes_ - 1);
  return end < classifier_.offset + classifier_.bytes ? end : classifier_.offset + classifier_.bytes;
}

}  // namespace thimble
