#include "tests/support/safetensors_writer.h"

#include <cstring>

#include "base/bytes.h"

namespace thimble::testing {

std::vector<std::byte> safetensors_of(const std::vector<SafetensorsEntry>& entries, const std::string& dtype) {
  std::string header = "{\"__metadata__\":{\"format\":\"pt\"}";
  std::vector<std::byte> data;
  for (const SafetensorsEntry& e : entries) {
    header += ",\"" + e.name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + e.shape + "],\"data_offsets\":[" +
              std::to_string(data.size()) + ',' + std::to_string(data.size() + e.data.size()) + "]}";
    data.insert(data.end(), e.data.begin(), e.data.end());
  }
  header += '}';
  std::vector<std::byte> out(sizeof(uint64_t) + header.size());
  store_u64(out.data(), header.size());
  std::memcpy(out.data() + sizeof(uint64_t), header.data(), header.size());
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

}  // namespace thimble::testing
