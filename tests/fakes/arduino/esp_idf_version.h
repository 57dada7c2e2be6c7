#pragma once

#define ESP_IDF_VERSION_VAL(major, minor, patch) ((major << 16) | (minor << 8) | (patch))
#if !defined(ESP_IDF_VERSION)
#define ESP_IDF_VERSION ESP_IDF_VERSION_VAL(5, 5, 0)
#endif
