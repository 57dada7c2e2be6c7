// GGUF files of the llama architecture. Rows of q and k stand in them as in .thm, pairs of a rotation side by side.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "base/checked.h"
#include "base/checksum.h"
#include "format/layout.h"
#include "format/reader.h"
#include "format/roles.h"
#include "tools/error.h"
#include "tools/first_bytes.h"
#include "tools/import/chat_template.h"
#include "tools/import/ggml_blocks.h"
#include "tools/import/gguf_file.h"
#include "tools/import/importers.h"
#include "tools/import/rope_table.h"
#include "tools/vocabulary/gguf_vocabulary.h"

namespace thimble::tools {
namespace {

using enum Role;

struct RoleName {
  Role role;
  const char* name;  // behind "blk.N." in layers, in front of ".weight"
};
constexpr RoleName kNames[] = {{kTokenEmbedding, "token_embd"},
                               {kAttentionNorm, "attn_norm"},
                               {kWq, "attn_q"},
                               {kWk, "attn_k"},
                               {kWv, "attn_v"},
                               {kWo, "attn_output"},
                               {kFfnNorm, "ffn_norm"},
                               {kWGate, "ffn_gate"},
                               {kWUp, "ffn_up"},
                               {kWDown, "ffn_down"},
                               {kFinalNorm, "output_norm"},
                               {kClassifier, "output"}};

constexpr const char* kRopeFrequencies = "rope_freqs.weight";

std::string tensor_name(Role role, uint32_t layer) {
  const std::string name = std::ranges::find(kNames, role, &RoleName::role)->name;
  return (in_layer(role) ? "blk." + std::to_string(layer) + '.' : "") + name + ".weight";
}

std::string shape_text(const std::vector<uint64_t>& dims) {
  std::string text;
  for (const uint64_t dim : dims) text += (text.empty() ? "" : " x ") + std::to_string(dim);
  return text;
}

// Numbers that are one place in memory.
struct Extent {
  uint64_t begin = 0;
  uint64_t end = 0;
  const GgufTensor* tensor = nullptr;
};

class Import {
 public:
  Import(const GgufFile& file, const ImportOptions& options, Notes* notes)
      : file_(file), options_(options), notes_(notes) {}

  ImportedModel run() {
    check_architecture();
    read_widths();
    read_rope();
    for (uint32_t i = 0; i < expected_tensor_count(model_.config); ++i) {
      const TensorShape shape = expected_tensor(model_.config, i);
      model_.tensors.push_back(read_tensor(shape));
    }
    check_all_used();
    check_overlaps();
    model_.vocabulary = read_gguf_vocabulary(file_);
    read_chat_template();
    return std::move(model_);
  }

 private:
  void check_architecture() const {
    const auto architecture = file_.text("general.architecture");
    if (!architecture) file_.refuse("key general.architecture is missing; convert the model to GGUF again");
    if (*architecture != "llama") {
      file_.refuse("architecture " + std::string(architecture->substr(0, 40)) +
                   " (key general.architecture) is not supported; use a model of the llama architecture");
    }
    // Each changes what is computed, and none is known here.
    refuse_unless_zero("llama.expert_count", "mixtures of experts are");
    refuse_unless_zero("llama.attention.sliding_window", "sliding windows are");
    if (file_.has("llama.attention.scale")) refuse_key("llama.attention.scale", "another scale of attention is");
    if (!file_.flag("llama.attention.causal").value_or(true)) refuse_key("llama.attention.causal", "encoders are");
  }
  [[noreturn]] void refuse_key(const std::string& key, const std::string& what) const {
    file_.refuse("key " + key + ": " + what + " not supported; use a model without");
  }
  void refuse_unless_zero(const char* key, const char* what) const {
    if (file_.integer(key).value_or(0) != 0) refuse_key(key, what);
  }

  uint32_t width(const std::string& key, uint64_t value, uint32_t most) const {
    if (value >= 1 && value <= most) return static_cast<uint32_t>(value);
    file_.refuse("key " + key + " is " + std::to_string(value) + ", expected 1 to " + std::to_string(most));
  }
  uint32_t width(const std::string& key, uint32_t most) const { return width(key, file_.required_integer(key), most); }

  void read_widths() {
    ModelConfig& c = model_.config;
    c.dim = width("llama.embedding_length", format::kMaxDim);
    c.hidden_dim = width("llama.feed_forward_length", format::kMaxDim);
    c.n_layers = width("llama.block_count", format::kMaxLayers);
    c.n_heads = width("llama.attention.head_count", format::kMaxHeads);
    const std::string kv_heads = "llama.attention.head_count_kv";
    c.n_kv_heads = width(kv_heads, file_.integer(kv_heads).value_or(c.n_heads), format::kMaxHeads);
    read_head_dim();
    const GgufTensor& embedding = require_tensor(tensor_name(kTokenEmbedding, 0));
    c.vocab_size = width("llama.vocab_size", embedding.dims.size() == 2 ? embedding.dims[1] : 0, format::kMaxVocab);
    c.tied_classifier = is_tied(embedding);
    const uint64_t context = file_.required_integer("llama.context_length");
    c.max_context =
        width("llama.context_length", std::min<uint64_t>(context, format::kMaxContext), format::kMaxContext);
    const auto eps = file_.number("llama.attention.layer_norm_rms_epsilon");
    if (!eps) file_.refuse("key llama.attention.layer_norm_rms_epsilon is missing; convert the model to GGUF again");
    c.norm_eps = static_cast<float>(*eps);
  }

  void read_head_dim() {
    ModelConfig& c = model_.config;
    const std::string key = "llama.attention.key_length";
    if (!file_.has(key) && c.dim % c.n_heads != 0) {
      file_.refuse("llama.embedding_length " + std::to_string(c.dim) +
                   " is no multiple of llama.attention.head_count " + std::to_string(c.n_heads) + ", and key " + key +
                   " is missing");
    }
    c.head_dim = width(key, file_.integer(key).value_or(c.dim / c.n_heads), format::kMaxDim / c.n_heads);
    for (const char* same : {"llama.attention.value_length", "llama.rope.dimension_count"}) {
      const uint64_t value = file_.integer(same).value_or(c.head_dim);
      if (value == c.head_dim) continue;
      file_.refuse("key " + std::string(same) + " is " + std::to_string(value) + ", the size of a head is " +
                   std::to_string(c.head_dim) + "; models where they differ are not supported");
    }
  }

  // Files for older versions of llama.cpp repeat the embedding.
  bool is_tied(const GgufTensor& embedding) {
    const GgufTensor* output = file_.tensor(tensor_name(kClassifier, 0));
    if (output == nullptr) return true;
    if (output->type != embedding.type || output->dims != embedding.dims) return false;
    const auto a = bytes_of(embedding), b = bytes_of(*output);
    if (a.data() != b.data() && std::memcmp(a.data(), b.data(), a.size()) != 0) return false;
    used_.push_back({output->offset, output->offset, output});
    notes_->push_back("output.weight repeats token_embd.weight, and is left out");
    return true;
  }

  void read_rope() {
    ModelConfig& c = model_.config;
    const double theta = file_.number("llama.rope.freq_base").value_or(static_cast<double>(kUsualRopeTheta));
    c.rope_theta = options_.rope_theta.value_or(static_cast<float>(theta));
    const size_t pairs = c.head_dim / 2;
    const std::string_view type = file_.text("llama.rope.scaling.type").value_or("linear");
    double factor = 1;
    if (type == "linear") {
      factor = file_.number("llama.rope.scaling.factor").value_or(file_.number("llama.rope.scale_linear").value_or(1));
    } else if (type != "none") {
      refuse_key("llama.rope.scaling.type", "rope scaling of type " + std::string(type.substr(0, 40)) + " is");
    }
    if (factor != 0 && factor != 1) model_.rope_divisors.assign(pairs, factor);  // 0 is none, too
    const GgufTensor* frequencies = file_.tensor(kRopeFrequencies);
    if (frequencies == nullptr) return;
    if (frequencies->dims.size() != 1 || frequencies->dims[0] != pairs) {
      file_.refuse(std::string("tensor ") + kRopeFrequencies + " has shape " + shape_text(frequencies->dims) +
                   ", expected " + std::to_string(pairs));
    }
    const GgmlType& type_of_them = type_of(*frequencies);
    const auto bytes = bytes_of(*frequencies);
    std::vector<float> divisors(pairs);
    widen_row(type_of_them, bytes.data(), divisors);
    model_.rope_divisors.resize(pairs, 1);
    for (size_t i = 0; i < pairs; ++i) model_.rope_divisors[i] *= static_cast<double>(divisors[i]);
    use(*frequencies, bytes.size());
  }

  const GgufTensor& require_tensor(const std::string& name) const {
    if (const GgufTensor* tensor = file_.tensor(name)) return *tensor;
    file_.refuse("tensor " + name + " is missing; convert the model to GGUF again");
  }

  const GgmlType& type_of(const GgufTensor& tensor) const {
    const GgmlType* type = find_ggml_type(tensor.type);
    if (type != nullptr && type->widen != nullptr) return *type;
    file_.refuse("tensor " + tensor.name + " has type " + (type != nullptr ? type->name : std::to_string(tensor.type)) +
                 ", which is not supported; use a file in F16, Q8_0 or a K-quant");
  }

  std::span<const std::byte> bytes_of(const GgufTensor& tensor) const {
    const GgmlType& type = type_of(tensor);
    uint64_t blocks = tensor.dims[0] / type.block_weights;
    if (tensor.dims[0] % type.block_weights != 0) {
      file_.refuse("tensor " + tensor.name + " has rows of " + std::to_string(tensor.dims[0]) + " weights, blocks of " +
                   type.name + " have " + std::to_string(type.block_weights) + "; the file is damaged");
    }
    bool fits = true;
    for (size_t i = 1; i < tensor.dims.size(); ++i) fits = fits && checked_mul(blocks, tensor.dims[i], &blocks);
    uint64_t bytes = 0;
    fits = fits && checked_mul(blocks, uint64_t{type.block_bytes}, &bytes);
    return file_.data_of(tensor, fits ? bytes : UINT64_MAX);
  }

  SourceTensor read_tensor(const TensorShape& shape) {
    const GgufTensor& tensor = require_tensor(tensor_name(shape.role, shape.layer));
    const std::vector<uint64_t> expected =
        format::is_norm(shape.role) ? std::vector<uint64_t>{shape.cols} : std::vector<uint64_t>{shape.cols, shape.rows};
    if (tensor.dims != expected) {
      file_.refuse("tensor " + tensor.name + " has shape " + shape_text(tensor.dims) + ", expected " +
                   shape_text(expected) + " by the keys of the file");
    }
    const GgmlType& type = type_of(tensor);
    const auto bytes = bytes_of(tensor);
    use(tensor, bytes.size());
    const size_t row_bytes = bytes.size() / shape.rows;
    return {shape.role, shape.layer, shape.rows, shape.cols,
            [&type, row_bytes, first = bytes.data()](uint32_t row, std::span<float> out) {
              widen_row(type, first + row * row_bytes, out);
            }};
  }

  void use(const GgufTensor& tensor, uint64_t bytes) {
    used_.push_back({tensor.offset, tensor.offset + bytes, &tensor});
  }

  // Whatever else there is would take part in what the model computes.
  void check_all_used() const {
    for (const GgufTensor& tensor : file_.tensors()) {
      if (std::ranges::find(used_, &tensor, &Extent::tensor) != used_.end()) continue;
      file_.refuse("tensor " + tensor.name +
                   (tensor.name.ends_with(".bias")
                        ? ": biases are not supported; use a model without"
                        : " has no place in a llama model of this version; use one without"));
    }
  }

  void check_overlaps() {
    std::ranges::sort(used_, {}, &Extent::begin);
    for (size_t i = 1; i < used_.size(); ++i) {
      if (used_[i].begin >= used_[i - 1].end) continue;
      file_.refuse("tensors " + used_[i - 1].tensor->name + " and " + used_[i].tensor->name +
                   " overlap; the file is damaged");
    }
  }

  void read_chat_template() {
    const auto jinja = file_.text("tokenizer.chat_template");
    if (jinja) recognise_chat_template(*jinja, &model_, notes_);
  }

  const GgufFile& file_;
  const ImportOptions& options_;
  Notes* notes_;
  ImportedModel model_;
  std::vector<Extent> used_;
};

// Files with a tokenizer alone are for `--tokenizer`.
bool looks_like_gguf_model(const SourceFiles& files) {
  return starts_with(files.bytes(), "GGUF") && GgufFile::stated_tensors(files.bytes()) > 0;
}

ImportedModel import_gguf(SourceFiles& files, const ImportOptions& options, Notes* notes) {
  const GgufFile file(files.bytes(), files.path());
  ImportedModel model = Import(file, options, notes).run();
  model.format = "GGUF v" + std::to_string(file.version());
  model.name = std::filesystem::path(files.path()).stem().string();
  model.source_bytes = files.bytes().size();
  model.source_checksum = checksum32(files.bytes());
  return model;
}

}  // namespace

const Importer kGgufImporter = {looks_like_gguf_model, import_gguf};

}  // namespace thimble::tools
