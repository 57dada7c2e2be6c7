#include "tools/synth/synthetic_model.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <string>
#include <utility>

#include "format/reader.h"
#include "format/roles.h"

namespace thimble::tools {
namespace {

constexpr ModelConfig shape(uint32_t dim, uint32_t hidden_dim, uint32_t layers, uint32_t heads, uint32_t kv_heads,
                            uint32_t vocab, uint32_t context, bool tied, float theta = 10000) {
  ModelConfig c;
  c.dim = dim;
  c.hidden_dim = hidden_dim;
  c.n_layers = layers;
  c.n_heads = heads;
  c.n_kv_heads = kv_heads;
  c.head_dim = dim / heads;
  c.vocab_size = vocab;
  c.max_context = context;
  c.tied_classifier = tied;
  c.rope_theta = theta;
  c.norm_eps = 1e-5f;
  return c;
}

// stories*: the README of karpathy/llama2.c and the checkpoints of karpathy/tinyllamas. Others: config.json of
// arnir0/Tiny-LLM, HuggingFaceTB/SmolLM2-135M and TinyLlama/TinyLlama-1.1B-Chat-v1.0.
constexpr Shape kShapes[] = {
    {"stories260K", shape(64, 172, 5, 8, 4, 512, 512, true)},
    {"tiny-llm", shape(192, 1024, 1, 2, 1, 32000, 1024, false)},
    {"stories15M", shape(288, 768, 6, 6, 6, 32000, 256, true)},
    {"stories42M", shape(512, 1376, 8, 8, 8, 32000, 1024, true)},
    {"stories110M", shape(768, 2048, 12, 12, 12, 32000, 1024, true)},
    {"smollm2-135m", shape(576, 1536, 30, 9, 3, 49152, 8192, true, 100000)},
    {"tinyllama-1.1b", shape(2048, 5632, 22, 32, 4, 32000, 2048, false)},
};

class Random {  // splitmix64
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  size_t below(size_t n) { return static_cast<size_t>(next() % n); }
  // In [-1, 1), in steps of 2^-23: exact in a float.
  float signed_unit() { return static_cast<float>(static_cast<int32_t>(next() >> 40) - (1 << 23)) * 0x1p-23f; }

 private:
  uint64_t state_;
};

// Every row has a generator of its own, so that rows can be asked for in any order.
SourceTensor random_tensor(const TensorShape& t, uint64_t seed) {
  const bool norm = format::is_norm(t.role);
  const bool table = t.role == Role::kTokenEmbedding;
  // Uniform numbers up to sqrt(3) have a variance of 1; a product of `cols` of them keeps that under 1 / sqrt(cols).
  const float size = norm ? 0.25f : std::sqrt(3.0f / static_cast<float>(table ? 1 : t.cols));
  const uint64_t tensor_seed = Random(seed ^ (uint64_t{t.layer} << 32 | static_cast<uint64_t>(t.role))).next();
  return {t.role, t.layer, t.rows, t.cols, [=](uint32_t row, std::span<float> out) {
            Random random(tensor_seed + row);
            for (float& weight : out) weight = (norm ? 1.0f : 0.0f) + size * random.signed_unit();
          }};
}

// Letters, and joins of two pieces that stand before, so that merging reaches every piece.
void add_words(size_t count, uint64_t seed, Vocabulary* vocabulary) {
  constexpr size_t kLongest = 12;
  std::vector<std::string> words;
  std::set<std::string> known;
  Random random(seed);
  while (words.size() < count) {
    std::string word = words.size() < 27 ? std::string(1, " abcdefghijklmnopqrstuvwxyz"[words.size()])
                                         : words[random.below(words.size())] + words[random.below(words.size())];
    const bool inner_space = word.find(' ', 1) != std::string::npos;
    if (word.size() > kLongest || inner_space || !known.insert(word).second) continue;
    vocabulary->pieces.push_back({word, -static_cast<float>(words.size()), PieceType::kNormal});
    words.push_back(std::move(word));
  }
}

Vocabulary synthetic_vocabulary(uint32_t size, uint64_t seed) {
  Vocabulary vocabulary;
  vocabulary.format = "synthetic";
  vocabulary.unk = 0;
  vocabulary.bos = 1;
  vocabulary.eos = 2;
  vocabulary.pieces = {
      {"<unk>", 0, PieceType::kUnknown}, {"<s>", 0, PieceType::kControl}, {"</s>", 0, PieceType::kControl}};
  for (int byte = 0; byte < 256; ++byte) {
    vocabulary.pieces.push_back({std::string(1, static_cast<char>(byte)), 0, PieceType::kByte});
  }
  add_words(size - vocabulary.pieces.size(), seed, &vocabulary);
  return vocabulary;
}

}  // namespace

std::span<const Shape> known_shapes() { return kShapes; }

ImportedModel synthetic_model(const Shape& shape, uint64_t seed, uint32_t context) {
  ImportedModel model;
  model.config = shape.config;
  if (context != 0) model.config.max_context = context;
  model.format = "synthetic";
  model.name = std::string("random weights like ") + shape.name;
  model.vocabulary = synthetic_vocabulary(model.config.vocab_size, seed);
  for (uint32_t i = 0; i < expected_tensor_count(model.config); ++i) {
    model.tensors.push_back(random_tensor(expected_tensor(model.config, i), seed));
  }
  return model;
}

}  // namespace thimble::tools
