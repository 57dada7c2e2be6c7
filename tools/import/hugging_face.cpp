// Hugging Face folders of Llama models: config.json, safetensors in one file or in shards, and what lies beside them.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/bytes.h"
#include "base/checksum.h"
#include "format/layout.h"
#include "format/reader.h"
#include "format/roles.h"
#include "tools/convert/convert.h"
#include "tools/error.h"
#include "tools/import/chat_template.h"
#include "tools/import/importers.h"
#include "tools/import/rope_table.h"
#include "tools/import/safetensors.h"
#include "tools/json.h"

namespace thimble::tools {
namespace {

using enum Role;

constexpr const char* kConfig = "config.json";
constexpr const char* kWeights = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

struct RoleName {
  Role role;
  const char* name;
};
constexpr RoleName kNames[] = {{kTokenEmbedding, "embed_tokens"},
                               {kAttentionNorm, "input_layernorm"},
                               {kWq, "self_attn.q_proj"},
                               {kWk, "self_attn.k_proj"},
                               {kWv, "self_attn.v_proj"},
                               {kWo, "self_attn.o_proj"},
                               {kFfnNorm, "post_attention_layernorm"},
                               {kWGate, "mlp.gate_proj"},
                               {kWUp, "mlp.up_proj"},
                               {kWDown, "mlp.down_proj"},
                               {kFinalNorm, "norm"}};

std::string tensor_name(Role role, uint32_t layer) {
  if (role == kClassifier) return "lm_head.weight";
  const std::string name = std::ranges::find(kNames, role, &RoleName::role)->name;
  return "model." + (in_layer(role) ? "layers." + std::to_string(layer) + '.' : "") + name + ".weight";
}

std::string shape_text(const std::vector<uint64_t>& shape) {
  std::string text;
  for (const uint64_t side : shape) text += (text.empty() ? "" : " x ") + std::to_string(side);
  return text;
}

// --- config.json ---

class Config {
 public:
  Config(const Json& json, const std::string& name) : json_(json), name_(name) {}

  // Complete but for the classifier.
  ModelConfig widths() const {
    check_kind();
    ModelConfig c;
    c.dim = width("hidden_size", format::kMaxDim);
    c.hidden_dim = width("intermediate_size", format::kMaxDim);
    c.n_layers = width("num_hidden_layers", format::kMaxLayers);
    c.n_heads = width("num_attention_heads", format::kMaxHeads);
    c.n_kv_heads = width("num_key_value_heads", format::kMaxHeads, c.n_heads);
    if (json_member(json_, "head_dim") == nullptr && c.dim % c.n_heads != 0) {
      refuse("hidden_size " + std::to_string(c.dim) + " is no multiple of num_attention_heads " +
             std::to_string(c.n_heads) + ", and key head_dim is missing");
    }
    c.head_dim = width("head_dim", format::kMaxDim / c.n_heads, c.dim / c.n_heads);
    c.vocab_size = width("vocab_size", format::kMaxVocab);
    // LlamaConfig's defaults for the rest.
    c.max_context = width("max_position_embeddings", UINT32_MAX, 2048);
    c.max_context = std::min(c.max_context, format::kMaxContext);
    c.norm_eps = static_cast<float>(json_number(json_, "rms_norm_eps", name_).value_or(1e-6));
    c.rope_theta = static_cast<float>(rope_number("rope_theta").value_or(static_cast<double>(kUsualRopeTheta)));
    return c;
  }

  bool ties_classifier() const { return json_flag(json_, "tie_word_embeddings", name_).value_or(false); }

  // What each pair's frequency is divided by; empty for rope that is not scaled.
  std::vector<double> rope_divisors(const ModelConfig& c) const {
    const Json* rope = rope_scaling();
    const std::string type = rope == nullptr ? "default" : scaling_type(*rope);
    if (type == "default") return {};
    const double factor = scaling_number(*rope, "factor");
    std::vector<double> divisors(c.head_dim / 2, factor);
    if (type == "linear") return divisors;
    if (type != "llama3") refuse_part("rope scaling of type " + type.substr(0, 40));
    const double low = scaling_number(*rope, "low_freq_factor"), high = scaling_number(*rope, "high_freq_factor");
    const double context = scaling_number(*rope, "original_max_position_embeddings");
    if (!(high > low)) refuse("rope scaling: high_freq_factor is not above low_freq_factor");
    const std::vector<uint64_t> steps = rope_phase_steps(static_cast<double>(c.rope_theta), c.head_dim);
    for (size_t pair = 0; pair < divisors.size(); ++pair) {
      const double turns = context * (static_cast<double>(steps[pair]) * 0x1p-64);  // over the context it was made for
      // Slow pairs are slowed down by the factor, fast ones are left alone, between them it blends.
      const double blend = std::clamp((turns - low) / (high - low), 0.0, 1.0);
      divisors[pair] = 1 / ((1 - blend) / factor + blend);
    }
    return divisors;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { throw Error(name_ + ": " + what); }
  [[noreturn]] void refuse_part(const std::string& part) const {
    refuse(part + " is not supported; use a Llama model without");
  }

  void check_kind() const {
    const std::string type = json_text(json_, "model_type", name_).value_or("missing");
    if (type != "llama") {
      refuse("model_type is " + type.substr(0, 40) + ", which is not supported; use a model of type llama");
    }
    for (const char* key : {"attention_bias", "mlp_bias"}) {
      if (json_flag(json_, key, name_).value_or(false)) refuse_part(std::string("key ") + key);
    }
    for (const char* key : {"quantization_config", "sliding_window", "num_local_experts"}) {
      if (json_member(json_, key) != nullptr) refuse_part(std::string("key ") + key);
    }
    const std::string act = json_text(json_, "hidden_act", name_).value_or("silu");
    if (act != "silu") refuse_part("hidden_act " + act.substr(0, 40));
    if (rope_number("partial_rotary_factor").value_or(1) != 1) refuse_part("key partial_rotary_factor");
  }

  uint32_t width(const char* key, uint32_t most, std::optional<uint64_t> usual = std::nullopt) const {
    const auto value = json_integer(json_, key, name_);
    if (!value && !usual) refuse(std::string("key ") + key + " is missing");
    const uint64_t number = value ? *value : *usual;
    if (number >= 1 && number <= most) return static_cast<uint32_t>(number);
    refuse(std::string("key ") + key + " is " + std::to_string(number) + ", expected 1 to " + std::to_string(most));
  }

  // Newer files keep all about rope in one object.
  const Json* rope_scaling() const {
    const Json* parameters = json_member(json_, "rope_parameters");
    return parameters != nullptr ? parameters : json_member(json_, "rope_scaling");
  }
  std::optional<double> rope_number(const char* key) const {
    const Json* parameters = json_member(json_, "rope_parameters");
    const auto inner = parameters == nullptr ? std::nullopt : json_number(*parameters, key, name_);
    return inner ? inner : json_number(json_, key, name_);
  }
  std::string scaling_type(const Json& rope) const {
    const auto type = json_text(rope, "rope_type", name_);
    return type ? *type : json_text(rope, "type", name_).value_or("default");
  }
  double scaling_number(const Json& rope, const char* key) const {
    const auto number = json_number(rope, key, name_);
    if (!number || !(*number > 0) || !std::isfinite(*number)) {
      refuse(std::string("rope scaling: key ") + key + " is missing, or no number above 0");
    }
    return *number;
  }

  const Json& json_;
  const std::string& name_;
};

// --- the folder ---

class Import {
 public:
  Import(SourceFiles& files, const ImportOptions& options, Notes* notes)
      : files_(files), options_(options), notes_(notes) {}

  ImportedModel run() {
    const std::string name = files_.path_of(kConfig);
    const Json json = parse_json(read_source(name), name);
    const Config config(json, name);
    model_.config = config.widths();
    if (options_.rope_theta) model_.config.rope_theta = *options_.rope_theta;
    model_.rope_divisors = config.rope_divisors(model_.config);
    read_weights();
    model_.config.tied_classifier = config.ties_classifier();
    for (uint32_t i = 0; i < expected_tensor_count(model_.config); ++i) {
      model_.tensors.push_back(take_tensor(expected_tensor(model_.config, i)));
    }
    check_all_used();
    read_generation_config();
    read_vocabulary_files();
    model_.format = "Hugging Face";
    model_.name = std::filesystem::absolute(files_.path()).lexically_normal().filename().string();
    if (model_.name.empty()) model_.name = "model";  // of the root folder
    model_.source_checksum = checksum32(checksums_);
    return std::move(model_);
  }

 private:
  // A file that the result depends on.
  std::span<const std::byte> read_source(const std::string& path) {
    const auto bytes = files_.read(path);
    model_.source_bytes += bytes.size();
    checksums_.resize(checksums_.size() + sizeof(uint32_t));
    store_u32(checksums_.data() + checksums_.size() - sizeof(uint32_t), checksum32(bytes));
    return bytes;
  }

  void read_weights() {
    const std::string one = files_.path_of(kWeights);
    if (files_.has_file(one)) {
      read_safetensors(read_source(one), one, &tensors_);
      return;
    }
    const std::string index = files_.path_of(kIndex);
    if (!files_.has_file(index)) {
      throw Error(files_.path() + ": has no " + kWeights + "; save the model with save_pretrained(), which writes it");
    }
    for (const std::string& shard : shards_of(index)) {
      const std::string path = files_.path_of(shard);
      read_safetensors(read_source(path), path, &tensors_);
    }
  }

  std::set<std::string> shards_of(const std::string& index) {
    const Json json = parse_json(files_.read(index), index);
    const Json* map = json_member(json, "weight_map");
    if (map == nullptr || !map->is_object() || map->empty()) throw Error(index + ": key weight_map has no entries");
    std::set<std::string> shards;
    for (const auto& [tensor, shard] : map->items()) {
      const std::string name = shard.is_string() ? shard.get<std::string>() : "";
      // Files of this folder, wherever the index would lead.
      if (!name.ends_with(".safetensors") || name.find_first_of("/\\") != std::string::npos) {
        throw Error(index + ": tensor " + tensor.substr(0, 100) + " is in no .safetensors file of this folder");
      }
      shards.insert(name);
    }
    return shards;
  }

  SourceTensor take_tensor(const TensorShape& shape) {
    const std::string name = tensor_name(shape.role, shape.layer);
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) {
      throw Error(files_.path() + ": tensor " + name + " is missing; save the model again, or copy all of its files");
    }
    const SafeTensor tensor = found->second;
    const std::vector<uint64_t> expected =
        format::is_norm(shape.role) ? std::vector<uint64_t>{shape.cols} : std::vector<uint64_t>{shape.rows, shape.cols};
    if (tensor.shape != expected) {
      throw Error(files_.path() + ": tensor " + name + " has shape " + shape_text(tensor.shape) + ", expected " +
                  shape_text(expected) + " by config.json");
    }
    tensors_.erase(found);
    const size_t row_bytes = tensor.bytes.size() / shape.rows;
    const uint32_t head = shape.role == kWq || shape.role == kWk ? model_.config.head_dim : 1;
    return {shape.role, shape.layer, shape.rows, shape.cols,
            [tensor, row_bytes, head](uint32_t row, std::span<float> out) {
              widen_row(*tensor.type, tensor.bytes.data() + source_row(row, head) * row_bytes, out);
            }};
  }

  // The halves of a rotary pair stand side by side in .thm, half a head apart here.
  static size_t source_row(uint32_t row, uint32_t head) {
    if (head == 1) return row;
    const uint32_t in_head = row % head;
    return size_t{row} - in_head + in_head / 2 + in_head % 2 * (head / 2);
  }

  void check_all_used() const {
    for (const auto& [name, tensor] : tensors_) {
      if (name.ends_with(".rotary_emb.inv_freq")) continue;  // what rope_theta says
      if (name == "lm_head.weight") {
        notes_->push_back("lm_head.weight is left out: tie_word_embeddings says that the embedding takes its place");
        continue;
      }
      throw Error(files_.path() + ": tensor " + name.substr(0, 100) +
                  (name.ends_with(".bias") ? ": biases are not supported; use a model without"
                                           : " has no place in a Llama model of this version; use one without"));
    }
  }

  // Defaults that somebody chose, not those that the library always writes.
  void read_generation_config() {
    const std::string path = files_.path_of("generation_config.json");
    if (!files_.has_file(path)) return;
    const Json json = parse_json(files_.read(path), path);
    if (!json_flag(json, "do_sample", path).value_or(false)) return;
    constexpr std::pair<const char*, const char*> kKeys[] = {{"temperature", "sampling.temperature"},
                                                             {"top_k", "sampling.top_k"},
                                                             {"top_p", "sampling.top_p"},
                                                             {"min_p", "sampling.min_p"},
                                                             {"repetition_penalty", "sampling.repeat_penalty"}};
    for (const auto& [theirs, ours] : kKeys) {
      const auto value = json_number(json, theirs, path);
      if (value && *value >= 0 && *value < 1e6) model_.sampling.emplace_back(ours, static_cast<float>(*value));
    }
  }

  // Where there is no tokenizer.json that can be read, tokenizer.model is found later, as beside any model.
  void read_vocabulary_files() {
    const std::string path = files_.path_of("tokenizer.json");
    if (files_.has_file(path)) {
      try {
        model_.vocabulary = read_tokenizer_json(files_.read(path), path);
      } catch (const Error& error) {
        if (!files_.has_file(files_.path_of("tokenizer.model"))) throw;
        notes_->push_back(std::string("passed over ") + error.what());
      }
    }
    const std::string config = files_.path_of("tokenizer_config.json");
    if (!files_.has_file(config)) return;
    if (!model_.vocabulary.pieces.empty()) apply_tokenizer_config(files_.read(config), config, &model_.vocabulary);
    read_chat_template(config);
  }

  void read_chat_template(const std::string& config) {
    const std::string file = files_.path_of("chat_template.jinja");
    if (files_.has_file(file)) {
      const auto bytes = files_.read(file);
      recognise_chat_template({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, &model_, notes_);
      return;
    }
    const Json json = parse_json(files_.read(config), config);
    const Json* jinja = json_member(json, "chat_template");
    if (jinja != nullptr && jinja->is_string()) {
      recognise_chat_template(jinja->get_ref<const std::string&>(), &model_, notes_);
    }
  }

  SourceFiles& files_;
  const ImportOptions& options_;
  Notes* notes_;
  ImportedModel model_;
  SafeTensors tensors_;  // that have not been taken yet
  std::vector<std::byte> checksums_;
};

bool looks_like_hugging_face(const SourceFiles& files) {
  return files.is_folder() && files.has_file(files.path_of(kConfig));
}

ImportedModel import_hugging_face(SourceFiles& files, const ImportOptions& options, Notes* notes) {
  return Import(files, options, notes).run();
}

}  // namespace

const Importer kHuggingFaceImporter = {looks_like_hugging_face, import_hugging_face};

}  // namespace thimble::tools
