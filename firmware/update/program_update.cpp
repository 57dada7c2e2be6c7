#include "firmware/update/program_update.h"

#include <algorithm>
#include <string_view>

namespace thimble::update {
namespace {

// Offsets in an image of ESP-IDF: esp_app_format.h (esp_image_header_t) and esp_app_desc.h.
constexpr size_t kMagicAt = 0;
constexpr std::byte kMagic{0xe9};
constexpr size_t kChipAt = 12;  // u16
constexpr size_t kDescriptionAt = 24 + 8;
constexpr size_t kDescriptionMagicBytes = 4;
constexpr std::array<std::byte, kDescriptionMagicBytes> kDescriptionMagic = {std::byte{0x32}, std::byte{0x54},
                                                                             std::byte{0xcd}, std::byte{0xab}};
constexpr size_t kProjectAt = kDescriptionAt + 48;
constexpr size_t kProjectBytes = 32;  // with zeros behind the name

uint64_t load_u16(const std::byte* bytes) {
  return std::to_integer<uint64_t>(bytes[0]) | std::to_integer<uint64_t>(bytes[1]) << 8;
}

bool is_named(std::span<const std::byte> field, std::string_view name) {
  for (size_t i = 0; i < field.size(); ++i) {
    const char expected = i < name.size() ? name[i] : '\0';
    if (static_cast<char>(field[i]) != expected) return false;
    if (expected == '\0') return true;
  }
  return name.size() <= field.size();
}

}  // namespace

Status ProgramUpdate::begin(uint64_t bytes, uint64_t now_us) {
  if (state_ != State::kIdle) return Status::error(Code::kNotReady, "update under way");
  const port::ProgramFacts facts = port::program_facts();
  if (facts.room == 0) return Status::error(Code::kUnsupported, "second program");
  if (facts.is_on_trial) return Status::error(Code::kNotReady, "trial");
  if (bytes > facts.room) return Status::error(Code::kOutOfMemory, "place of the program").got(facts.room, bytes);
  if (bytes < kHeaderBytes) return Status::error(Code::kTruncated, "program").got(bytes, kHeaderBytes);
  state_ = State::kHeader;
  bytes_ = bytes;
  received_ = 0;
  pace_.start(now_us);
  return {};
}

Status ProgramUpdate::add(std::span<const std::byte> bytes, uint64_t now_us) {
  if (state_ == State::kIdle) return Status::error(Code::kNotReady, "update");
  if (end_if_too_slow(now_us)) return Status::error(Code::kCancelled, "update that is too slow");
  pace_.add(bytes.size());
  Status status =
      bytes.size() <= bytes_ - received_ ? Status() : Status::error(Code::kMalformed, "length of the update");
  if (status.ok() && state_ == State::kHeader) status = take_header(&bytes);
  if (status.ok() && !bytes.empty()) status = port::write_program(bytes);
  received_ += bytes.size();
  if (!status.ok()) abandon();
  return status;
}

Status ProgramUpdate::take_header(std::span<const std::byte>* bytes) {
  const size_t count = std::min(bytes->size(), kHeaderBytes - static_cast<size_t>(received_));
  std::copy_n(bytes->begin(), count, header_.begin() + static_cast<std::ptrdiff_t>(received_));
  *bytes = bytes->subspan(count);
  received_ += count;
  if (received_ < kHeaderBytes) return {};
  THIMBLE_RETURN_IF_ERROR(check_header());
  THIMBLE_RETURN_IF_ERROR(port::begin_program());
  state_ = State::kWriting;
  return port::write_program(header_);
}

Status ProgramUpdate::check_header() const {
  const port::ProgramFacts facts = port::program_facts();
  const std::span<const std::byte> header = header_;
  const auto description = header.subspan(kDescriptionAt, kDescriptionMagicBytes);
  const bool described = std::equal(description.begin(), description.end(), kDescriptionMagic.begin());
  if (header[kMagicAt] != kMagic || !described) return Status::error(Code::kBadMagic, "program");
  const uint64_t chip = load_u16(header.data() + kChipAt);
  if (chip != facts.chip) return Status::error(Code::kMismatch, "chip").got(chip, facts.chip);
  const bool ours = is_named(header.subspan(kProjectAt, kProjectBytes), facts.project);
  return ours ? Status() : Status::error(Code::kMismatch, "project");
}

Status ProgramUpdate::finish() {
  if (state_ == State::kIdle) return Status::error(Code::kNotReady, "update");
  if (state_ != State::kWriting || received_ != bytes_) {
    const Status status = Status::error(Code::kTruncated, "program").got(received_, bytes_);
    abandon();
    return status;
  }
  state_ = State::kIdle;
  THIMBLE_RETURN_IF_ERROR(port::end_program());
  return port::start_program_next();
}

void ProgramUpdate::abandon() {
  if (state_ == State::kWriting) port::abandon_program();
  state_ = State::kIdle;
}

bool ProgramUpdate::end_if_too_slow(uint64_t now_us) {
  if (state_ == State::kIdle || !pace_.is_too_slow(now_us)) return false;
  abandon();
  return true;
}

}  // namespace thimble::update
