#include "tools/import/safetensors.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/checked.h"
#include "tools/error.h"
#include "tools/json.h"

namespace thimble::tools {
namespace {

constexpr size_t kLengthBytes = 8;
constexpr uint32_t kF32 = 0, kF16 = 1, kBf16 = 30;  // as ggml numbers them

struct Extent {
  uint64_t begin = 0;
  uint64_t end = 0;
  std::string tensor;
};

class FileReader {
 public:
  FileReader(std::span<const std::byte> bytes, const std::string& name) : name_(name) {
    const uint64_t length = bytes.size() < kLengthBytes ? UINT64_MAX : load_u64(bytes.data());
    if (length > bytes.size() - std::min(kLengthBytes, bytes.size())) {
      throw Error(name + ": the header is longer than the file; it was cut short, or it is damaged: copy it again");
    }
    header_ = parse_json(bytes.subspan(kLengthBytes, static_cast<size_t>(length)), name);
    data_ = bytes.subspan(kLengthBytes + static_cast<size_t>(length));
    if (!header_.is_object()) throw Error(name + ": the header is no JSON object; the file is damaged");
  }

  void read(SafeTensors* tensors) {
    for (const auto& [tensor, entry] : header_.items()) {
      if (tensor == "__metadata__") continue;
      if (!tensors->emplace(tensor, read_tensor(tensor, entry)).second) refuse(tensor, "is there twice");
    }
    check_overlaps();
  }

 private:
  [[noreturn]] void refuse(const std::string& tensor, const std::string& what) const {
    throw Error(name_ + ": tensor " + tensor.substr(0, 100) + " " + what);
  }

  const GgmlType* type_of(const std::string& tensor, const Json& entry) const {
    const std::string type = json_text(entry, "dtype", name_).value_or("missing");
    if (type == "F32") return find_ggml_type(kF32);
    if (type == "F16") return find_ggml_type(kF16);
    if (type == "BF16") return find_ggml_type(kBf16);
    refuse(tensor, "has type " + type.substr(0, 20) + ", which is not supported; save the model in F32, F16 or BF16");
  }

  // The numbers of an array.
  std::vector<uint64_t> numbers(const std::string& tensor, const Json& entry, const char* key) const {
    const Json* array = json_member(entry, key);
    if (array == nullptr || !array->is_array()) refuse(tensor, std::string("has no ") + key + "; the file is damaged");
    std::vector<uint64_t> out;
    for (const Json& number : *array) {
      if (!number.is_number_unsigned()) refuse(tensor, std::string("has ") + key + " that are no whole numbers");
      out.push_back(number.get<uint64_t>());
    }
    return out;
  }

  SafeTensor read_tensor(const std::string& tensor, const Json& entry) {
    SafeTensor out{type_of(tensor, entry), numbers(tensor, entry, "shape"), {}};
    const std::vector<uint64_t> extent = numbers(tensor, entry, "data_offsets");
    if (extent.size() != 2 || extent[0] > extent[1] || extent[1] > data_.size()) {
      refuse(tensor, "does not lie in the file's " + std::to_string(data_.size()) +
                         " bytes of weights; it was cut short, or it is damaged: copy it again");
    }
    uint64_t wanted = out.type->block_bytes;
    bool fits = true;
    for (const uint64_t side : out.shape) fits = fits && checked_mul(wanted, side, &wanted);
    if (!fits || wanted != extent[1] - extent[0]) {
      refuse(tensor, "takes " + std::to_string(extent[1] - extent[0]) +
                         " bytes, which is not what its shape asks for; "
                         "the file is damaged");
    }
    out.bytes = data_.subspan(static_cast<size_t>(extent[0]), static_cast<size_t>(wanted));
    extents_.push_back({extent[0], extent[1], tensor});
    return out;
  }

  void check_overlaps() {
    std::ranges::sort(extents_, {}, &Extent::begin);
    for (size_t i = 1; i < extents_.size(); ++i) {
      if (extents_[i].begin < extents_[i - 1].end) {
        refuse(extents_[i].tensor, "overlaps " + extents_[i - 1].tensor.substr(0, 100) + "; the file is damaged");
      }
    }
  }

  const std::string& name_;
  Json header_;
  std::span<const std::byte> data_;
  std::vector<Extent> extents_;
};

}  // namespace

void read_safetensors(std::span<const std::byte> bytes, const std::string& name, SafeTensors* tensors) {
  FileReader(bytes, name).read(tensors);
}

}  // namespace thimble::tools
