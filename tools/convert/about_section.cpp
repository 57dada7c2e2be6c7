#include "tools/convert/about_section.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/checked.h"
#include "format/layout.h"
#include "tools/error.h"

namespace thimble::tools {
namespace {

constexpr size_t kCountBytes = 4;
constexpr size_t kEntryHeaderBytes = 8;
constexpr size_t kMaxKeyBytes = 255;  // far above any key in use; the field would hold 65535

bool is_key_char(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_'; }

std::vector<std::byte> text_bytes(const std::string& text) {
  const auto* p = reinterpret_cast<const std::byte*>(text.data());
  return {p, p + text.size()};
}

void append_entry(std::vector<std::byte>& out, const std::string& key, uint8_t type,
                  const std::vector<std::byte>& value) {
  const size_t at = out.size();
  const std::vector<std::byte> name = text_bytes(key);
  out.resize(at + kEntryHeaderBytes);
  store_u16(out.data() + at, static_cast<uint16_t>(name.size()));
  out[at + 2] = static_cast<std::byte>(type);
  store_u32(out.data() + at + 4, static_cast<uint32_t>(value.size()));
  out.insert(out.end(), name.begin(), name.end());
  out.insert(out.end(), value.begin(), value.end());
  out.resize(round_up<size_t>(out.size(), 4));
}

}  // namespace

void AboutSection::add(const std::string& key, const std::string& text) {
  if (text.size() > UINT32_MAX / 2) throw Error("about entry " + key + ": the text is too long");
  if (!text.empty()) insert(key, text);
}
void AboutSection::add(const std::string& key, float value) { insert(key, value); }
void AboutSection::add(const std::string& key, uint64_t value) { insert(key, value); }

void AboutSection::insert(const std::string& key, Value value) {
  if (key.empty() || key.size() > kMaxKeyBytes || !std::ranges::all_of(key, is_key_char)) {
    throw Error("about entry \"" + key + "\": a key has 1 to 255 characters out of a-z, 0-9, '.' and '_'");
  }
  if (!entries_.emplace(key, std::move(value)).second) throw Error("about entry " + key + " is given twice");
  if (entries_.size() > format::kMaxAboutEntries) {
    throw Error("more than " + std::to_string(format::kMaxAboutEntries) + " about entries, the most a file may have");
  }
}

std::vector<std::byte> AboutSection::bytes() const {
  std::vector<std::byte> out(kCountBytes);
  store_u32(out.data(), static_cast<uint32_t>(entries_.size()));
  for (const auto& [key, value] : entries_) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      append_entry(out, key, format::about::kText, text_bytes(*text));
    } else if (const auto* f32 = std::get_if<float>(&value)) {
      std::vector<std::byte> raw(4);
      store_f32(raw.data(), *f32);
      append_entry(out, key, format::about::kF32, raw);
    } else {
      std::vector<std::byte> raw(8);
      store_u64(raw.data(), std::get<uint64_t>(value));
      append_entry(out, key, format::about::kU64, raw);
    }
  }
  return out;
}

}  // namespace thimble::tools
