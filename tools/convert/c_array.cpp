#include "tools/convert/c_array.h"

#include <charconv>
#include <filesystem>

namespace thimble::tools {
namespace {

constexpr size_t kBytesPerLine = 32;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string array_name(const std::string& file) {
  std::string name = std::filesystem::path(file).stem().string();
  for (char& c : name) {
    if (!is_letter(c) && !is_digit(c)) c = '_';
  }
  return name.empty() || is_digit(name.front()) ? "model_" + name : name;
}

std::string c_array(std::span<const std::byte> image, const std::string& name, const std::string& command) {
  constexpr size_t kMostPerByte = 4;  // "255,"
  std::string text = "// Made by: " + command +
                     "\n#pragma once\n\n#include <stdint.h>\n\n#ifdef __cplusplus\nalignas(64) inline constexpr\n"
                     "#else\n_Alignas(64) static const\n#endif\n    uint8_t " +
                     name + "[" + std::to_string(image.size()) + "] = {\n";
  text.reserve(text.size() + image.size() * kMostPerByte + image.size() / kBytesPerLine + 16);
  for (size_t i = 0; i < image.size(); ++i) {
    char digits[kMostPerByte];
    const auto [end, error] = std::to_chars(digits, digits + kMostPerByte, static_cast<unsigned>(image[i]));
    text.append(digits, end).push_back(',');
    if (i % kBytesPerLine == kBytesPerLine - 1 || i + 1 == image.size()) text.push_back('\n');
  }
  return text + "};\n";
}

}  // namespace thimble::tools
