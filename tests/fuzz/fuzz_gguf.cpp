// The GGUF importer with the vocabulary inside. The first byte chooses: 0 the rest as a file, else as edits of one.

#include "tests/fuzz/imported_source.h"
#include "tests/fuzz/patches.h"
#include "tests/support/gguf_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace thimble::testing;
  static const auto valid = gguf_of(make_fixture(smallest_spec())).bytes();
  if (size == 0) return 0;
  const std::span<const uint8_t> rest(data + 1, size - 1);
  const auto bytes = std::as_bytes(rest);
  std::vector<std::byte> file = data[0] == 0 ? std::vector<std::byte>(bytes.begin(), bytes.end()) : valid;
  if (data[0] != 0) apply_patches(rest, file);
  import_and_convert({"fuzz.gguf", {{"fuzz.gguf", std::move(file)}}});
  return 0;
}
