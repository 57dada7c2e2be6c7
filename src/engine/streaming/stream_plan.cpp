#include "engine/streaming/stream_plan.h"

#include "engine/streaming/chunk_reader.h"
#include "engine/streaming/resident_runs.h"
#include "engine/streaming/row_units.h"
#include "format/roles.h"

namespace thimble {
namespace {

// The longest row, or panel, of a matrix, which two pieces may share.
size_t longest_unit(const Model& model) {
  size_t most = 0;
  for (uint32_t i = 0; i < model.tensor_count(); ++i) {
    const size_t bytes = row_unit(model.tensor_at(i, nullptr, nullptr)).bytes;
    if (bytes > most) most = bytes;
  }
  return most;
}

size_t norm_bytes(const Model& model) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < model.tensor_count(); ++i) {
    Role role = Role::kTokenEmbedding;
    const TensorView tensor = model.tensor_at(i, &role, nullptr);
    if (format::is_norm(role)) bytes += tensor.bytes;
  }
  return static_cast<size_t>(bytes);
}

}  // namespace

void size_stream_buffers(const Model& model, uint32_t stream_bytes, bool all_in_memory, Plan* plan) {
  const auto bytes = [plan](Buffer buffer) { return &plan->buffers[static_cast<size_t>(buffer)].bytes; };
  if (model.has_weights()) return;
  plan->options.stream_bytes = stream_bytes;
  const size_t buffer_bytes = ChunkReader::buffer_bytes(stream_bytes, longest_unit(model));
  *bytes(Buffer::kStream0) = buffer_bytes;
  *bytes(Buffer::kStream1) = all_in_memory ? 0 : buffer_bytes;
  *bytes(Buffer::kNorms) = all_in_memory ? 0 : norm_bytes(model);
}

void place_runs(const Model& model, const MemoryLayout& memory, const BlockAllocator& blocks, Plan* plan) {
  ResidentRuns::Offsets sizes{};
  for (size_t r = 0; r < kRegionCount; ++r) sizes[r] = memory.regions[r].block_bytes;
  plan->streamed_bytes = 0;
  plan->weights_at = blocks.used();
  const ResidentRuns runs(model, plan->weights_at, sizes, plan->options.stream_bytes);
  for (const ResidentRun& run : runs.all()) {
    const Placement& place = run.place;
    plan->block_bytes[static_cast<size_t>(place.region)][place.block] = place.offset + place.bytes;
    plan->resident_bytes += place.bytes;
  }
  plan->resident_tensors = runs.tensors();
  if (const Stripes& stripes = runs.stripes(); stripes.count() > 0) {
    const Placement& place = runs.stripes_place();
    // The whole block: its size says where the stripes are.
    plan->block_bytes[static_cast<size_t>(place.region)][place.block] =
        sizes[static_cast<size_t>(place.region)][place.block];
    for (uint32_t i = 0; i < stripes.count(); ++i) {
      plan->resident_bytes += static_cast<size_t>(stripes.kept(i).last - stripes.kept(i).first);
      plan->streamed_bytes += uint64_t{stripes.piece(i).count} * Model::kBlockBytes;
    }
    return;
  }
  const uint64_t end = runs.end() - model.data_offset();
  const bool all = model.has_weights() || end == model.weight_bytes();
  plan->streamed_bytes = all ? 0 : model.weight_bytes() - end / Model::kBlockBytes * Model::kBlockBytes;
}

}  // namespace thimble
