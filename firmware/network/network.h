// The network of a board, as a state machine: events of the radio and a clock in, calls of ports/wifi.h out. It joins
// the network that it remembers, opens an access point of its own where that cannot be, and closes it when it can.
//
// step() and take() are the network task's and make all calls of the radio; wishes only note what is wanted, so that
// any task may have one. Whoever calls a function of this class holds mutex().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>

#include "firmware/network/credentials.h"
#include "ports/wifi.h"

namespace thimble::network {

// Milliseconds, and what each is for.
inline constexpr uint64_t kJoinMs = 20'000;     // until a network that says nothing has not answered
inline constexpr uint64_t kAddressMs = 15'000;  // until its DHCP server has not; lwIP asks four times in it
inline constexpr uint64_t kScanMs = 15'000;     // 14 channels, 120 to 360 ms each, and as much again
// The access point stays open so long, for the set-up page to say what came.
inline constexpr uint64_t kFarewellMs = 30'000;
inline constexpr uint64_t kRadioAgainMs = 60'000;    // between attempts to get the radio's memory
inline constexpr uint64_t kBesidePortalMs = 60'000;  // between attempts while the access point is open

// A network that fails is tried so often, 1, 2, 4 and 8 s apart, before the access point opens.
inline constexpr uint32_t kAttempts = 5;
// One that somebody has just named: they wait for the answer.
inline constexpr uint32_t kTrialAttempts = 2;

inline constexpr size_t kMostNetworks = 16;

enum class State : uint8_t {
  kOff,      // not wanted, or there is no radio: `problem`
  kJoining,  // or waiting to try again
  kOnline,
  kPortal,  // the access point is open; a network may be tried beside it
};

enum class Problem : uint8_t {
  kNone,
  kNotFound,       // no network of that name
  kWrongPassword,  // or one that is too far away: a radio cannot tell
  kNoAnswer,
  kNoAddress,  // joined, but its DHCP server is silent
  kLost,
  kRefused,   // the driver refused
  kNoMemory,  // for the radio
  kNotSaved,  // online, but the flash did not take it
};

// A short text for people, "no network of that name"; empty for kNone.
const char* problem_text(Problem problem);
// One word for programs, "not_found".
const char* problem_name(Problem problem);

// What can be known of it.
struct Report {
  State state = State::kOff;
  Problem problem = Problem::kNone;  // of the last attempt, until one succeeds
  bool off = false;                  // by wish
  bool trying = false;               // right now: to join
  bool trial = false;                // what somebody named; it is remembered when it succeeds
  bool scanning = false;
  const char* access_point = "";  // its name, also while it is closed
  bool access_point_open = false;
  const char* ssid = "";   // online, or to be joined; empty: none
  port::Ipv4 address = 0;  // online
  int8_t signal = 0;       // online, in dBm, some seconds old at most; 0: not known
  uint32_t trials = 0;     // that have ended since the start, and how the last one did; kNone: well
  Problem trial_problem = Problem::kNone;
  uint32_t scans = 0;  // that have ended, and how the last one did
  bool scan_succeeded = false;
};

class Network {
 public:
  // `password` of the access point: empty for everybody; it and the store live as long as this.
  Network(Store& store, const char* password) : store_(store), password_(password) {}
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  std::mutex& mutex() { return mutex_; }

  // --- the network task's ---

  // Once, before step().
  void start();
  // What happened.
  void take(const port::WifiEvent& event, uint64_t now_ms);
  // Does what is due. To be called after each take(), and several times a second.
  void step(uint64_t now_ms);

  // --- wishes, of any task ---

  // False: no network can have these. Else it is tried, at once, in place of what there is; remembered when it
  // succeeds, and forgotten when not.
  bool join(std::string_view ssid, std::string_view password);
  // Forgets the network, and opens the access point.
  void forget();
  // Wi-Fi on or off, also after a restart.
  void turn(bool on);
  void scan() { scan_wanted_ = true; }

  // --- what is known, to any task ---

  Report report() const;
  // Of the last scan: strongest first, each name once.
  std::span<const port::WifiNetwork> networks() const { return {networks_.data(), network_count_}; }

 private:
  enum class Link : uint8_t { kIdle, kJoining, kAddressing, kUp };

  void keep_wishes(uint64_t now);
  bool hold_radio(uint64_t now);
  void close_radio();
  void refuse_wishes();
  void hold_link(uint64_t now);
  void look_at_signal(uint64_t now);
  void hold_scan(uint64_t now);
  void hold_access_point(uint64_t now);

  bool is_trying() const { return link_ == Link::kJoining || link_ == Link::kAddressing; }
  bool wants_access_point(uint64_t now) const;
  bool may_join(uint64_t now) const;
  const Credentials& target() const { return trial_ ? candidate_ : remembered_.credentials; }

  void begin_join(uint64_t now);
  void succeed(port::Ipv4 address, uint64_t now);
  void fail(Problem problem, uint64_t now);
  void end_trial(Problem problem);
  void drop_link();
  void end_scan(bool succeeded);
  void keep_networks();
  bool knows(const port::WifiNetwork& network) const;
  void save();

  std::mutex mutex_;
  Store& store_;
  const char* const password_;
  char name_[sizeof "thimble-0000"] = "";

  // Wishes that step() has not seen.
  bool changed_ = false;  // what is to be joined
  bool unsaved_ = false;
  bool scan_wanted_ = false;

  Remembered remembered_;
  Credentials candidate_;  // of the trial
  bool trial_ = false;
  uint32_t trials_ = 0;
  Problem trial_problem_ = Problem::kNone;

  bool radio_ = false;
  bool announced_ = false;
  uint64_t next_radio_ = 0;

  bool access_point_ = false;
  uint32_t guests_ = 0;
  uint64_t next_access_point_ = 0;
  uint64_t farewell_ = 0;  // it closes then

  Link link_ = Link::kIdle;
  Problem problem_ = Problem::kNone;
  port::Ipv4 address_ = 0;
  int8_t signal_ = 0;
  uint64_t next_signal_ = 0;
  uint32_t attempts_ = 0;  // since the last success
  uint64_t next_join_ = 0;
  uint64_t link_deadline_ = 0;

  bool scanning_ = false;
  bool scan_succeeded_ = false;
  uint32_t scans_ = 0;
  uint64_t scan_deadline_ = 0;
  std::array<port::WifiNetwork, kMostNetworks> networks_;
  size_t network_count_ = 0;
};

}  // namespace thimble::network
