#include "firmware/network/improv.h"

#include <algorithm>

#include "firmware/network/address_text.h"

namespace thimble::network {
namespace {

// Of a string, so that the facts of a board find room in one packet: 4 * (1 + 56) + 2 bytes.
constexpr size_t kMostStringBytes = 56;

// A length and so many bytes, off the front of `data`. False: it ends before.
bool take_text(std::span<const uint8_t>* data, std::string_view* text) {
  if (data->empty() || data->size() - 1 < data->front()) return false;
  const size_t bytes = data->front();
  *text = {reinterpret_cast<const char*>(data->data()) + 1, bytes};
  *data = data->subspan(1 + bytes);
  return true;
}

// "-61"
class SignalText {
 public:
  explicit SignalText(int8_t rssi) {
    const int size = rssi < 0 ? -rssi : rssi;
    if (rssi < 0) text_[bytes_++] = '-';
    if (size >= 100) text_[bytes_++] = static_cast<char>('0' + size / 100);
    if (size >= 10) text_[bytes_++] = static_cast<char>('0' + size / 10 % 10);
    text_[bytes_++] = static_cast<char>('0' + size % 10);
  }
  operator std::string_view() const { return {text_, bytes_}; }

 private:
  char text_[4];
  size_t bytes_ = 0;
};

}  // namespace

// --- what comes ---

std::string_view Improv::take(char byte) {
  std::string_view text;
  const ImprovReader::Found found = reader_.take(byte, &text);
  if (found == ImprovReader::Found::kNothing) return text;
  if (found == ImprovReader::Found::kPacket && reader_.type() != ImprovType::kCommand) return text;
  const std::lock_guard lock(network_.mutex());
  if (waits_) return text;
  waits_ = true;
  damaged_ = found == ImprovReader::Found::kDamaged;
  command_bytes_ = reader_.data().size();
  std::copy_n(reader_.data().begin(), command_bytes_, command_);
  return text;
}

void Improv::step() {
  if (waits_) answer({command_, command_bytes_});
  waits_ = false;
  const Report report = network_.report();
  if (trial_asked_ && report.trials != trials_) tell_trial(report);
  if (scan_asked_ && report.scans != scans_) tell_scan(report);
}

void Improv::answer(std::span<const uint8_t> command) {
  const bool whole = !damaged_ && command.size() >= 2 && command[1] == command.size() - 2;
  if (!whole) return send_error(Error::kMalformed);
  send_error(Error::kNone);
  switch (static_cast<Command>(command[0])) {
    case Command::kJoin:
      return join(command.subspan(2));
    case Command::kState:
      return tell_state(network_.report());
    case Command::kFacts:
      return tell_facts();
    case Command::kScan:
      scan_asked_ = true;
      scans_ = network_.report().scans;
      return network_.scan();
  }
  send_error(Error::kUnknownCommand);
}

void Improv::join(std::span<const uint8_t> data) {
  std::string_view ssid, password;
  if (!take_text(&data, &ssid) || !take_text(&data, &password) || !data.empty()) {
    return send_error(Error::kMalformed);
  }
  const uint32_t ended = network_.report().trials;
  if (!network_.join(ssid, password)) return send_error(Error::kUnableToJoin);
  trial_asked_ = true;
  trials_ = ended;
  send_stage(Stage::kProvisioning);
}

// --- what is told ---

void Improv::tell_trial(const Report& report) {
  trial_asked_ = false;
  if (report.trial_problem == Problem::kNone) {
    send_stage(Stage::kProvisioned);
    tell_address(Command::kJoin, report);
  } else {
    send_stage(Stage::kReady);
    send_error(Error::kUnableToJoin);
  }
}

void Improv::tell_scan(const Report& report) {
  scan_asked_ = false;
  if (!report.scan_succeeded) return send_error(Error::kOther);
  for (const port::WifiNetwork& network : network_.networks()) {
    const SignalText signal(network.rssi);
    const std::string_view strings[] = {network.ssid, signal, network.secured ? "YES" : "NO"};
    send_strings(Command::kScan, strings);
  }
  send_strings(Command::kScan, {});
}

void Improv::tell_state(const Report& report) {
  if (report.state == State::kOnline) {
    send_stage(Stage::kProvisioned);
    tell_address(Command::kState, report);
  } else {
    send_stage(report.trial ? Stage::kProvisioning : Stage::kReady);
  }
}

void Improv::tell_address(Command command, const Report& report) {
  const AddressText url(report.address, "http://");
  const std::string_view strings[] = {url};
  send_strings(command, strings);
}

void Improv::tell_facts() {
  const std::string_view strings[] = {facts_.firmware, facts_.version, facts_.chip, network_.report().access_point};
  send_strings(Command::kFacts, strings);
}

// --- packets ---

void Improv::send_error(Error error) {
  const uint8_t data[] = {static_cast<uint8_t>(error)};
  send(ImprovType::kError, data);
}

void Improv::send_stage(Stage stage) {
  const uint8_t data[] = {static_cast<uint8_t>(stage)};
  send(ImprovType::kState, data);
}

void Improv::send_strings(Command command, std::span<const std::string_view> strings) {
  uint8_t data[kMostImprovData];
  size_t used = 2;
  for (const std::string_view text : strings) {
    const size_t bytes = std::min(text.size(), kMostStringBytes);
    data[used++] = static_cast<uint8_t>(bytes);
    used = static_cast<size_t>(std::copy_n(text.begin(), bytes, data + used) - data);
  }
  data[0] = static_cast<uint8_t>(command);
  data[1] = static_cast<uint8_t>(used - 2);
  send(ImprovType::kResult, {data, used});
}

// On a line of its own: who reads packets takes them at the beginning of a line.
void Improv::send(ImprovType type, std::span<const uint8_t> data) {
  uint8_t bytes[1 + kImprovHead.size() + 2 + kMostImprovData + 2];
  bytes[0] = '\n';
  uint8_t* const begin = bytes + 1;
  uint8_t* at = std::copy(kImprovHead.begin(), kImprovHead.end(), begin);
  *at++ = static_cast<uint8_t>(type);
  *at++ = static_cast<uint8_t>(data.size());
  at = std::copy(data.begin(), data.end(), at);
  *at = improv_sum({begin, at});
  *++at = '\n';
  port::write_console_packet({bytes, at + 1});
}

}  // namespace thimble::network
