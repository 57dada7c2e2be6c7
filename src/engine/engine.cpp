// Setting an engine up: laying the plan over the caller's memory.

#include "thimble/engine.h"

#include <new>

#include "base/fp_environment.h"
#include "base/streaming.h"
#include "engine/held_text.h"
#include "engine/network.h"
#include "text/words/words.h"

namespace thimble {
namespace {

Status check_memory(const Plan& plan, const Memory& memory) {
  if (memory.too_many()) return Status::error(Code::kLimit, "memory blocks");
  for (size_t r = 0; r < kRegionCount; ++r) {
    for (size_t b = 0; b < kMaxBlocks; ++b) {
      const size_t needed = plan.block_bytes[r][b];
      if (needed == 0) continue;
      const auto region = static_cast<Region>(r);
      const std::span<std::byte> block = memory.block(region, b);
      if (block.size() < needed) {
        return Status::error(Code::kOutOfMemory, region_name(region)).at(b).got(block.size(), needed);
      }
    }
  }
  return {};
}

// Opens a vocabulary that is not in memory. Its table of offsets may lie where texts will be encoded, or keys and
// values will be.
[[maybe_unused]] Status open_streamed(const Model& model, const Plan& plan, const Memory& memory,
                                      const WeightReader& reader, Tokenizer* tokenizer) {
  const std::span<std::byte> buffer = memory.at(plan.at(Buffer::kTokenizer));
  std::span<std::byte> scratch = buffer.subspan(Tokenizer::kStreamBytes);
  for (size_t i = 0; i < plan.kv_run_count; ++i) {
    const std::span<std::byte> layers = memory.at(plan.kv_runs[i].place);
    if (layers.size() > scratch.size()) scratch = layers;
  }
  return tokenizer->open_streamed({model.vocabulary(), model.vocabulary_place(), reader}, model.config().vocab_size,
                                  buffer.first(Tokenizer::kStreamBytes), scratch);
}

}  // namespace

Status Engine::init(const Model& model, const Plan& plan, const Memory& memory, const WeightReader* reader) {
  network_ = nullptr;
  ++revision_;
  if (!model.is_open()) return Status::error(Code::kNotReady, "model");
  if (!model.has_weights() && reader == nullptr) return Status::error(Code::kNotReady, "weights");
  THIMBLE_RETURN_IF_ERROR(plan.status);
  const bool streams_pieces = kStreaming && !model.has_vocabulary();
  if (!streams_pieces) THIMBLE_RETURN_IF_ERROR(tokenizer_.open(model.vocabulary(), model.config().vocab_size));
  if constexpr (words::kLinked) {
    if (streams_pieces && !model.words().empty()) return Status::error(Code::kNotReady, "vocabulary beside a lexicon");
    THIMBLE_RETURN_IF_ERROR(lexicon_.open(model.words()));
  }
  const uint32_t longest =
      streams_pieces ? Tokenizer::max_piece_bytes(model.vocabulary()) : tokenizer_.max_piece_bytes();
  const size_t text_bytes = held_text_bytes(plan.options.max_stop_bytes, longest);
  const size_t piece_bytes = streams_pieces ? Tokenizer::kStreamBytes : 0;
  if (plan.config != model.config() || plan.arithmetic != model.arithmetic() ||
      (!plan.from_head && !model.has_weights()) || plan.at(Buffer::kText).bytes < text_bytes ||
      (streams_pieces && plan.at(Buffer::kTokenizer).bytes < tokenizer_bytes(model, plan.options))) {
    return Status::error(Code::kMismatch, "plan made for another model");
  }
  THIMBLE_RETURN_IF_ERROR(check_memory(plan, memory));
  if constexpr (kStreaming) {
    if (streams_pieces) THIMBLE_RETURN_IF_ERROR(open_streamed(model, plan, memory, *reader, &tokenizer_));
  }
  const FpEnvironment environment;
  if (!arithmetic_is_ieee()) return Status::error(Code::kArithmetic, "");
  model_ = model;
  plan_ = plan;
  const auto buffer = [&](Buffer which) { return memory.at(plan_.at(which)); };
  const std::span<std::byte> text = buffer(Buffer::kText);
  session_.tokens = {reinterpret_cast<uint32_t*>(buffer(Buffer::kTokens).data()), size_t{context()} + 1};
  session_.tokenizer_workspace = buffer(Buffer::kTokenizer).subspan(piece_bytes);
  session_.text = {reinterpret_cast<char*>(text.data()), text.size()};
  position_ = 0;
  auto* network = new (buffer(Buffer::kNetwork).data()) Network(model_, plan_, memory, reader);
  THIMBLE_RETURN_IF_ERROR(network->load_weights(model_));
  network_ = network;
  return {};
}

Status Engine::set_parallel(const Parallel& parallel) {
  if (!ready()) return Status::error(Code::kNotReady, "engine");
  const uint32_t most = plan_.options.max_workers;
  if (parallel.workers < 1 || parallel.workers > most) {
    return Status::error(Code::kInvalidArgument, "workers").above(parallel.workers, most);
  }
  if (parallel.workers > 1 && parallel.run == nullptr) return Status::error(Code::kInvalidArgument, "parallel.run");
  network_->set_parallel(parallel);
  return {};
}

StreamCounts Engine::stream_counts() const { return ready() ? network_->stream_counts() : StreamCounts(); }

Status Engine::rewind(uint32_t position) {
  if (position > position_) return Status::error(Code::kInvalidArgument, "rewind position").above(position, position_);
  position_ = position;
  ++revision_;
  return {};
}

}  // namespace thimble
