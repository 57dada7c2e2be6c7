#include "text/utf8.h"
#include "thimble/tokenizer.h"

namespace thimble {
namespace {

size_t put_replacement(char* out) {
  out[0] = '\xef';  // U+FFFD
  out[1] = '\xbf';
  out[2] = '\xbd';
  return 3;
}

}  // namespace

// Bytes gather in pending_ for as long as they begin a character. A byte that cannot go on where the others began ends
// them as one U+FFFD (the "maximal subpart" of the Unicode Standard, section 3.9) and is then tried on its own.
size_t Utf8Stream::push(std::string_view bytes, char* out) {
  size_t n = 0;
  for (size_t i = 0; i < bytes.size();) {
    pending_[length_++] = bytes[i];
    const Utf8Prefix prefix = utf8_prefix({pending_, length_});
    if (prefix == Utf8Prefix::kInvalid && length_ > 1) {
      n += put_replacement(out + n);
      length_ = 0;
      continue;  // the same byte again
    }
    ++i;
    if (prefix == Utf8Prefix::kIncomplete) continue;
    if (prefix == Utf8Prefix::kWhole) {
      for (size_t k = 0; k < length_; ++k) out[n++] = pending_[k];
    } else {
      n += put_replacement(out + n);
    }
    length_ = 0;
  }
  return n;
}

size_t Utf8Stream::finish(char* out) {
  if (length_ == 0) return 0;
  length_ = 0;
  return put_replacement(out);
}

}  // namespace thimble
