// Hugging Face folders, made here from fixtures; and what is refused, by the name of the file and its key or tensor.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <numbers>

#include "base/bytes.h"
#include "format/roles.h"
#include "tests/support/memory_files.h"
#include "tests/support/model_fixture.h"
#include "tests/support/safetensors_writer.h"
#include "tools/import/chat_template.h"
#include "tools/import/importers.h"

namespace thimble::tools {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(const std::string& text) {
  const auto* p = reinterpret_cast<const std::byte*>(text.data());
  return {p, p + text.size()};
}

std::string name_of(Role role, uint32_t layer) {
  static const std::map<Role, std::string> kNames = {{Role::kAttentionNorm, "input_layernorm"},
                                                     {Role::kWq, "self_attn.q_proj"},
                                                     {Role::kWk, "self_attn.k_proj"},
                                                     {Role::kWv, "self_attn.v_proj"},
                                                     {Role::kWo, "self_attn.o_proj"},
                                                     {Role::kFfnNorm, "post_attention_layernorm"},
                                                     {Role::kWGate, "mlp.gate_proj"},
                                                     {Role::kWUp, "mlp.up_proj"},
                                                     {Role::kWDown, "mlp.down_proj"}};
  if (role == Role::kTokenEmbedding) return "model.embed_tokens.weight";
  if (role == Role::kFinalNorm) return "model.norm.weight";
  if (role == Role::kClassifier) return "lm_head.weight";
  return "model.layers." + std::to_string(layer) + '.' + kNames.at(role) + ".weight";
}

// A tensor with its rows in the folder's order: of a head of q or k the first members of all pairs, then the second.
Bytes data_of(const testing::FixtureTensor& t, uint32_t head_dim) {
  Bytes out(t.values.size() * sizeof(float));
  const size_t row_bytes = t.cols * sizeof(float);
  for (uint32_t row = 0; row < t.rows; ++row) {
    uint32_t to = row;
    if (t.role == Role::kWq || t.role == Role::kWk) {
      const uint32_t in_head = row % head_dim;
      to = row - in_head + in_head % 2 * (head_dim / 2) + in_head / 2;
    }
    std::memcpy(out.data() + to * row_bytes, t.values.data() + size_t{row} * t.cols, row_bytes);
  }
  return out;
}

using testing::safetensors_of;
using Entry = testing::SafetensorsEntry;

std::vector<Entry> entries_of(const testing::Fixture& fixture) {
  std::vector<Entry> entries;
  for (const testing::FixtureTensor& t : fixture.tensors) {
    const std::string shape = (format::is_norm(t.role) ? "" : std::to_string(t.rows) + ",") + std::to_string(t.cols);
    entries.push_back({name_of(t.role, t.layer), shape, data_of(t, fixture.config.head_dim)});
  }
  return entries;
}

// `more`: further members, with a comma in front.
std::string config_of(const ModelConfig& c, const std::string& more = "") {
  return "{\"model_type\":\"llama\",\"hidden_size\":" + std::to_string(c.dim) +
         ",\"intermediate_size\":" + std::to_string(c.hidden_dim) +
         ",\"num_hidden_layers\":" + std::to_string(c.n_layers) +
         ",\"num_attention_heads\":" + std::to_string(c.n_heads) +
         ",\"num_key_value_heads\":" + std::to_string(c.n_kv_heads) +
         ",\"vocab_size\":" + std::to_string(c.vocab_size) +
         ",\"max_position_embeddings\":" + std::to_string(c.max_context) + ",\"rms_norm_eps\":1e-05" +
         ",\"tie_word_embeddings\":" + (c.tied_classifier ? "true" : "false") + more + '}';
}

using Files = std::map<std::string, Bytes>;

Files folder_of(const testing::Fixture& fixture, const std::string& more = "") {
  return {{"dir/config.json", bytes_of(config_of(fixture.config, more))},
          {"dir/model.safetensors", safetensors_of(entries_of(fixture))}};
}

struct Imported {
  explicit Imported(Files folder) : files("dir", std::move(folder)) { model = import_model(files, {}, &notes); }
  testing::MemoryFiles files;
  Notes notes;
  ImportedModel model;
};

std::string refusal(const Files& folder) {
  try {
    Imported imported(folder);
  } catch (const Error& error) {
    return error.what();
  }
  return "not refused";
}

void expect_refusal(const Files& folder, const std::string& words) {
  EXPECT_NE(refusal(folder).find(words), std::string::npos) << refusal(folder);
}

void expect_weights(const ImportedModel& model, const testing::Fixture& fixture) {
  std::vector<float> row;
  for (const SourceTensor& t : model.tensors) {
    row.resize(t.cols);
    for (uint32_t r = 0; r < t.rows; ++r) {
      t.read_row(r, row);
      const float* expected = fixture.tensor(t.role, t.layer).values.data() + size_t{r} * t.cols;
      EXPECT_EQ(std::memcmp(row.data(), expected, row.size() * sizeof(float)), 0) << role_name(t.role) << " " << r;
    }
  }
}

testing::Fixture smallest() { return testing::make_fixture(testing::smallest_spec()); }

TEST(HuggingFace, GivesTheFixtureBack) {
  for (const testing::FixtureSpec& spec : testing::all_specs()) {
    const testing::Fixture fixture = testing::make_fixture(spec);
    const Imported imported(folder_of(fixture));
    EXPECT_EQ(imported.model.config, fixture.config);
    EXPECT_EQ(imported.model.name, "dir");
    ASSERT_EQ(imported.model.tensors.size(), fixture.tensors.size());
    expect_weights(imported.model, fixture);
  }
}

TEST(HuggingFace, ReadsShards) {
  const testing::Fixture fixture = testing::make_fixture(testing::untied_spec());
  const std::vector<Entry> entries = entries_of(fixture);
  const auto half = entries.begin() + static_cast<ptrdiff_t>(entries.size() / 2);
  std::string map;
  for (const Entry& e : entries) {
    const bool first = &e - entries.data() < half - entries.begin();
    map += std::string(map.empty() ? "" : ",") + '"' + e.name + "\":\"" + (first ? "a" : "b") + ".safetensors\"";
  }
  Files folder = {{"dir/config.json", bytes_of(config_of(fixture.config))},
                  {"dir/model.safetensors.index.json", bytes_of("{\"weight_map\":{" + map + "}}")},
                  {"dir/a.safetensors", safetensors_of({entries.begin(), half})},
                  {"dir/b.safetensors", safetensors_of({half, entries.end()})}};
  expect_weights(Imported(folder).model, fixture);
  folder["dir/model.safetensors.index.json"] = bytes_of("{\"weight_map\":{\"x\":\"../a.safetensors\"}}");
  expect_refusal(folder, "dir/model.safetensors.index.json: tensor x is in no .safetensors file of this folder");
}

// By the published formula, here by wave lengths.
TEST(HuggingFace, ReadsScaledRope) {
  const testing::Fixture fixture = smallest();
  const std::string llama3 =
      "{\"rope_type\":\"llama3\",\"factor\":8.0,\"low_freq_factor\":1.0,\"high_freq_factor\":4.0,"
      "\"original_max_position_embeddings\":512}";
  for (const std::string& more : {",\"rope_theta\":10000.0,\"rope_scaling\":" + llama3,
                                  ",\"rope_parameters\":{\"rope_theta\":10000.0," + llama3.substr(1)}) {
    const ImportedModel model = Imported(folder_of(fixture, more)).model;
    ASSERT_EQ(model.rope_divisors.size(), 4u);
    for (size_t pair = 0; pair < 4; ++pair) {
      const double wave = 2 * std::numbers::pi * std::pow(10000.0, static_cast<double>(pair) / 4);
      double scale = 1;
      if (wave > 512) scale = 1.0 / 8;
      if (wave <= 512 && wave >= 128) {
        const double smooth = (512 / wave - 1) / 3;
        scale = (1 - smooth) / 8 + smooth;
      }
      EXPECT_NEAR(model.rope_divisors[pair] * scale, 1, 1e-12) << pair;
    }
  }
  const std::string linear = ",\"rope_scaling\":{\"type\":\"linear\",\"factor\":2}";
  EXPECT_EQ(Imported(folder_of(fixture, linear)).model.rope_divisors, (std::vector<double>{2, 2, 2, 2}));
}

TEST(HuggingFace, RefusesWhatItDoesNotComputeByName) {
  const testing::Fixture fixture = smallest();
  for (const auto& [more, words] : std::vector<std::pair<std::string, std::string>>{
           {",\"attention_bias\":true", "dir/config.json: key attention_bias is not supported"},
           {",\"sliding_window\":4096", "dir/config.json: key sliding_window is not supported"},
           {",\"num_local_experts\":8", "dir/config.json: key num_local_experts is not supported"},
           {",\"quantization_config\":{}", "dir/config.json: key quantization_config is not supported"},
           {",\"hidden_act\":\"gelu\"", "dir/config.json: hidden_act gelu is not supported"},
           {",\"rope_scaling\":{\"type\":\"yarn\",\"factor\":2}", "rope scaling of type yarn is not supported"},
           {",\"rope_scaling\":{\"type\":\"linear\"}", "rope scaling: key factor is missing"},
           {",\"head_dim\":\"x\"", "dir/config.json: key head_dim is not a whole number from 0"}}) {
    expect_refusal(folder_of(fixture, more), words);
  }
  Files qwen = folder_of(fixture);
  qwen["dir/config.json"] = bytes_of("{\"model_type\":\"qwen2\"}");
  expect_refusal(qwen, "dir/config.json: model_type is qwen2, which is not supported");
  std::vector<Entry> entries = entries_of(fixture);
  entries.push_back({"model.layers.0.self_attn.q_proj.bias", "8", Bytes(32)});
  Files bias = folder_of(fixture);
  bias["dir/model.safetensors"] = safetensors_of(entries);
  expect_refusal(bias, "tensor model.layers.0.self_attn.q_proj.bias: biases are not supported");
}

TEST(HuggingFace, RefusesDamagedFilesNamingThePlace) {
  const testing::Fixture fixture = smallest();
  const auto with_weights = [&](const Bytes& weights) {
    Files folder = folder_of(fixture);
    folder["dir/model.safetensors"] = weights;
    return folder;
  };
  const auto with_header = [&](const std::string& header) {
    Bytes file(8);
    store_u64(file.data(), header.size());
    const Bytes text = bytes_of(header);
    file.insert(file.end(), text.begin(), text.end());
    file.resize(file.size() + 64);
    return with_weights(file);
  };
  const std::string entry = "{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}";
  expect_refusal(with_weights(Bytes(8, std::byte{0xff})), "dir/model.safetensors: the header is longer than the file");
  expect_refusal(with_header("{"), "dir/model.safetensors: no JSON at byte 2");
  expect_refusal(with_header(std::string(100000, '[')), "JSON nested more than 32 deep");
  expect_refusal(with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[60,76]}}"),
                 "tensor a does not lie in the file's 64 bytes of weights");
  expect_refusal(with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,16]}}"),
                 "tensor a takes 16 bytes, which is not what its shape asks for");
  expect_refusal(with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,16]}}"),
                 "which is not what its shape asks for");
  expect_refusal(with_header("{\"a\":" + entry + ",\"b\":" + entry + "}"), "tensor b overlaps a");
  expect_refusal(with_header("{\"a\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]}}"),
                 "tensor a has type I64, which is not supported");
  expect_refusal(with_header("{}"), "dir: tensor model.layers.0.input_layernorm.weight is missing");
}

TEST(HuggingFace, RefusesEveryTruncationOfTheWeights) {
  Files folder = folder_of(smallest());
  const Bytes file = folder.at("dir/model.safetensors");
  for (size_t length = 0; length < file.size(); ++length) {
    folder["dir/model.safetensors"] = Bytes(file.begin(), file.begin() + static_cast<ptrdiff_t>(length));
    ASSERT_EQ(refusal(folder).find("dir/model.safetensors: "), 0u) << length;
  }
}

TEST(HuggingFace, ReadsSamplingAndChatTemplate) {
  Files folder = folder_of(smallest());
  folder["dir/generation_config.json"] =
      bytes_of("{\"do_sample\":true,\"temperature\":0.5,\"top_p\":0.9,\"eos_token_id\":[1,2]}");
  folder["dir/tokenizer_config.json"] = bytes_of("{\"chat_template\":\"{{ '[INST] ' + x + ' [/INST]' }}\"}");
  const ImportedModel model = Imported(folder).model;
  EXPECT_EQ(model.sampling,
            (std::vector<std::pair<std::string, float>>{{"sampling.temperature", 0.5f}, {"sampling.top_p", 0.9f}}));
  EXPECT_EQ(model.chat_template, "[INST] {prompt} [/INST]");
}

TEST(HuggingFace, ChatTemplatesLeaveOutWhatTokensStrip) {
  const auto pattern = [](std::vector<StrippingPiece> stripping) {
    ImportedModel model;
    model.vocabulary.stripping = std::move(stripping);
    Notes notes;
    recognise_chat_template("<|user|> <|assistant|>", &model, &notes);
    return model.chat_template;
  };
  EXPECT_EQ(pattern({}), "<|user|>\n{prompt}</s>\n<|assistant|>\n");
  EXPECT_EQ(pattern({{"<|user|>", false, true}}), "<|user|>{prompt}</s>\n<|assistant|>\n");
  EXPECT_EQ(pattern({{"<|assistant|>", true, false}}), "<|user|>\n{prompt}</s><|assistant|>\n");
  EXPECT_EQ(pattern({{"<|user|>", true, true}, {"<|assistant|>", true, true}, {"</s>", true, true}}),
            "<|user|>{prompt}</s><|assistant|>");
}

}  // namespace
}  // namespace thimble::tools
