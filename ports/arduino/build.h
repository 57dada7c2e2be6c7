// What CMake tells the sources elsewhere, for builds that know a folder and nothing else: Arduino and PlatformIO.
// scripts/package_arduino.sh puts it in front of every source, and makes each one empty where THIMBLE_BUILDS_HERE is 0:
// under a core or a board that is too old for C++20, Thimble.h then has the only error, with the remedy.
#pragma once

#if defined(ESP_PLATFORM) && (defined(__ASSEMBLER__) || __cplusplus > 201703L)
#define THIMBLE_BUILDS_HERE 1
#include "sdkconfig.h"

// Kernel sets of the chip, as src/kernels/CMakeLists.txt has them.
#define THIMBLE_KERNELS "best"
#if defined(CONFIG_IDF_TARGET_ESP32S3)
#define THIMBLE_PIE
#endif
#if defined(CONFIG_IDF_TARGET_ESP32) || defined(CONFIG_IDF_TARGET_ESP32S3)
#define THIMBLE_MAC16
#endif

// Models on a card (src/base/streaming.h), and keys and values in 4 bits (src/engine/kv_int4).
#define THIMBLE_STREAMING 1
#define THIMBLE_KV_INT4 1

// The page and the API (ThimbleWeb.h): by esp_http_server as ESP-IDF 5.5 has it, version 3.3 of Arduino's core.
#if !defined(__ASSEMBLER__)
#include "esp_idf_version.h"
#if defined(CONFIG_HTTPD_WS_SUPPORT) && ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 5, 0)
#define THIMBLE_HAS_SERVER 1
#else
#define THIMBLE_HAS_SERVER 0
#endif
#endif

// Arduino has no flags of a library's own. Multiply and add are rounded apart (docs/NUMERICS.md), where GNU C++ would
// fuse them; kernels and maths are compiled for speed, the rest as the core does, for size.
#if !defined(__ASSEMBLER__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=off")
#if defined(THIMBLE_HOT)
#pragma GCC optimize("O2")
#endif
#endif

#else
#define THIMBLE_BUILDS_HERE 0
#endif
