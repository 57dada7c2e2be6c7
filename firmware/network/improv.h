// Improv over serial: a browser on the other end of the cable lists the networks around, sends a name and a password,
// and is told where the page is. https://www.improv-wifi.com/serial has the protocol.
//
// The task that reads the console takes packets out of what is typed; the network task answers them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "firmware/network/improv_reader.h"
#include "firmware/network/network.h"
#include "ports/console_packets.h"

namespace thimble::network {

// What a browser shows of the board.
struct DeviceFacts {
  std::string_view firmware;
  std::string_view version;
  std::string_view chip;
};

class Improv final : public port::ConsoleFilter {
 public:
  Improv(Network& network, const DeviceFacts& facts) : network_(network), facts_(facts) {}

  // --- the console's task: takes the network's mutex itself ---
  std::string_view take(char byte) override;
  std::string_view pause() override { return reader_.pause(); }

  // --- the network task, which holds the network's mutex ---

  // Answers what came, and tells what has become of earlier wishes.
  void step();

 private:
  // Bytes of the protocol.
  enum class Command : uint8_t { kJoin = 1, kState = 2, kFacts = 3, kScan = 4 };
  enum class Stage : uint8_t { kReady = 2, kProvisioning = 3, kProvisioned = 4 };
  enum class Error : uint8_t { kNone = 0, kMalformed = 1, kUnknownCommand = 2, kUnableToJoin = 3, kOther = 0xff };

  void answer(std::span<const uint8_t> command);
  void join(std::span<const uint8_t> data);
  void tell_trial(const Report& report);
  void tell_scan(const Report& report);
  void tell_state(const Report& report);
  void tell_address(Command command, const Report& report);
  void tell_facts();

  static void send(ImprovType type, std::span<const uint8_t> data);
  static void send_error(Error error);
  static void send_stage(Stage stage);
  static void send_strings(Command command, std::span<const std::string_view> strings);

  Network& network_;
  const DeviceFacts facts_;
  ImprovReader reader_;  // the console's task's

  // A packet that waits for the network task. The client sends one at a time; what comes meanwhile is dropped.
  uint8_t command_[kMostImprovData] = {};
  size_t command_bytes_ = 0;
  bool waits_ = false;
  bool damaged_ = false;

  // What the client waits for.
  bool trial_asked_ = false;
  bool scan_asked_ = false;
  uint32_t trials_ = 0;  // that had ended when it asked
  uint32_t scans_ = 0;
};

}  // namespace thimble::network
