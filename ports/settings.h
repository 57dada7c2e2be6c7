// What a board remembers without power: short values under short names, which updates of models and of the program
// leave alone. And what keeping a password takes. Both may be called from any task.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "thimble/status.h"

namespace thimble::port {

// --- settings ---

// A name has at most this many letters (those of NVS), all of [a-z0-9_.].
inline constexpr size_t kMostSettingName = 15;
inline constexpr size_t kMostSettingBytes = 128;

// The value of that name; returns its bytes. Errors: kNotReady (nothing is stored under it), kTextTooLong (`out` is too
// small), kReadFailed (subject "settings": the store is damaged, or the board has none).
Result<size_t> load_setting(const char* name, std::span<std::byte> out);

// Stores a value for good: when power fails before the return, the old value or the new one is there, never a mixture.
// Errors: kInvalidArgument (a name or value that is too long), kOutOfMemory (subject "settings": no room), kReadFailed
// (subject "settings": the store failed; the old value or the new one is there).
Status store_setting(const char* name, std::span<const std::byte> value);

// One that is not there is no error.
Status forget_setting(const char* name);

// A factory reset: every setting of this program is gone; so is what drivers of the radio keep. Models and the program
// stay. Takes effect in full with the next start.
Status forget_all_settings();

// --- secrets ---

// Bytes that nobody can guess.
void draw_random(std::span<std::byte> out);

// PBKDF2 with HMAC-SHA-256 (RFC 8018): what may be stored of a password, since the way back takes `rounds` times as
// long for every guess. Errors: kOutOfMemory (subject "password"), kUnsupported (this build has no cryptography).
inline constexpr size_t kDerivedBytes = 32;
Status derive_key(std::string_view password, std::span<const std::byte> salt, uint32_t rounds,
                  std::span<std::byte, kDerivedBytes> out);

}  // namespace thimble::port
