// GGUF files for tests, written from the description of the format and not from the importer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/model_fixture.h"

namespace thimble::testing {

class GgufWriter {
 public:
  using Bytes = std::vector<std::byte>;

  explicit GgufWriter(uint32_t version = 3) : version_(version) {}

  void key(const std::string& name, uint32_t value);
  void key(const std::string& name, float value);
  void key(const std::string& name, bool value);
  void key(const std::string& name, std::string_view value);
  void key(const std::string& name, const std::vector<std::string>& values);
  void key(const std::string& name, const std::vector<float>& values);
  void key(const std::string& name, const std::vector<int32_t>& values);
  // A value as its bytes.
  void raw_key(const std::string& name, uint32_t type, const Bytes& value);

  // `dims`: innermost first. `type`: ggml's number.
  void tensor(const std::string& name, const std::vector<uint64_t>& dims, uint32_t type, const Bytes& data);

  Bytes bytes() const;

 private:
  struct Tensor {
    std::string name;
    std::vector<uint64_t> dims;
    uint32_t type;
    Bytes data;
  };

  uint32_t version_;
  uint64_t keys_ = 0;
  Bytes key_bytes_;
  std::vector<Tensor> tensors_;
};

// The fixture in F32 with its vocabulary inside, all that llama.cpp asks for.
GgufWriter gguf_of(const Fixture& fixture);

}  // namespace thimble::testing
