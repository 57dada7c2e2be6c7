// A model in a new file of the card. Its first sector is written last, when all behind it was read back and found good,
// and until then is zero: a card writes a sector as one, so that a file is a model or, wherever the power went, none.
// (A temporary name, and another one in the end, would be two entries of a folder, and of FAT a cut between them leaves
// both, which own the same clusters: whoever then deletes one spoils the other.)
#pragma once

#include <array>

#include "firmware/update/model_store.h"
#include "ports/board.h"
#include "ports/file_writer.h"
#include "thimble/image_check.h"

namespace thimble::update {

class CardStore final : public ModelStore {
 public:
  // The file to be: NAME.thm in `folder`, with letters, digits, '.', '-' and '_'. Errors: kInvalidArgument (subject
  // "name of the file").
  Status use(const char* folder, std::string_view name);

  const char* name() const override { return file_.path; }
  // What is wrong with the card shows with the first bytes. Errors: kTruncated (less than a model has).
  Status begin(uint64_t bytes) override;
  // Errors: those of port::create_file() and port::write_file().
  Status append(std::span<const std::byte> bytes) override;
  Status check(bool* whole) override;
  Status keep() override;
  void discard() override;

 private:
  Status read(uint64_t offset, std::span<std::byte> out) const;

  port::FileName file_;
  uint64_t bytes_ = 0;    // that the whole has
  uint64_t written_ = 0;  // that came
  ImageCheck check_;
  alignas(64) std::array<std::byte, port::kCardSectorBytes> first_{};
};

}  // namespace thimble::update
