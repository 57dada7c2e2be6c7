// Byte-level vocabularies, as GPT-2, Llama 3 and SmolLM have them: a part of the tokenizer that a program links or not,
// since it brings tables of Unicode and few chips run such a model. The option THIMBLE_BYTE_LEVEL of CMake decides.
// Without it a vocabulary that needs this part is refused (kUnsupported), and the core is smaller for it by all of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#ifndef THIMBLE_BYTE_LEVEL
#define THIMBLE_BYTE_LEVEL 0
#endif

namespace thimble::byte_level {

inline constexpr bool kLinked = THIMBLE_BYTE_LEVEL != 0;

// How text is cut into words before merging; the numbers are those of the file. The rules: docs/FORMAT.md.
enum class SplitRule : uint32_t { kNone = 0, kGpt2 = 1, kLlama3 = 2, kSmolLm = 3, kQwen2 = 4 };
inline constexpr uint32_t kLastSplitRule = 4;

// Characters of the first word of `text`, in front of which a space may stand that counts as one of them: at least 1.
// The text is not empty, not even with the space.
size_t word_characters(std::string_view text, bool space_in_front, SplitRule rule);

enum class CharacterClass : uint8_t { kOther, kLetter, kNumber, kSpace };

// By Unicode's general category (L, N) and the property White_Space. Beyond U+10FFFF: kOther.
CharacterClass class_of(uint32_t code_point);

}  // namespace thimble::byte_level
