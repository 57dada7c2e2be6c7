// Chance that repeats, and a derivation that is none: it shows what it was given.

#include <cstring>

#include "esp_random.h"
#include "fakes.h"
#include "mbedtls/pkcs5.h"

void esp_fill_random(void* buffer, size_t length) {
  static uint8_t next = 1;
  fakes::expect(buffer != nullptr, "esp_fill_random", "nowhere to write to");
  for (size_t i = 0; i < length; ++i) static_cast<uint8_t*>(buffer)[i] = next++;
}

int mbedtls_pkcs5_pbkdf2_hmac_ext(mbedtls_md_type_t md_type, const unsigned char* password, size_t plen,
                                  const unsigned char* salt, size_t slen, unsigned int iteration_count,
                                  uint32_t key_length, unsigned char* output) {
  fakes::expect(md_type == MBEDTLS_MD_SHA256, "mbedtls_pkcs5_pbkdf2_hmac_ext", "another hash");
  fakes::expect(password != nullptr && salt != nullptr && output != nullptr, "mbedtls_pkcs5_pbkdf2_hmac_ext", "null");
  std::memset(output, 0, key_length);
  std::memcpy(output, password, plen < key_length ? plen : key_length);
  output[key_length - 2] = static_cast<uint8_t>(slen);
  output[key_length - 1] = static_cast<uint8_t>(iteration_count);
  return iteration_count == 0 ? -1 : 0;
}
