// llama2.c checkpoints. Their tensors have no directory: the header fixes every shape, the version fixes the order,
// so the offsets follow by addition, and the file is exactly as long as their sum. Nothing is read from the weights
// until a row is asked for.

#include <cstring>
#include <filesystem>
#include <span>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/checksum.h"
#include "format/reader.h"
#include "format/roles.h"
#include "tools/error.h"
#include "tools/import/imported_model.h"
#include "tools/import/llama2c_header.h"
#include "tools/import/rope_table.h"

namespace thimble::tools {
namespace {

using enum Role;

// Each role stands for its tensors of all layers, in layer order.
constexpr Role kLegacyOrder[] = {kTokenEmbedding, kAttentionNorm, kWq,    kWk,  kWv,        kWo,
                                 kFfnNorm,        kWGate,         kWDown, kWUp, kFinalNorm, kClassifier};
constexpr Role kVersionedOrder[] = {kAttentionNorm, kFfnNorm, kFinalNorm, kTokenEmbedding, kWq, kWk, kWv, kWo,
                                    kWGate,         kWDown,   kWUp,       kClassifier};

struct Placed {
  Role role = Role::kTokenEmbedding;
  uint32_t layer = 0;
  uint32_t rows = 0;
  uint32_t cols = 0;
  uint64_t at = 0;         // where the floats, or the int8 weights, begin
  uint64_t scales_at = 0;  // where the scales begin; 0: the tensor is float32
};

class Layout {
 public:
  Layout(const Llama2cHeader& header, const std::string& name) : header_(header), name_(name), end_(header.bytes) {
    const ModelConfig& c = header.config;
    for (const Role role : header.version == 0 ? std::span(kLegacyOrder) : std::span(kVersionedOrder)) {
      if (role == Role::kClassifier && c.tied_classifier) continue;
      for (uint32_t layer = 0; layer < (in_layer(role) ? c.n_layers : 1); ++layer) place(role, layer);
      if (header.version == 0 && role == Role::kFinalNorm) {
        rope_table_at_ = end_;
        take(uint64_t{c.max_context} * c.head_dim, sizeof(float));
      }
    }
  }

  const std::vector<Placed>& tensors() const { return tensors_; }
  uint64_t end() const { return end_; }
  // Where the rotary table of a legacy file begins; it has max_context x head_dim floats.
  uint64_t rope_table_at() const { return rope_table_at_; }

 private:
  void place(Role role, uint32_t layer) {
    const ModelConfig& c = header_.config;
    const TensorShape shape = expected_tensor(c, tensor_index(c, role, layer));
    Placed placed{role, layer, shape.rows, shape.cols, end_, 0};
    const uint64_t count = uint64_t{shape.rows} * shape.cols;  // rows <= 2^20 and cols <= 2^16: fits
    if (header_.version == 2 && !format::is_norm(role)) {
      if (count % header_.group_size != 0) {
        throw Error(name_ + ": group_size " + std::to_string(header_.group_size) + " does not divide the " +
                    std::to_string(count) + " weights of " + role_name(role) + "; the header is damaged");
      }
      take(count, sizeof(int8_t));
      placed.scales_at = end_;
      take(count / header_.group_size, sizeof(float));
    } else {
      take(count, sizeof(float));
    }
    tensors_.push_back(placed);
  }

  void take(uint64_t count, uint64_t element_bytes) {
    uint64_t bytes = 0;
    if (!checked_mul(count, element_bytes, &bytes) || !checked_add(end_, bytes, &end_)) {
      throw Error(name_ + ": the header asks for more than 2^64 bytes; not a llama2.c checkpoint");
    }
  }

  const Llama2cHeader& header_;
  const std::string& name_;
  uint64_t end_;
  uint64_t rope_table_at_ = 0;
  std::vector<Placed> tensors_;
};

void check_length(const std::string& name, uint64_t found, uint64_t expected, const Llama2cHeader& header) {
  if (found == expected) return;
  const ModelConfig& c = header.config;
  const char* remedy = found < expected ? "; the file was cut short: copy or export it again"
                                        : "; it has bytes that the header does not account for: export it again";
  throw Error(name + ": found " + std::to_string(found) + " bytes, expected " + std::to_string(expected) +
              " for a llama2.c v" + std::to_string(header.version) + " checkpoint of dim " + std::to_string(c.dim) +
              ", hidden_dim " + std::to_string(c.hidden_dim) + ", " + std::to_string(c.n_layers) + " layers, vocab " +
              std::to_string(c.vocab_size) + remedy);
}

// Copies, since a checkpoint may begin at any address.
void read_f32_row(const std::byte* weights, uint32_t row, std::span<float> out) {
  std::memcpy(out.data(), weights + uint64_t{row} * out.size_bytes(), out.size_bytes());
}

// Groups run over the flattened tensor, so one may begin in one row and end in a later one.
void read_q8_row(const std::byte* weights, const std::byte* scales, uint32_t group_size, uint32_t row,
                 std::span<float> out) {
  uint64_t i = uint64_t{row} * out.size();
  for (float& value : out) {
    const float scale = load_f32(scales + i / group_size * sizeof(float));
    value = static_cast<float>(static_cast<int8_t>(weights[i])) * scale;
    ++i;
  }
}

SourceTensor make_tensor(const Placed& placed, const std::byte* file, uint32_t group_size) {
  SourceTensor tensor{placed.role, placed.layer, placed.rows, placed.cols, nullptr};
  const std::byte* weights = file + placed.at;
  if (placed.scales_at == 0) {
    tensor.read_row = [weights](uint32_t row, std::span<float> out) { read_f32_row(weights, row, out); };
  } else {
    tensor.read_row = [weights, scales = file + placed.scales_at, group_size](uint32_t row, std::span<float> out) {
      read_q8_row(weights, scales, group_size, row, out);
    };
  }
  return tensor;
}

// Versions 1 and 2 do not say.
float stated_rope_theta(std::span<const std::byte> bytes, const Llama2cHeader& header, uint64_t table_at,
                        const std::string& name) {
  if (header.version != 0) return kUsualRopeTheta;
  const ModelConfig& c = header.config;
  const uint64_t table_bytes = uint64_t{c.max_context} * c.head_dim * sizeof(float);
  const auto table = bytes.subspan(static_cast<size_t>(table_at), static_cast<size_t>(table_bytes));
  return rope_theta_of_table(table, c.head_dim / 2, name);
}

}  // namespace

ImportedModel import_llama2c(std::span<const std::byte> bytes, const std::string& name,
                             std::optional<float> rope_theta) {
  const Llama2cHeader header = read_llama2c_header(bytes, name);
  const Layout layout(header, name);
  check_length(name, bytes.size(), layout.end(), header);

  ImportedModel model;
  model.config = header.config;
  model.config.rope_theta = rope_theta ? *rope_theta : stated_rope_theta(bytes, header, layout.rope_table_at(), name);
  for (const Placed& placed : layout.tensors()) {
    model.tensors.push_back(make_tensor(placed, bytes.data(), header.group_size));
  }
  model.format = "llama2.c v" + std::to_string(header.version);
  model.name = std::filesystem::path(name).stem().string();
  model.source_bytes = bytes.size();
  model.source_checksum = checksum32(bytes);
  return model;
}

}  // namespace thimble::tools
