// As much of the ESP32 core's Arduino.h as the library and its examples use, and its macros, which they must bear.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp_arduino_version.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#define PI 3.1415926535897932384626433832795
#define DEG_TO_RAD 0.017453292519943295769236907684886
#define SERIAL 0x0
#define DISPLAY 0x1
#define LSBFIRST 0
#define MSBFIRST 1
#define RISING 0x01
#define CHANGE 0x03
#define DEFAULT 1
#define EXTERNAL 0
#define HIGH 0x1
#define LOW 0x0
#define INPUT 0x01
#define OUTPUT 0x03
#define _min(a, b) ((a) < (b) ? (a) : (b))
#define _max(a, b) ((a) > (b) ? (a) : (b))
#define constrain(amt, low, high) ((amt) < (low) ? (low) : ((amt) > (high) ? (high) : (amt)))
#define radians(deg) ((deg)*DEG_TO_RAD)
#define sq(x) ((x) * (x))
#define interrupts() ((void)0)
#define lowByte(w) ((uint8_t)((w)&0xff))
#define bitRead(value, bit) (((value) >> (bit)) & 0x01)
#define bit(b) (1UL << (b))
#define _BV(b) (1UL << (b))
#define F(string_literal) (string_literal)
#define B0 0
#define B1 1
#define word(...) makeWord(__VA_ARGS__)

typedef bool boolean;
typedef uint8_t byte;

void setup();
void loop();
unsigned long millis();
void delay(uint32_t milliseconds);
bool psramFound();

// What is printed is kept: fake::printed() in fake.h.
class FakeSerial {
 public:
  void begin(unsigned long baud);
  void print(const char* text);
  void println(const char* text = "");
  void printf(const char* format, ...) __attribute__((format(printf, 2, 3)));
};
extern FakeSerial Serial;

class FakeEsp {
 public:
  const char* getChipModel();
  uint32_t getCpuFreqMHz();
  uint32_t getFlashChipSize();
  uint32_t getPsramSize();
  uint32_t getFreeHeap();
};
extern FakeEsp ESP;
