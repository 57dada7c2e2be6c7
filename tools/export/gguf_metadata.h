// The head of a GGUF file on its way out: numbers and texts, and keys with values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {

enum class GgufValue : uint32_t { kU32 = 4, kI32 = 5, kF32 = 6, kBool = 7, kString = 8, kArray = 9 };

// Little-endian numbers and texts, one behind the other.
class GgufWriter {
 public:
  void u32(uint32_t value) {
    bytes_.resize(bytes_.size() + sizeof value);
    store_u32(bytes_.data() + bytes_.size() - sizeof value, value);
  }
  void u64(uint64_t value) {
    bytes_.resize(bytes_.size() + sizeof value);
    store_u64(bytes_.data() + bytes_.size() - sizeof value, value);
  }
  void f32(float value) {
    bytes_.resize(bytes_.size() + sizeof value);
    store_f32(bytes_.data() + bytes_.size() - sizeof value, value);
  }
  void flag(bool value) { bytes_.push_back(static_cast<std::byte>(value)); }
  void raw(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void text(std::string_view text) {
    u64(text.size());
    raw(text);
  }
  void type(GgufValue type) { u32(static_cast<uint32_t>(type)); }

  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

class GgufMetadata {
 public:
  void u32(std::string_view key, uint32_t value) { begin(key, GgufValue::kU32).u32(value); }
  void f32(std::string_view key, float value) { begin(key, GgufValue::kF32).f32(value); }
  void flag(std::string_view key, bool value) { begin(key, GgufValue::kBool).flag(value); }
  void text(std::string_view key, std::string_view value) { begin(key, GgufValue::kString).text(value); }
  // The writer takes `count` values of the type.
  GgufWriter& array(std::string_view key, GgufValue type, size_t count) {
    GgufWriter& writer = begin(key, GgufValue::kArray);
    writer.type(type);
    writer.u64(count);
    return writer;
  }

  uint64_t count() const { return count_; }
  const std::vector<std::byte>& bytes() const { return writer_.bytes(); }

 private:
  GgufWriter& begin(std::string_view key, GgufValue type) {
    ++count_;
    writer_.text(key);
    writer_.type(type);
    return writer_;
  }

  GgufWriter writer_;
  uint64_t count_ = 0;
};

// Everything under tokenizer.ggml. Throws Error for a vocabulary that GGUF has no words for.
void add_gguf_tokenizer(const Vocabulary& vocabulary, GgufMetadata* metadata);

}  // namespace thimble::tools
