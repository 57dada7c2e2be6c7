// The container of GGUF files, version 2 and 3: typed keys, a directory of tensors, their bytes. Knows nothing of
// models.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::tools {

enum class GgufType : uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kString, kArray, kU64, kI64, kF64 };

// A value as the file has it, or all the elements of an array.
struct GgufValue {
  GgufType type = GgufType::kU8;  // of an array: of its elements, never kArray
  bool is_array = false;
  uint64_t count = 1;
  std::span<const std::byte> bytes;
};

struct GgufTensor {
  std::string name;
  std::vector<uint64_t> dims;  // innermost first: dims[0] is a row's length
  uint32_t type = 0;           // ggml_blocks.h
  uint64_t offset = 0;         // from the start of the data
};

// Views the bytes, which must outlive it. Every extent of keys and directory has been held against the file, and each
// name is there once; where tensors lie is for data_of() to check, which knows their size.
class GgufFile {
 public:
  // `name`: the path, for messages. Throws Error, naming the place.
  GgufFile(std::span<const std::byte> bytes, std::string name);

  const std::string& name() const { return name_; }
  uint32_t version() const { return version_; }
  // How many tensors the header of a file states that begins like a GGUF file; 0 where it is cut short.
  static uint64_t stated_tensors(std::span<const std::byte> bytes);

  bool has(std::string_view key) const { return find(key) != nullptr; }
  // Each gives nothing where the key is absent, and throws Error where its value is of another kind. An integer may
  // have any width; an array of equal numbers counts as one of them, as head counts per layer do.
  std::optional<uint64_t> integer(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  std::optional<bool> flag(std::string_view key) const;
  std::optional<std::string_view> text(std::string_view key) const;
  std::optional<std::vector<std::string_view>> texts(std::string_view key) const;
  std::optional<std::vector<double>> numbers(std::string_view key) const;
  // Throws Error where the key is absent.
  uint64_t required_integer(std::string_view key) const;

  const std::vector<GgufTensor>& tensors() const { return tensors_; }
  const GgufTensor* tensor(std::string_view name) const;
  // The tensor's `bytes` bytes. Throws Error where they do not lie in the file at an aligned offset.
  std::span<const std::byte> data_of(const GgufTensor& tensor, uint64_t bytes) const;

  // Throws Error: "NAME: WHAT".
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  const GgufValue* find(std::string_view key) const;
  const GgufValue* find(std::string_view key, GgufType type, bool is_array) const;
  void place_data(uint64_t directory_end);

  std::span<const std::byte> bytes_;
  std::string name_;
  uint32_t version_ = 0;
  uint64_t data_at_ = 0;
  uint64_t alignment_ = 32;
  std::map<std::string, GgufValue, std::less<>> values_;
  std::vector<GgufTensor> tensors_;
  std::map<std::string, size_t, std::less<>> tensor_index_;
};

}  // namespace thimble::tools
