#include "tests/support/engine_fixture.h"

#include <array>
#include <stdexcept>

namespace thimble::testing {
namespace {

void check(const Status& status) {
  if (!status.ok()) throw std::runtime_error(to_string(status));
}

}  // namespace

std::string to_string(const Status& status) {
  std::array<char, 256> buffer;
  return std::string(format_status(status, buffer));
}

TestEngine::TestEngine(std::span<const std::byte> image, const PlanOptions& options) {
  check(model_.open(image));
  plan_ = make_plan(model_, options, MemoryLayout::unlimited());
  check(plan_.status);
  memory_ = tools::ImageBytes(plan_.total_bytes());
  check(engine_.init(model_, plan_, Memory(memory_.span())));
}

std::vector<std::vector<float>> TestEngine::logits(std::span<const uint32_t> tokens) {
  std::vector<std::vector<float>> all(tokens.size());
  const LogitsSink sink{[](void* context, uint32_t index, uint32_t first_row, std::span<const float> rows) {
                          auto& out = (*static_cast<std::vector<std::vector<float>>*>(context))[index];
                          if (out.size() != first_row) throw std::logic_error("logit rows out of order");
                          out.insert(out.end(), rows.begin(), rows.end());
                        },
                        &all};
  check(engine_.rewind(0));
  check(engine_.forward(tokens, LogitsOf::kAll, &sink));
  return all;
}

uint64_t hash_of(Engine& engine, std::span<const uint32_t> tokens) {
  LogitsHash hash(engine.model().config().vocab_size);
  const LogitsSink sink{[](void* context, uint32_t index, uint32_t first_row, std::span<const float> rows) {
                          static_cast<LogitsHash*>(context)->add(index, first_row, rows);
                        },
                        &hash};
  check(engine.rewind(0));
  check(engine.forward(tokens, LogitsOf::kAll, &sink));
  return hash.value();
}

Parallel sharing_all(Parallel parallel) {
  parallel.least_products = 0;
  return parallel;
}

Generated generate(Engine& engine, std::string_view prompt, GeneratorParams params) {
  params.hash_logits = true;
  Generator generator(engine, params);
  check(generator.start(prompt));
  Generated out;
  while (const Piece piece = generator.next()) out.text += piece.text();
  check(generator.status());
  out.tokens.assign(generator.tokens().begin(), generator.tokens().end());
  out.finish = generator.finish_reason();
  out.hash = generator.logits_hash();
  return out;
}

GeneratorParams greedy(uint32_t tokens) {
  GeneratorParams params;
  params.sampler.temperature = 0;
  params.max_tokens = tokens;
  return params;
}

std::vector<uint32_t> random_tokens(size_t count, uint32_t vocab_size, uint64_t seed) {
  std::vector<uint32_t> tokens(count);
  for (uint32_t& token : tokens) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;  // Knuth's MMIX generator
    token = static_cast<uint32_t>((seed >> 33) % vocab_size);
  }
  return tokens;
}

}  // namespace thimble::testing
