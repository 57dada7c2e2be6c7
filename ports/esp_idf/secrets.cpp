// Chance and PBKDF2, by the chip's generator and by Mbed TLS: its own call up to IDF 5, PSA's since IDF 6.

#include "esp_idf_version.h"
#include "esp_random.h"
#include "ports/settings.h"

#if ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(6, 0, 0)
#include "psa/crypto.h"
#else
#include "mbedtls/pkcs5.h"
#endif

namespace thimble::port {
namespace {

const uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }
const uint8_t* bytes_of(std::span<const std::byte> bytes) { return reinterpret_cast<const uint8_t*>(bytes.data()); }

#if ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(6, 0, 0)

bool pbkdf2(std::string_view password, std::span<const std::byte> salt, uint32_t rounds, std::span<std::byte> out) {
  psa_key_derivation_operation_t work = PSA_KEY_DERIVATION_OPERATION_INIT;
  const bool derived =
      psa_crypto_init() == PSA_SUCCESS &&
      psa_key_derivation_setup(&work, PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_256)) == PSA_SUCCESS &&
      psa_key_derivation_input_integer(&work, PSA_KEY_DERIVATION_INPUT_COST, rounds) == PSA_SUCCESS &&
      psa_key_derivation_input_bytes(&work, PSA_KEY_DERIVATION_INPUT_SALT, bytes_of(salt), salt.size()) ==
          PSA_SUCCESS &&
      psa_key_derivation_input_bytes(&work, PSA_KEY_DERIVATION_INPUT_PASSWORD, bytes_of(password), password.size()) ==
          PSA_SUCCESS &&
      psa_key_derivation_output_bytes(&work, reinterpret_cast<uint8_t*>(out.data()), out.size()) == PSA_SUCCESS;
  (void)psa_key_derivation_abort(&work);
  return derived;
}

#else

bool pbkdf2(std::string_view password, std::span<const std::byte> salt, uint32_t rounds, std::span<std::byte> out) {
  return mbedtls_pkcs5_pbkdf2_hmac_ext(MBEDTLS_MD_SHA256, bytes_of(password), password.size(), bytes_of(salt),
                                       salt.size(), rounds, static_cast<uint32_t>(out.size()),
                                       reinterpret_cast<uint8_t*>(out.data())) == 0;
}

#endif

}  // namespace

// Real chance comes of the radio's noise; with the radio off IDF mixes in what the bootloader gathered.
void draw_random(std::span<std::byte> out) { esp_fill_random(out.data(), out.size()); }

Status derive_key(std::string_view password, std::span<const std::byte> salt, uint32_t rounds,
                  std::span<std::byte, kDerivedBytes> out) {
  return pbkdf2(password, salt, rounds, out) ? Status() : Status::error(Code::kOutOfMemory, "password");
}

}  // namespace thimble::port
