#include "tools/import/llama2c_header.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "base/bytes.h"
#include "format/layout.h"
#include "tools/error.h"
#include "tools/import/content.h"

namespace thimble::tools {
namespace {

// v1 and v2: u32 magic, i32 version, the same seven i32, u8 shared classifier, in v2 i32 group size (not aligned),
// then zeros up to 256 bytes.
constexpr uint32_t kMagic = 0x616b3432;  // "ak42" read from the high byte down
constexpr uint64_t kHeaderBytes = 256;
constexpr size_t kVersionAt = 4;
constexpr size_t kFieldsAt = 8;
constexpr size_t kSharedAt = 36;
constexpr size_t kGroupSizeAt = 37;

// No version states it: it is a constant of the program that made the model.
constexpr float kNormEps = 1e-5f;

[[noreturn]] void refuse(const std::string& name, const std::string& what) { throw Error(name + ": " + what); }

int64_t load_i32(const std::byte* p) { return static_cast<int32_t>(load_u32(p)); }

uint32_t check_field(const std::string& name, const char* field, int64_t value, uint32_t cap) {
  if (value < 1 || value > cap) {
    refuse(name, "header field " + std::string(field) + " is " + std::to_string(value) + ", expected 1 to " +
                     std::to_string(cap) + "; not a llama2.c checkpoint, or a damaged one");
  }
  return static_cast<uint32_t>(value);
}

// The seven fields that all versions share. A negative vocabulary size (v0 only) says that the classifier is a
// tensor of its own; *separate receives that.
ModelConfig read_fields(const std::byte* p, const std::string& name, bool* separate) {
  ModelConfig c;
  const int64_t vocab = load_i32(p + 20);
  *separate = vocab < 0;
  c.dim = check_field(name, "dim", load_i32(p), format::kMaxDim);
  c.hidden_dim = check_field(name, "hidden_dim", load_i32(p + 4), format::kMaxDim);
  c.n_layers = check_field(name, "n_layers", load_i32(p + 8), format::kMaxLayers);
  c.n_heads = check_field(name, "n_heads", load_i32(p + 12), format::kMaxHeads);
  c.n_kv_heads = check_field(name, "n_kv_heads", load_i32(p + 16), format::kMaxHeads);
  c.vocab_size = check_field(name, "vocab_size", *separate ? -vocab : vocab, format::kMaxVocab);
  c.max_context = check_field(name, "seq_len", load_i32(p + 24), format::kMaxContext);
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

Llama2cHeader read_versioned(std::span<const std::byte> bytes, const std::string& name) {
  if (bytes.size() < kHeaderBytes) {
    refuse(name, "found " + std::to_string(bytes.size()) + " bytes, expected at least the " +
                     std::to_string(kHeaderBytes) + " of a llama2.c header; the file was cut short: copy it again");
  }
  const int64_t version = load_i32(bytes.data() + kVersionAt);
  if (version != 1 && version != 2) {
    refuse(name, "llama2.c checkpoint of version " + std::to_string(version) + ", expected 0, 1 or 2");
  }
  Llama2cHeader header;
  bool negative_vocab = false;
  header.version = static_cast<uint32_t>(version);
  header.bytes = kHeaderBytes;
  header.config = read_fields(bytes.data() + kFieldsAt, name, &negative_vocab);
  if (negative_vocab) refuse(name, "header field vocab_size is negative, which only version 0 allows");
  const auto shared = static_cast<uint8_t>(bytes[kSharedAt]);
  if (shared > 1) refuse(name, "header field shared_classifier is " + std::to_string(shared) + ", expected 0 or 1");
  header.config.tied_classifier = shared == 1;
  size_t end = kGroupSizeAt;
  if (version == 2) {
    // Groups divide the weights of every tensor: checked where the tensors are placed.
    header.group_size = check_field(name, "group_size", load_i32(bytes.data() + kGroupSizeAt), INT32_MAX);
    end += 4;
  }
  const auto padding = bytes.subspan(end, static_cast<size_t>(kHeaderBytes) - end);
  if (!std::ranges::all_of(padding, [](std::byte b) { return b == std::byte{0}; })) {
    refuse(name, "header padding is not zero, expected a llama2.c header of " + std::to_string(kHeaderBytes) +
                     " bytes; the file is damaged, or of an unknown variant");
  }
  return header;
}

Llama2cHeader read_legacy(std::span<const std::byte> bytes, const std::string& name) {
  Llama2cHeader header;
  bool separate = false;
  header.bytes = kLegacyHeaderBytes;
  header.config = read_fields(bytes.data(), name, &separate);
  header.config.tied_classifier = !separate;
  return header;
}

}  // namespace

bool looks_like_llama2c(std::span<const std::byte> bytes) {
  if (bytes.size() >= sizeof(kMagic) && load_u32(bytes.data()) == kMagic) return true;
  if (bytes.size() < kLegacyHeaderBytes) return false;
  constexpr uint32_t kMost[] = {format::kMaxDim,   format::kMaxDim,   format::kMaxLayers, format::kMaxHeads,
                                format::kMaxHeads, format::kMaxVocab, format::kMaxContext};
  for (size_t i = 0; i < std::size(kMost); ++i) {
    int64_t number = load_i32(bytes.data() + 4 * i);
    if (i == 5) number = std::abs(number);  // the vocabulary's is negative where the classifier is not shared
    if (number < 1 || number > kMost[i]) return false;
  }
  return true;
}

Llama2cHeader read_llama2c_header(std::span<const std::byte> bytes, const std::string& name) {
  if (const char* what = describe_content(bytes)) {
    refuse(name, std::string("this is ") + what + ", expected a little-endian llama2.c checkpoint (.bin)");
  }
  if (bytes.size() < kLegacyHeaderBytes) {
    refuse(name, "found " + std::to_string(bytes.size()) + " bytes, expected at least the " +
                     std::to_string(kLegacyHeaderBytes) +
                     " of a llama2.c header; the file was cut short: copy it again");
  }
  const bool versioned = load_u32(bytes.data()) == kMagic;
  Llama2cHeader header = versioned ? read_versioned(bytes, name) : read_legacy(bytes, name);
  check_heads(name, header.config);
  return header;
}

}  // namespace thimble::tools
