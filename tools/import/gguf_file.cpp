#include "tools/import/gguf_file.h"

#include <algorithm>
#include <bit>

#include "base/bytes.h"
#include "base/checked.h"
#include "tools/error.h"
#include "tools/first_bytes.h"

namespace thimble::tools {
namespace {

using Bytes = std::span<const std::byte>;

constexpr size_t kTensorCountAt = 8;
constexpr uint32_t kMaxDims = 4;
constexpr size_t kMaxNameBytes = 256;  // a key's or a tensor's; writers keep to 64
constexpr uint64_t kMaxAlignment = 1u << 20;

// Bytes of one value; 0 for strings, which have a length each, arrays and unknown types.
size_t width_of(GgufType type) {
  switch (type) {
    case GgufType::kU8:
    case GgufType::kI8:
    case GgufType::kBool:
      return 1;
    case GgufType::kU16:
    case GgufType::kI16:
      return 2;
    case GgufType::kU32:
    case GgufType::kI32:
    case GgufType::kF32:
      return 4;
    case GgufType::kU64:
    case GgufType::kI64:
    case GgufType::kF64:
      return 8;
    case GgufType::kString:
    case GgufType::kArray:
      break;
  }
  return 0;
}

bool is_float(GgufType type) { return type == GgufType::kF32 || type == GgufType::kF64; }
bool is_integer(GgufType type) { return width_of(type) > 0 && !is_float(type) && type != GgufType::kBool; }

// Reads one field after another, none beyond the end.
class Cursor {
 public:
  Cursor(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  uint64_t at() const { return at_; }
  Bytes take(uint64_t count, const std::string& what) {
    if (count > bytes_.size() - at_) {
      throw Error(name_ + ": " + what + " at byte " + std::to_string(at_) + " needs " + std::to_string(count) +
                  " bytes, the file has " + std::to_string(bytes_.size() - at_) +
                  " more; it was cut short, or it is damaged: copy it again");
    }
    const Bytes taken = bytes_.subspan(at_, static_cast<size_t>(count));
    at_ += taken.size();
    return taken;
  }
  uint32_t u32(const std::string& what) { return load_u32(take(4, what).data()); }
  uint64_t u64(const std::string& what) { return load_u64(take(8, what).data()); }
  std::string_view string(const std::string& what) {
    const Bytes text = take(u64("the length of " + what), what);
    return {reinterpret_cast<const char*>(text.data()), text.size()};
  }
  std::string name(const std::string& what) {
    const size_t start = at_;
    const std::string_view text = string(what);
    if (text.empty() || text.size() > kMaxNameBytes || std::ranges::any_of(text, [](char c) { return c < '!'; })) {
      throw Error(name_ + ": " + what + " at byte " + std::to_string(start) + " is no name; the file is damaged");
    }
    return std::string(text);
  }

 private:
  Bytes bytes_;
  const std::string& name_;
  size_t at_ = 0;
};

// The elements of a value or of an array.
GgufValue read_value(Cursor& cursor, const std::string& key, const std::string& name) {
  const std::string what = "the value of " + key;
  GgufValue value;
  value.type = static_cast<GgufType>(cursor.u32("the type of " + key));
  if (value.type == GgufType::kArray) {
    value.is_array = true;
    value.type = static_cast<GgufType>(cursor.u32("the element type of " + key));
    value.count = cursor.u64("the length of " + key);
  }
  if (value.type == GgufType::kString) {
    const uint64_t start = cursor.at();
    Bytes first = cursor.take(0, what);
    for (uint64_t i = 0; i < value.count; ++i) cursor.string(what);
    value.bytes = {first.data(), static_cast<size_t>(cursor.at() - start)};
    return value;
  }
  const size_t width = width_of(value.type);
  if (width == 0) {
    throw Error(name + ": key " + key + " has a value of type " + std::to_string(static_cast<uint32_t>(value.type)) +
                ", which is none of a value's or an element's; the file is damaged, or newer than this version");
  }
  uint64_t bytes = 0;
  if (!checked_mul(value.count, uint64_t{width}, &bytes)) bytes = UINT64_MAX;
  value.bytes = cursor.take(bytes, what);
  return value;
}

GgufTensor read_tensor(Cursor& cursor, const std::string& name) {
  GgufTensor tensor;
  tensor.name = cursor.name("the name of a tensor");
  const std::string place = "tensor " + tensor.name;
  const uint32_t dims = cursor.u32(place);
  if (dims < 1 || dims > kMaxDims) {
    throw Error(name + ": " + place + " has " + std::to_string(dims) + " dimensions, expected 1 to " +
                std::to_string(kMaxDims) + "; the file is damaged");
  }
  for (uint32_t i = 0; i < dims; ++i) tensor.dims.push_back(cursor.u64(place));
  tensor.type = cursor.u32(place);
  tensor.offset = cursor.u64(place);
  return tensor;
}

double element(const GgufValue& value, uint64_t index) {
  const std::byte* p = value.bytes.data() + index * width_of(value.type);
  switch (value.type) {
    case GgufType::kU8:
    case GgufType::kBool:
      return static_cast<double>(*p);
    case GgufType::kI8:
      return static_cast<double>(static_cast<int8_t>(*p));
    case GgufType::kU16:
      return load_u16(p);
    case GgufType::kI16:
      return static_cast<int16_t>(load_u16(p));
    case GgufType::kU32:
      return load_u32(p);
    case GgufType::kI32:
      return static_cast<int32_t>(load_u32(p));
    case GgufType::kF32:
      return static_cast<double>(load_f32(p));
    case GgufType::kU64:
      return static_cast<double>(load_u64(p));
    case GgufType::kI64:
      return static_cast<double>(static_cast<int64_t>(load_u64(p)));
    case GgufType::kF64:
      return std::bit_cast<double>(load_u64(p));
    case GgufType::kString:
    case GgufType::kArray:
      break;
  }
  return 0;
}

}  // namespace

uint64_t GgufFile::stated_tensors(Bytes bytes) {
  return bytes.size() < kTensorCountAt + 8 ? 0 : load_u64(bytes.data() + kTensorCountAt);
}

GgufFile::GgufFile(Bytes bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {
  Cursor cursor(bytes, name_);
  cursor.take(4, "the magic");
  version_ = cursor.u32("the version");
  if (version_ == swapped(2) || version_ == swapped(3)) {
    refuse("this is a big-endian GGUF file; convert it to little-endian order with gguf-convert-endian");
  }
  if (version_ != 2 && version_ != 3) {
    refuse("GGUF version " + std::to_string(version_) + ", this version reads 2 and 3; write the file again with a " +
           (version_ < 2 ? "newer" : "matching") + " llama.cpp");
  }
  const uint64_t tensor_count = cursor.u64("the number of tensors");
  const uint64_t key_count = cursor.u64("the number of keys");
  // Nothing is reserved by these counts: a file of n bytes ends before it has brought n of either.
  for (uint64_t i = 0; i < key_count; ++i) {
    const std::string key = cursor.name("a key");
    if (!values_.emplace(key, read_value(cursor, key, name_)).second) refuse("key " + key + " is there twice");
  }
  for (uint64_t i = 0; i < tensor_count; ++i) {
    tensors_.push_back(read_tensor(cursor, name_));
    const std::string& tensor = tensors_.back().name;
    if (!tensor_index_.emplace(tensor, i).second) refuse("tensor " + tensor + " is there twice");
  }
  place_data(cursor.at());
}

void GgufFile::place_data(uint64_t directory_end) {
  alignment_ = integer("general.alignment").value_or(alignment_);
  if (!is_power_of_two(alignment_) || alignment_ > kMaxAlignment) {
    refuse("general.alignment is " + std::to_string(alignment_) + ", expected a power of two up to " +
           std::to_string(kMaxAlignment));
  }
  data_at_ = round_up(directory_end, alignment_);
}

void GgufFile::refuse(const std::string& what) const { throw Error(name_ + ": " + what); }

const GgufValue* GgufFile::find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

const GgufValue* GgufFile::find(std::string_view key, GgufType type, bool is_array) const {
  const GgufValue* value = find(key);
  if (value != nullptr && (value->type != type || value->is_array != is_array)) {
    refuse("key " + std::string(key) + " has a value of another type than expected; write the file again");
  }
  return value;
}

std::optional<uint64_t> GgufFile::integer(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!is_integer(value->type) || value->count == 0) refuse("key " + std::string(key) + " is not an integer");
  const double first = element(*value, 0);
  for (uint64_t i = 1; i < value->count; ++i) {
    if (element(*value, i) != first) {
      refuse("key " + std::string(key) + " differs from layer to layer, which is not supported");
    }
  }
  if (first < 0 || first >= 0x1p53) refuse("key " + std::string(key) + " is out of range");
  return static_cast<uint64_t>(first);
}

std::optional<double> GgufFile::number(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_array || !is_float(value->type)) refuse("key " + std::string(key) + " is not a number with a fraction");
  return element(*value, 0);
}

std::optional<bool> GgufFile::flag(std::string_view key) const {
  const GgufValue* value = find(key, GgufType::kBool, false);
  if (value == nullptr) return std::nullopt;
  return value->bytes[0] != std::byte{0};
}

std::optional<std::string_view> GgufFile::text(std::string_view key) const {
  const GgufValue* value = find(key, GgufType::kString, false);
  if (value == nullptr) return std::nullopt;
  return Cursor(value->bytes, name_).string("a string");
}

std::optional<std::vector<std::string_view>> GgufFile::texts(std::string_view key) const {
  const GgufValue* value = find(key, GgufType::kString, true);
  if (value == nullptr) return std::nullopt;
  std::vector<std::string_view> out;
  Cursor cursor(value->bytes, name_);
  for (uint64_t i = 0; i < value->count; ++i) out.push_back(cursor.string("a string"));
  return out;
}

std::optional<std::vector<double>> GgufFile::numbers(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_array || width_of(value->type) == 0) refuse("key " + std::string(key) + " is not an array of numbers");
  std::vector<double> out;
  for (uint64_t i = 0; i < value->count; ++i) out.push_back(element(*value, i));
  return out;
}

uint64_t GgufFile::required_integer(std::string_view key) const {
  if (const auto value = integer(key)) return *value;
  refuse("key " + std::string(key) + " is missing; convert the model to GGUF again");
}

const GgufTensor* GgufFile::tensor(std::string_view name) const {
  const auto found = tensor_index_.find(name);
  return found == tensor_index_.end() ? nullptr : &tensors_[found->second];
}

Bytes GgufFile::data_of(const GgufTensor& tensor, uint64_t bytes) const {
  if (tensor.offset % alignment_ != 0) {
    refuse("tensor " + tensor.name + " begins at offset " + std::to_string(tensor.offset) +
           ", no multiple of the alignment " + std::to_string(alignment_) + "; the file is damaged");
  }
  const uint64_t room = bytes_.size() > data_at_ ? bytes_.size() - data_at_ : 0;
  if (tensor.offset > room || bytes > room - tensor.offset) {
    refuse("tensor " + tensor.name + " takes " + std::to_string(bytes) + " bytes at offset " +
           std::to_string(tensor.offset) + ", the file has " + std::to_string(room) +
           " bytes of weights; it was cut short, or it is damaged: copy it again");
  }
  return bytes_.subspan(static_cast<size_t>(data_at_ + tensor.offset), static_cast<size_t>(bytes));
}

}  // namespace thimble::tools
