#pragma once

#include "esp_err.h"

using temperature_sensor_handle_t = struct temperature_sensor_obj_t*;

struct temperature_sensor_config_t {
  int range_min;
  int range_max;
};
#define TEMPERATURE_SENSOR_CONFIG_DEFAULT(min, max) \
  { min, max }

esp_err_t temperature_sensor_install(const temperature_sensor_config_t* config, temperature_sensor_handle_t* sensor);
esp_err_t temperature_sensor_uninstall(temperature_sensor_handle_t sensor);
esp_err_t temperature_sensor_enable(temperature_sensor_handle_t sensor);
esp_err_t temperature_sensor_get_celsius(temperature_sensor_handle_t sensor, float* celsius);
