// llama2.c checkpoints. Their tensors have no directory: the header fixes every shape, the version fixes the order,
// so the offsets follow by addition, and the file is exactly as long as their sum. Nothing is read from the weights
// until a row is asked for.
//
// Header of v0: seven i32 and no more. Of v1 and v2: u32 magic, i32 version, the same seven i32, u8 shared classifier,
// in v2 i32 group size (not aligned), then zeros up to 256 bytes.

#include "tools/import/llama2c.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/bytes.h"
#include "base/checksum.h"
#include "format/layout.h"
#include "format/reader.h"
#include "format/roles.h"
#include "tools/error.h"
#include "tools/first_bytes.h"
#include "tools/import/importers.h"
#include "tools/import/rope_table.h"

namespace thimble::tools {
namespace {

using enum Role;
using Bytes = std::span<const std::byte>;

// A number of the header; none may be less than 1.
struct Field {
  const char* name;
  uint32_t most;  // what .thm allows
  uint32_t ModelConfig::*to;
};
constexpr std::array<Field, 7> kFields = {{{"dim", format::kMaxDim, &ModelConfig::dim},
                                           {"hidden_dim", format::kMaxDim, &ModelConfig::hidden_dim},
                                           {"n_layers", format::kMaxLayers, &ModelConfig::n_layers},
                                           {"n_heads", format::kMaxHeads, &ModelConfig::n_heads},
                                           {"n_kv_heads", format::kMaxHeads, &ModelConfig::n_kv_heads},
                                           {"vocab_size", format::kMaxVocab, &ModelConfig::vocab_size},
                                           {"seq_len", format::kMaxContext, &ModelConfig::max_context}}};
constexpr size_t kVocabSize = 5;
constexpr size_t kLegacyHeaderBytes = kFields.size() * sizeof(int32_t);

constexpr uint32_t kMagic = 0x616b3432;  // "ak42" read from the high byte down
constexpr uint32_t kHeaderBytes = 256;
constexpr size_t kVersionAt = 4;
constexpr size_t kFieldsAt = 8;
constexpr size_t kSharedAt = 36;
constexpr size_t kGroupSizeAt = 37;

// No version states it: it is a constant of the program that made the model.
constexpr float kNormEps = 1e-5f;

struct Header {
  uint32_t version = 0;
  ModelConfig config;       // complete but for rope_theta; every field checked against its cap
  uint64_t bytes = 0;       // where the weights begin
  uint32_t group_size = 0;  // v2: weights that share a scale; else 0
};

[[noreturn]] void refuse(const std::string& name, const std::string& what) { throw Error(name + ": " + what); }

int64_t load_i32(const std::byte* p) { return static_cast<int32_t>(load_u32(p)); }

bool is_versioned(Bytes bytes) { return bytes.size() >= sizeof(kMagic) && load_u32(bytes.data()) == kMagic; }

// Of v0 alone: the sign of the vocabulary size says whether the classifier is a tensor of its own.
bool has_own_classifier(const std::byte* fields) { return load_i32(fields + kVocabSize * sizeof(int32_t)) < 0; }

using Fields = std::array<int64_t, kFields.size()>;

// As they are stated, but the vocabulary size without its sign.
Fields load_fields(const std::byte* p) {
  Fields values{};
  for (size_t i = 0; i < values.size(); ++i) values[i] = load_i32(p + i * sizeof(int32_t));
  values[kVocabSize] = std::abs(values[kVocabSize]);
  return values;
}

bool is_in_range(const Field& field, int64_t value) { return value >= 1 && value <= field.most; }

// With the magic, as no text does ("24karat" might), or with seven numbers that make sense together.
bool looks_like_llama2c(Bytes bytes) {
  if (is_versioned(bytes)) return !is_text(bytes);
  return bytes.size() >= kLegacyHeaderBytes && std::ranges::equal(kFields, load_fields(bytes.data()), is_in_range);
}

uint32_t check_field(const std::string& name, const Field& field, int64_t value) {
  if (!is_in_range(field, value)) {
    refuse(name, "header field " + std::string(field.name) + " is " + std::to_string(value) + ", expected 1 to " +
                     std::to_string(field.most) + "; not a llama2.c checkpoint, or a damaged one");
  }
  return static_cast<uint32_t>(value);
}

void check_header_length(const std::string& name, Bytes bytes, size_t least) {
  if (bytes.size() >= least) return;
  refuse(name, "found " + std::to_string(bytes.size()) + " bytes, expected at least the " + std::to_string(least) +
                   " of a llama2.c header; the file was cut short: copy it again");
}

ModelConfig read_fields(const std::byte* p, const std::string& name) {
  const Fields values = load_fields(p);
  ModelConfig c;
  for (size_t i = 0; i < values.size(); ++i) c.*kFields[i].to = check_field(name, kFields[i], values[i]);
  c.norm_eps = kNormEps;
  return c;
}

void check_heads(const std::string& name, ModelConfig& c) {
  const std::string dim = "dim " + std::to_string(c.dim);
  const std::string heads = std::to_string(c.n_heads) + " heads";
  if (c.dim % c.n_heads != 0) refuse(name, dim + " is not a multiple of its " + heads + "; the header is damaged");
  c.head_dim = c.dim / c.n_heads;
  if (c.head_dim % 2 != 0) {
    refuse(name, dim + " over " + heads + " gives an odd head size, expected an even one (rotary pairs)");
  }
  if (c.n_heads % c.n_kv_heads != 0) {
    refuse(name, heads + " do not divide among " + std::to_string(c.n_kv_heads) + " kv heads; the header is damaged");
  }
}

Header read_versioned(Bytes bytes, const std::string& name) {
  check_header_length(name, bytes, kHeaderBytes);
  const int64_t version = load_i32(bytes.data() + kVersionAt);
  if (version != 1 && version != 2) {
    refuse(name, "llama2.c checkpoint of version " + std::to_string(version) + ", expected 0, 1 or 2");
  }
  Header header;
  const std::byte* fields = bytes.data() + kFieldsAt;
  header.version = static_cast<uint32_t>(version);
  header.bytes = kHeaderBytes;
  header.config = read_fields(fields, name);
  if (has_own_classifier(fields)) refuse(name, "header field vocab_size is negative, which only version 0 allows");
  const auto shared = static_cast<uint8_t>(bytes[kSharedAt]);
  if (shared > 1) refuse(name, "header field shared_classifier is " + std::to_string(shared) + ", expected 0 or 1");
  header.config.tied_classifier = shared == 1;
  size_t end = kGroupSizeAt;
  if (version == 2) {
    // Groups divide the weights of every tensor: checked where the tensors are placed.
    header.group_size = check_field(name, {"group_size", INT32_MAX, nullptr}, load_i32(bytes.data() + kGroupSizeAt));
    end += sizeof(int32_t);
  }
  if (!std::ranges::all_of(bytes.subspan(end, kHeaderBytes - end), [](std::byte b) { return b == std::byte{0}; })) {
    refuse(name, "header padding is not zero, expected a llama2.c header of " + std::to_string(kHeaderBytes) +
                     " bytes; the file is damaged, or of an unknown variant");
  }
  return header;
}

Header read_legacy(Bytes bytes, const std::string& name) {
  Header header;
  header.bytes = kLegacyHeaderBytes;
  header.config = read_fields(bytes.data(), name);
  header.config.tied_classifier = !has_own_classifier(bytes.data());
  return header;
}

Header read_header(Bytes bytes, const std::string& name) {
  check_header_length(name, bytes, kLegacyHeaderBytes);
  Header header = is_versioned(bytes) ? read_versioned(bytes, name) : read_legacy(bytes, name);
  check_heads(name, header.config);
  return header;
}

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

struct Range {
  uint64_t at = 0;
  uint64_t bytes = 0;
};

class Layout {
 public:
  Layout(const Header& header, const std::string& name) : header_(header), name_(name), end_(header.bytes) {
    const ModelConfig& c = header.config;
    for (const Role role : header.version == 0 ? std::span(kLegacyOrder) : std::span(kVersionedOrder)) {
      if (role == Role::kClassifier && c.tied_classifier) continue;
      for (uint32_t layer = 0; layer < (in_layer(role) ? c.n_layers : 1); ++layer) place(role, layer);
      if (header.version == 0 && role == Role::kFinalNorm) {
        const uint64_t at = end_;
        take(uint64_t{c.max_context} * c.head_dim, sizeof(float));
        rope_table_ = {at, end_ - at};
      }
    }
  }

  const std::vector<Placed>& tensors() const { return tensors_; }
  uint64_t end() const { return end_; }
  // Of a legacy file: max_context x head_dim floats. Of the others: nothing.
  Range rope_table() const { return rope_table_; }

 private:
  void place(Role role, uint32_t layer) {
    const ModelConfig& c = header_.config;
    const TensorShape shape = expected_tensor(c, tensor_index(c, role, layer));
    Placed placed{role, layer, shape.rows, shape.cols, end_, 0};
    const uint64_t count = uint64_t{shape.rows} * shape.cols;
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

  // The caps of the header keep all of it below 2^52 bytes.
  void take(uint64_t count, uint64_t element_bytes) { end_ += count * element_bytes; }

  const Header& header_;
  const std::string& name_;
  uint64_t end_;
  Range rope_table_;
  std::vector<Placed> tensors_;
};

void check_length(const std::string& name, uint64_t found, uint64_t expected, const Header& header) {
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
float stated_rope_theta(Bytes file, const ModelConfig& config, Range table, const std::string& name) {
  if (table.bytes == 0) return kUsualRopeTheta;
  const Bytes floats = file.subspan(static_cast<size_t>(table.at), static_cast<size_t>(table.bytes));
  return rope_theta_of_table(floats, config.head_dim / 2, name);
}

ImportedModel import_recognised(SourceFiles& files, const ImportOptions& options, Notes* notes) {
  ImportedModel model = import_llama2c(files.bytes(), files.path(), options.rope_theta);
  if (!options.rope_theta && model.config.rope_theta != kUsualRopeTheta) {
    std::array<char, 32> theta;
    std::snprintf(theta.data(), theta.size(), "%.9g", static_cast<double>(model.config.rope_theta));
    notes->push_back(std::string("rope theta ") + theta.data() + ", by the rotary table of the file");
  }
  return model;
}

}  // namespace

const Importer kLlama2cImporter = {[](const SourceFiles& files) { return looks_like_llama2c(files.bytes()); },
                                   import_recognised};

bool is_big_endian_llama2c(Bytes bytes) {
  if (bytes.size() < kLegacyHeaderBytes) return false;
  std::array<std::byte, kLegacyHeaderBytes> header;
  for (size_t at = 0; at < header.size(); at += 4) store_u32(header.data() + at, swapped(load_u32(bytes.data() + at)));
  return looks_like_llama2c(header);
}

ImportedModel import_llama2c(Bytes bytes, const std::string& name, std::optional<float> rope_theta) {
  const Header header = read_header(bytes, name);
  const Layout layout(header, name);
  check_length(name, bytes.size(), layout.end(), header);

  ImportedModel model;
  model.config = header.config;
  model.config.rope_theta =
      rope_theta ? *rope_theta : stated_rope_theta(bytes, header.config, layout.rope_table(), name);
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
