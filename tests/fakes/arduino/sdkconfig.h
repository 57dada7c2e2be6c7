// What a build of ESP-IDF writes for its target: FAKE_TARGET_* of the compiler's command line, by default a chip with
// two cores and no assembly of ours.
#pragma once

#if defined(FAKE_TARGET_ESP32)
#define CONFIG_IDF_TARGET_ESP32 1
#elif defined(FAKE_TARGET_ESP32S3)
#define CONFIG_IDF_TARGET_ESP32S3 1
#elif defined(FAKE_TARGET_ESP32C3)
#define CONFIG_IDF_TARGET_ESP32C3 1
#else
#define CONFIG_IDF_TARGET_ESP32P4 1
#endif

// esp_http_server, as configs/defconfig.common of Arduino's builds has it.
#define CONFIG_HTTPD_WS_SUPPORT 1
#define CONFIG_LWIP_MAX_SOCKETS 16
