// ESP-IDF on the host, as thin as ports/esp_idf needs it: the calls that the port makes, with tasks as threads, files
// as files, and memory, flash and consoles as a test sets them up. The headers beside this one are named as IDF's, and
// declare what IDF's documentation says; sdkconfig.h plays the chip that FAKE_ESP32S3 or FAKE_ESP32C3 names.
//
// A call that breaks a documented precondition ends the program with a line on stderr: "CALL: what is wrong".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "esp_chip_info.h"
#include "esp_system.h"

namespace fakes {

// --- preconditions ---

// Ends the program unless `holds`.
void expect(bool holds, const char* call, const char* what);

// For calls that an interrupt may not make.
void expect_task(const char* call);

// --- time and scheduling ---

void advance(int64_t microseconds);
uint32_t delays();  // calls of vTaskDelay so far

// From now on tasks are refused, as if there was no memory for their stack.
void refuse_tasks();
// From now on no task whose stack is from the heap wakes from a notification, as if it had died in its sleep.
void hold_tasks();
// Waits until all tasks but those that were created with a static stack have ended.
void await_tasks();
// Which core the last task was pinned to, and its stack in bytes.
struct CreatedTask {
  std::string name;
  int core = 0;
  uint32_t stack_bytes = 0;
};
CreatedTask last_task();

uint32_t watchdog_feeds();
uint32_t watched_tasks();

// --- memory ---

// Adds a heap of one free block. A chip's free memory in pieces is several heaps.
void add_heap(uint32_t caps, size_t bytes);
size_t live_allocations();
// Whether a heap with these capabilities holds it.
bool is_in_heap(const void* pointer, uint32_t caps);

// --- flash ---

void add_partition(const char* label, std::vector<std::byte> bytes);
void fail_partition_reads(bool fail);
void refuse_mappings();
size_t mappings();  // that are there now
void fail_partition_writes(bool fail);

// --- settings ---

enum class Nvs { kFresh, kUnreadable, kAbsent };  // erased, of another version, no partition of that name
void set_nvs(Nvs state);
void fail_nvs(int error);  // from now on, every call that reads or writes a value; ESP_OK: none
size_t nvs_values();

// --- programs ---

// Partitions for two programs, of which the first one runs; `trial`: since this start.
void add_programs(bool trial = false);
void fail_updates(int error);  // from now on, of esp_ota_*; ESP_OK: none
struct Updates {
  size_t open = 0;  // updates that were begun and neither ended nor aborted
  std::vector<std::byte> written;
  bool selected = false;  // the second one starts next
  bool kept = false;
  bool returned = false;
  uint32_t restarts = 0;
};
Updates& updates();

// --- the card ---

// Another card comes into the slot, empty.
void insert_card(bool fat = true);
// What it holds comes back with it.
void remove_card();
void put_card_back();
// In so many runs of clusters, none of which follows the one before on the card.
void add_card_file(const char* name, std::span<const std::byte> bytes, size_t runs = 1, bool hidden = false);
void add_card_folder(const char* name);
// Room for so many bytes more.
void limit_card(size_t bytes);
// Its switch says that nothing is to be written.
void protect_card();
// What a file holds that was written; empty: there is none.
std::vector<std::byte> card_file(const char* name);
// So many commands of the card fail, from the `first` one that comes on, after so long.
void fail_card_commands(uint32_t first, uint32_t count, int64_t microseconds = 0);
uint32_t card_commands();
uint32_t card_mountings();
bool card_is_mounted();

// --- console and button ---

void type_on_uart(std::string_view keys);
void type_on_usb(std::string_view keys);
std::string written_on_uart();  // past stdout
std::string written_on_usb();
void hold_button(bool down);
void press_button();  // an interrupt, if the pin is set up for one
std::vector<std::string> log_lines();

// --- the radio ---

struct Radio {
  // What it answers.
  bool out_of_memory = false;
  bool start_fails = false;
  bool access_point_fails = false;
  bool no_sockets = false;
  bool no_port = false;

  // How it was set up.
  bool installed = false;
  bool started = false;
  int mode = 0;  // wifi_mode_t
  bool uses_nvs = true;
  bool stores = true;
  bool sleeps = true;
  std::string ssid;
  std::string password;
  bool connecting = false;
  bool connected = false;
  bool scanning = false;
  std::string access_point_name;
  std::string access_point_password;
  bool access_point_is_open = false;
  int most_guests = 0;
  std::string portal_uri;  // by DHCP
  std::string name;        // by mDNS
  std::string service;
  std::string answer;  // of the name server
};
Radio& wifi_radio();

// What the driver says, on whichever task the test is.
void wifi_happens(const char* base, int32_t id, void* data);
void wifi_disconnects(uint8_t reason);
void wifi_gets_address(uint32_t address);
struct ScannedNetwork {
  std::string ssid;
  int8_t rssi = 0;
  int authmode = 0;
};
void wifi_scan_ends(std::vector<ScannedNetwork> networks, uint32_t status = 0);
bool wifi_list_is_free();  // the driver's, of the last scan

void send_query(std::string packet);  // to the name server
bool name_server_is_open();
uint32_t name_server_address();

// --- the chip ---

enum class Sensor { kWorks, kNoMemory, kRefuses };  // of the temperature

struct Chip {
  esp_chip_info_t info = {};
  uint32_t cpu_mhz = 240;
  uint32_t flash_bytes = 8 * 1024 * 1024;
  uint32_t flash_configured_bytes = 4 * 1024 * 1024;
  bool psram_answers = true;
  size_t psram_bytes = 8 * 1024 * 1024;
  esp_reset_reason_t reset = ESP_RST_POWERON;
  Sensor sensor = Sensor::kWorks;
  float celsius = 41.6F;
};
Chip& chip();

// An ESP32-S3 with octal PSRAM, or an ESP32-C3, as sdkconfig.h says: internal memory in pieces about as IDF leaves it.
void add_usual_memory();

}  // namespace fakes
