#include "firmware/update/card_store.h"

#include <algorithm>
#include <cstring>

namespace thimble::update {
namespace {

constexpr std::string_view kEnding = ".thm";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

}  // namespace

Status CardStore::use(const char* folder, std::string_view name) {
  const Status refusal = Status::error(Code::kInvalidArgument, "name of the file");
  if (name.ends_with(kEnding)) name.remove_suffix(kEnding.size());
  if (name.empty() || name.front() == '.' || !std::all_of(name.begin(), name.end(), is_plain)) return refusal;
  const std::string_view parts[] = {folder, "/", name, kEnding};
  port::FileName file;
  size_t size = 0;
  for (const std::string_view part : parts) {
    if (size + part.size() >= sizeof file.path) return refusal;
    size += part.copy(file.path + size, part.size());
  }
  file_ = file;
  return {};
}

Status CardStore::begin(uint64_t bytes) {
  if (bytes <= first_.size()) return Status::error(Code::kTruncated, "file").got(bytes, first_.size() + 1);
  bytes_ = bytes;
  written_ = 0;
  check_.start(bytes);
  return {};
}

Status CardStore::append(std::span<const std::byte> bytes) {
  if (written_ == 0) THIMBLE_RETURN_IF_ERROR(port::create_file(file_.path, bytes_));
  if (written_ < first_.size()) {
    const auto at = static_cast<size_t>(written_);
    const size_t count = std::min(bytes.size(), first_.size() - at);
    std::copy_n(bytes.begin(), count, first_.begin() + static_cast<std::ptrdiff_t>(at));
    bytes = bytes.subspan(count);
    written_ += count;
  }
  if (bytes.empty()) return {};
  THIMBLE_RETURN_IF_ERROR(port::write_file(written_, bytes));
  written_ += bytes.size();
  return {};
}

Status CardStore::check(bool* whole) {
  WeightReader reader;
  reader.context = this;
  reader.read = [](void* self, uint64_t offset, std::span<std::byte> out) {
    return static_cast<const CardStore*>(self)->read(offset, out);
  };
  THIMBLE_RETURN_IF_ERROR(check_.advance(reader, written_));
  *whole = check_.is_whole();
  return {};
}

// What has come; the first sector is not on the card yet.
Status CardStore::read(uint64_t offset, std::span<std::byte> out) const {
  if (offset < first_.size()) {
    const auto at = static_cast<size_t>(offset);
    const size_t count = std::min(out.size(), first_.size() - at);
    std::memcpy(out.data(), first_.data() + at, count);
    out = out.subspan(count);
    offset += count;
  }
  return out.empty() ? Status() : port::read_back(offset, out);
}

Status CardStore::keep() {
  THIMBLE_RETURN_IF_ERROR(port::write_file(0, first_));
  return port::finish_file();
}

void CardStore::discard() { port::discard_file(); }

}  // namespace thimble::update
