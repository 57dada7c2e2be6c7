// A model in a partition of the flash: erased as it comes, mapped to be checked. What does not become one is erased at
// its beginning, which is how an empty partition looks; where even that fails, opening it finds the damage.
#pragma once

#include "firmware/update/model_store.h"
#include "ports/flash_writer.h"

namespace thimble::update {

class PartitionStore final : public ModelStore {
 public:
  // `label` stays in place until the next one.
  void use(const char* label) { label_ = label; }

  const char* name() const override { return label_; }
  // Errors: kOutOfMemory (subject "partition of the model": found, expected), those of port::find_flash().
  Status begin(uint64_t bytes) override;
  Status append(std::span<const std::byte> bytes) override;
  // By a new mapping, which shows what was written since the one before.
  Status check(bool* whole) override;
  Status keep() override { return {}; }
  void discard() override;

 private:
  static constexpr uint64_t kEraseBytes = 64 * 1024;  // flash erases so many in the time of four sectors

  Status erase_until(uint64_t end);
  Status check(std::span<const std::byte> image, bool* whole);

  const char* label_ = "";
  port::FlashPartition partition_;
  uint64_t bytes_ = 0;    // that the whole has
  uint64_t written_ = 0;  // that came
  uint64_t erased_ = 0;   // from the start of the partition
  uint32_t blocks_ = 0;   // of weights that were checked
};

}  // namespace thimble::update
