// The `about` section: facts in key order, each checked before any of them is handed out.

#include "base/bytes.h"
#include "base/checked.h"
#include "format/reader.h"

namespace thimble {
namespace {

namespace a = format::about;

constexpr size_t kCountBytes = 4;
constexpr size_t kEntryHeaderBytes = 8;

// Parses the entry at *at and moves *at behind it. False when it does not lie whole inside the section or breaks a
// rule of docs/FORMAT.md.
bool parse_entry(std::span<const std::byte> section, size_t* at, AboutEntry* entry) {
  if (section.size() - *at < kEntryHeaderBytes) return false;
  const std::byte* p = section.data() + *at;
  const size_t key_bytes = load_u16(p);
  const auto type = static_cast<uint8_t>(p[2]);
  const size_t value_bytes = load_u32(p + 4);
  const size_t room = section.size() - *at - kEntryHeaderBytes;
  if (p[3] != std::byte{0} || key_bytes == 0 || key_bytes > room || value_bytes > room - key_bytes) return false;
  const size_t padded = round_up<size_t>(key_bytes + value_bytes, 4);
  if (padded > room) return false;
  for (size_t i = key_bytes + value_bytes; i < padded; ++i) {
    if (p[kEntryHeaderBytes + i] != std::byte{0}) return false;
  }
  const std::byte* value = p + kEntryHeaderBytes + key_bytes;
  *entry = {};
  entry->key = {reinterpret_cast<const char*>(p + kEntryHeaderBytes), key_bytes};
  entry->type = static_cast<AboutEntry::Type>(type);
  *at += kEntryHeaderBytes + padded;
  if (type == a::kText) {
    entry->text = {reinterpret_cast<const char*>(value), value_bytes};
    return true;
  }
  if (type == a::kF32 && value_bytes == 4) {
    entry->f32 = load_f32(value);
    return true;
  }
  if (type == a::kU64 && value_bytes == 8) {
    entry->u64 = load_u64(value);
    return true;
  }
  return false;
}

}  // namespace

Status ModelReader::check_about() {
  if (out_.about_.empty()) return {};
  const auto malformed = Status::error(Code::kMalformed, "about entry");
  if (out_.about_.size() < kCountBytes) return malformed.at(0);
  const uint32_t count = load_u32(out_.about_.data());
  if (count > format::kMaxAboutEntries) {
    return Status::error(Code::kLimit, "about entries").above(count, format::kMaxAboutEntries);
  }
  size_t at = kCountBytes;
  std::string_view previous;
  for (uint32_t i = 0; i < count; ++i) {
    AboutEntry entry;
    if (!parse_entry(out_.about_, &at, &entry)) return malformed.at(i);
    if (i > 0 && entry.key <= previous) return malformed.at(i);  // sorted and unique
    previous = entry.key;
  }
  if (at != out_.about_.size()) return malformed.at(count);
  out_.about_count_ = count;
  return {};
}

AboutEntry Model::about_at(uint32_t index) const {
  AboutEntry entry;
  size_t at = kCountBytes;
  if (index >= about_count_) return entry;
  for (uint32_t i = 0; i <= index; ++i) {
    if (!parse_entry(about_, &at, &entry)) return {};
  }
  return entry;
}

// Walks the section once: about entries are few and read rarely.
AboutEntry Model::about_find(std::string_view key, AboutEntry::Type type) const {
  size_t at = kCountBytes;
  for (uint32_t i = 0; i < about_count_; ++i) {
    AboutEntry entry;
    if (!parse_entry(about_, &at, &entry)) break;
    if (entry.key == key && entry.type == type) return entry;
  }
  return {};
}

std::string_view Model::about_text(std::string_view key, std::string_view fallback) const {
  const AboutEntry entry = about_find(key, AboutEntry::Type::kText);
  return entry.key.empty() ? fallback : entry.text;
}

float Model::about_f32(std::string_view key, float fallback) const {
  const AboutEntry entry = about_find(key, AboutEntry::Type::kF32);
  return entry.key.empty() ? fallback : entry.f32;
}

uint64_t Model::about_u64(std::string_view key, uint64_t fallback) const {
  const AboutEntry entry = about_find(key, AboutEntry::Type::kU64);
  return entry.key.empty() ? fallback : entry.u64;
}

}  // namespace thimble
