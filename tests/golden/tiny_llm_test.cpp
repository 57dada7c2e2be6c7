// Tiny-LLM from its Hugging Face form, against a forward pass written down here in double over Hugging Face's own
// tensors: their order of rows, their halves of rope, one head of keys and values for two of queries.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/support/memory_files.h"
#include "tests/support/shared_models.h"
#include "tests/support/tiny_llm.h"
#include "tools/convert/convert.h"
#include "tools/import/importers.h"

namespace thimble {
namespace {

using testing::TinyLlm;
using Vector = std::vector<double>;

constexpr double kEpsilon = 1e-5;  // config.json: rms_norm_eps
constexpr double kTheta = 10000;   // Hugging Face's default, as config.json has none

class Reference {
 public:
  explicit Reference(const TinyLlm& model) : model_(model) {}

  // Logits after the next token.
  Vector next(uint32_t token) {
    Vector x = row("model.embed_tokens", token);
    const Vector attended = attend(norm(x, "model.layers.0.input_layernorm"));
    add(times("model.layers.0.self_attn.o_proj", attended), &x);
    const Vector normed = norm(x, "model.layers.0.post_attention_layernorm");
    Vector gate = times("model.layers.0.mlp.gate_proj", normed);
    const Vector up = times("model.layers.0.mlp.up_proj", normed);
    for (size_t i = 0; i < gate.size(); ++i) gate[i] *= up[i] / (1 + std::exp(-gate[i]));
    add(times("model.layers.0.mlp.down_proj", gate), &x);
    return times("lm_head", norm(x, "model.norm"));
  }

 private:
  const std::vector<float>& weights(const std::string& name) const { return model_.tensors.at(name + ".weight"); }

  Vector row(const std::string& name, size_t index) const {
    const auto begin = weights(name).begin() + static_cast<ptrdiff_t>(index * TinyLlm::kDim);
    return {begin, begin + TinyLlm::kDim};
  }

  Vector times(const std::string& name, const Vector& x) const {
    const std::vector<float>& w = weights(name);
    Vector out(w.size() / x.size());
    for (size_t r = 0; r < out.size(); ++r) {
      for (size_t c = 0; c < x.size(); ++c) out[r] += static_cast<double>(w[r * x.size() + c]) * x[c];
    }
    return out;
  }

  Vector norm(const Vector& x, const std::string& name) const {
    double squares = 0;
    for (const double v : x) squares += v * v;
    Vector out(x);
    const double scale = 1 / std::sqrt(squares / static_cast<double>(x.size()) + kEpsilon);
    for (size_t i = 0; i < out.size(); ++i) out[i] *= scale * static_cast<double>(weights(name)[i]);
    return out;
  }

  static void add(const Vector& other, Vector* x) {
    for (size_t i = 0; i < x->size(); ++i) (*x)[i] += other[i];
  }

  // Pairs are i and i + half of the head.
  static void rotate(size_t position, double* head) {
    constexpr size_t kHalf = TinyLlm::kHeadDim / 2;
    for (size_t i = 0; i < kHalf; ++i) {
      const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(TinyLlm::kHeadDim);
      const double angle = static_cast<double>(position) * std::pow(kTheta, exponent);
      const double a = head[i], b = head[i + kHalf];
      head[i] = a * std::cos(angle) - b * std::sin(angle);
      head[i + kHalf] = b * std::cos(angle) + a * std::sin(angle);
    }
  }

  Vector attend(const Vector& x) {
    const size_t position = keys_.size();
    Vector q = times("model.layers.0.self_attn.q_proj", x);
    keys_.push_back(times("model.layers.0.self_attn.k_proj", x));
    values_.push_back(times("model.layers.0.self_attn.v_proj", x));
    rotate(position, keys_.back().data());
    Vector out(q.size());
    for (size_t h = 0; h < TinyLlm::kHeads; ++h) {
      double* head = q.data() + h * TinyLlm::kHeadDim;
      rotate(position, head);
      Vector shares(keys_.size());
      double sum = 0;
      for (size_t t = 0; t < keys_.size(); ++t) {
        double score = 0;
        for (size_t i = 0; i < TinyLlm::kHeadDim; ++i) score += head[i] * keys_[t][i];
        sum += shares[t] = std::exp(score / std::sqrt(static_cast<double>(TinyLlm::kHeadDim)));
      }
      for (size_t t = 0; t < keys_.size(); ++t) {
        for (size_t i = 0; i < TinyLlm::kHeadDim; ++i) {
          out[h * TinyLlm::kHeadDim + i] += shares[t] / sum * values_[t][i];
        }
      }
    }
    return out;
  }

  const TinyLlm& model_;
  std::vector<Vector> keys_, values_;  // [position][head dim]
};

TEST(TinyLlm, FromItsHuggingFaceFormMatchesAReferenceInDouble) {
  THIMBLE_NEED_SHARED();
  const TinyLlm source;
  std::map<std::string, std::vector<std::byte>> files;
  for (auto& [name, bytes] : source.folder()) files["tiny/" + name] = bytes;
  testing::MemoryFiles folder("tiny", std::move(files));
  tools::Notes notes;
  tools::ImportedModel imported = tools::import_model(folder, {}, &notes);
  tools::attach_vocabulary(&imported, folder, "", &notes);
  const tools::ImageBytes image = tools::convert(imported, {});
  testing::TestEngine engine(image.span(), {.context = 32});
  const ModelConfig& c = engine.model().config();
  EXPECT_EQ(c.dim, TinyLlm::kDim);
  EXPECT_EQ(c.hidden_dim, TinyLlm::kHidden);
  EXPECT_EQ(c.n_heads, TinyLlm::kHeads);
  EXPECT_EQ(c.n_kv_heads, 1u);
  EXPECT_EQ(c.vocab_size, TinyLlm::kVocabulary);
  EXPECT_EQ(c.max_context, 1024u);

  const std::vector<uint32_t> tokens = testing::random_tokens(24, c.vocab_size, 5);
  const std::vector<std::vector<float>> found = engine.logits(tokens);
  Reference reference(source);
  double worst = 0, largest = 0;
  for (size_t t = 0; t < tokens.size(); ++t) {
    const Vector expected = reference.next(tokens[t]);
    for (size_t i = 0; i < expected.size(); ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(found[t][i]) - expected[i]));
      largest = std::max(largest, std::abs(expected[i]));
    }
  }
  EXPECT_LT(worst, 1e-4);
  EXPECT_GT(largest, 0.5);  // so that the bound says something
  RecordProperty("worst", std::to_string(worst));
}

}  // namespace
}  // namespace thimble
