// What firmware/network asks of a radio: an access point of the board's own, a network to join, the names of those
// around, and the packets of a name server. The rules of ports/port.h hold, but for the task: all of this is called
// from the one task that runs the network, except where something else is said.
//
// Nothing here waits for the air: what was begun ends with an event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "thimble/status.h"

namespace thimble::port {

inline constexpr size_t kMostSsidBytes = 32;      // of a network's name
inline constexpr size_t kMostPasswordBytes = 64;  // 63 characters, or a key as 64 hexadecimal digits

using Ipv4 = uint32_t;  // 192.168.4.1 is 0xc0a80401

// Of the access point, and of every name in it.
inline constexpr Ipv4 kAccessPointAddress = 0xc0a80401;

// A network that was seen.
struct WifiNetwork {
  char ssid[kMostSsidBytes + 1] = "";
  int8_t rssi = 0;       // dBm
  bool secured = false;  // wants a password
};

enum class WifiFailure : uint8_t {
  kOther,     // it broke off
  kNotFound,  // no network of that name answers
  kRefused,   // it does not accept the password
};

struct WifiEvent {
  enum class Kind : uint8_t {
    kNone,
    kJoined,   // the network took us in; the address is still to come
    kAddress,  // and here it is: `address`
    kFailed,   // join() failed, or what was joined is lost: `failure`
    kScanned,  // next_scanned() has them
    kScanFailed,
    kGuests,  // so many are in the access point now: `guests`
    kQuery,   // a packet for the name server: `packet`, to be answered by answer_query() or not at all
  };
  Kind kind = Kind::kNone;
  WifiFailure failure = WifiFailure::kOther;
  Ipv4 address = 0;
  uint32_t guests = 0;
  std::span<const uint8_t> packet{};  // valid until the next wait_for_wifi()
};

// --- the task ---

// Runs `run(self)`, which does not return, in a task of its own. From then on there may be sockets, radio or not.
// Errors: kOutOfMemory (subject "network task" or "network").
Status start_network_task(void (*run)(void* self), void* self);

// --- the radio ---

// The last two bytes of the radio's address, for a name that tells boards apart. Needs no open radio.
uint16_t wifi_number();

// Takes the driver's memory and starts the radio. Errors: kOutOfMemory (subject "Wi-Fi"), kUnsupported (the chip has no
// radio, or the driver refused), after which it can be tried again.
Status open_wifi();

// Ends everything and gives the memory back. Closed already: nothing happens.
void close_wifi();

// Waits at most `milliseconds` for what happens next. May be called with the radio closed: then it only waits.
WifiEvent wait_for_wifi(uint32_t milliseconds);

// --- the access point; the radio is open ---

// Opens it, at kAccessPointAddress, with an address for each guest and a name server at port 53, whose packets are
// events. `password`: empty for everybody, else 8 characters at least. A network may be joined beside it. Errors, after
// which it is closed: kUnsupported (the driver refused), kOutOfMemory.
Status open_access_point(const char* name, const char* password);
void close_access_point();

// Answers the packet of the last event, which was a kQuery.
void answer_query(std::span<const uint8_t> packet);

// --- a network; the radio is open ---

// Begins to join: kJoined and kAddress follow, or kFailed. Nothing is joined, or being joined. Errors: kInvalidArgument
// (a name or a password that no network has), kUnsupported (the driver refused).
Status join_wifi(const char* ssid, const char* password);

// Leaves what is joined, or being joined, if something is; no event of it follows.
void leave_wifi();

// The signal of what is joined, in dBm; 0: nothing is.
int8_t wifi_signal();

// Begins to look around: kScanned or kScanFailed follows. Nothing is being joined. Errors: kUnsupported (refused).
Status begin_scan();

// Ends it early; no event of it follows.
void stop_scan();

// What the last scan saw, one by one, strongest first; a network with several stations comes several times, a hidden
// one without a name. False: that was all.
bool next_scanned(WifiNetwork* network);

// --- the name in the local network ---

// Answers to NAME.local, and says that a page is served there. To be called once, after open_wifi(); without the
// component that can do it, nothing happens.
void announce_name(const char* name);

}  // namespace thimble::port
