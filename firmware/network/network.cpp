#include "firmware/network/network.h"

#include <algorithm>

#include "firmware/network/dns.h"

namespace thimble::network {
namespace {

constexpr uint64_t kFirstPauseMs = 1000;
constexpr uint64_t kSignalMs = 2000;  // from one look at the signal to the next

Problem problem_of(port::WifiFailure failure) {
  switch (failure) {
    case port::WifiFailure::kNotFound:
      return Problem::kNotFound;
    case port::WifiFailure::kRefused:
      return Problem::kWrongPassword;
    case port::WifiFailure::kOther:
      break;
  }
  return Problem::kNoAnswer;
}

Problem problem_of(const Status& status) {
  return status.code() == Code::kOutOfMemory ? Problem::kNoMemory : Problem::kRefused;
}

}  // namespace

// --- wishes ---

bool Network::join(std::string_view ssid, std::string_view password) {
  if (!are_possible(ssid, password)) return false;
  candidate_ = make_credentials(ssid, password);
  trial_ = true;
  unsaved_ = unsaved_ || remembered_.off;
  remembered_.off = false;
  changed_ = true;
  return true;
}

void Network::forget() {
  remembered_.credentials = {};
  if (trial_) end_trial(Problem::kRefused);
  changed_ = unsaved_ = true;
}

void Network::turn(bool on) {
  if (remembered_.off != on) return;
  remembered_.off = !on;
  changed_ = unsaved_ = true;
}

// --- what happens ---

void Network::start() {
  remembered_ = store_.load();
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const uint16_t number = port::wifi_number();
  const size_t end = std::string_view("thimble-").copy(name_, sizeof name_);
  for (size_t i = 0; i < 4; ++i) name_[end + i] = kDigits[number >> (12 - 4 * i) & 15];
}

void Network::take(const port::WifiEvent& event, uint64_t now) {
  using Kind = port::WifiEvent::Kind;
  switch (event.kind) {
    case Kind::kNone:
      break;
    case Kind::kJoined:
      if (link_ != Link::kJoining) break;
      link_ = Link::kAddressing;
      link_deadline_ = now + kAddressMs;
      break;
    case Kind::kAddress:
      if (link_ != Link::kIdle) succeed(event.address, now);
      break;
    case Kind::kFailed:
      if (link_ != Link::kIdle) fail(link_ == Link::kUp ? Problem::kLost : problem_of(event.failure), now);
      break;
    case Kind::kScanned:
      if (scanning_) keep_networks();
      break;
    case Kind::kScanFailed:
      if (scanning_) end_scan(false);
      break;
    case Kind::kGuests:
      guests_ = event.guests;
      break;
    case Kind::kQuery: {
      std::array<uint8_t, kMostDnsBytes> answer;
      const size_t bytes = answer_dns(event.packet, port::kAccessPointAddress, answer);
      if (bytes > 0) port::answer_query(std::span(answer).first(bytes));
      break;
    }
  }
}

void Network::step(uint64_t now) {
  keep_wishes(now);
  if (!hold_radio(now)) return refuse_wishes();
  hold_link(now);
  look_at_signal(now);
  hold_scan(now);
  if (may_join(now)) begin_join(now);
  hold_access_point(now);
}

void Network::keep_wishes(uint64_t now) {
  if (changed_) {
    drop_link();
    attempts_ = 0;
    problem_ = Problem::kNone;
    next_join_ = next_radio_ = now;
  }
  changed_ = false;
  if (unsaved_) save();
  unsaved_ = false;
}

// --- the radio ---

bool Network::hold_radio(uint64_t now) {
  if (remembered_.off) {
    close_radio();
    return false;
  }
  if (radio_ || now < next_radio_) return radio_;
  const Status status = port::open_wifi();
  if (!status.ok()) {
    problem_ = problem_of(status);
    next_radio_ = now + kRadioAgainMs;
    return false;
  }
  radio_ = true;
  problem_ = Problem::kNone;
  next_join_ = next_access_point_ = now;
  if (!announced_) port::announce_name("thimble");
  announced_ = true;
  return true;
}

void Network::close_radio() {
  if (!radio_) return;
  drop_link();
  port::close_wifi();
  radio_ = access_point_ = false;
  guests_ = 0;
  if (scanning_) end_scan(false);
}

// Nobody waits for a radio that is not there.
void Network::refuse_wishes() {
  if (scan_wanted_) end_scan(false);
  scan_wanted_ = false;
  if (trial_) end_trial(problem_ == Problem::kNone ? Problem::kRefused : problem_);
}

// --- the access point ---

// With a network to join it opens when attempts are used up, and stays until one succeeds: it comes and goes for nobody
// who stands before its page.
bool Network::wants_access_point(uint64_t now) const {
  if (link_ == Link::kUp) return access_point_ && now < farewell_;
  return access_point_ || target().empty() || (!trial_ && attempts_ >= kAttempts);
}

void Network::hold_access_point(uint64_t now) {
  const bool wanted = wants_access_point(now);
  if (wanted == access_point_ || (wanted && now < next_access_point_)) return;
  guests_ = 0;
  if (!wanted) {
    access_point_ = false;
    return port::close_access_point();
  }
  const Status status = port::open_access_point(name_, password_);
  access_point_ = status.ok();
  if (access_point_) return;
  problem_ = problem_of(status);
  next_access_point_ = now + kRadioAgainMs;
}

// --- the network ---

// Trying takes the radio from channel to channel, and the guests of the access point fall off. So with one of them
// there only what somebody asked for is tried.
bool Network::may_join(uint64_t now) const {
  if (link_ != Link::kIdle || scanning_ || target().empty() || now < next_join_) return false;
  return trial_ || guests_ == 0;
}

void Network::begin_join(uint64_t now) {
  const Status status = port::join_wifi(target().ssid, target().password);
  if (!status.ok()) return fail(problem_of(status), now);
  link_ = Link::kJoining;
  link_deadline_ = now + kJoinMs;
}

void Network::hold_link(uint64_t now) {
  if (!is_trying() || now < link_deadline_) return;
  const Problem problem = link_ == Link::kJoining ? Problem::kNoAnswer : Problem::kNoAddress;
  drop_link();
  fail(problem, now);
}

void Network::look_at_signal(uint64_t now) {
  if (link_ != Link::kUp || now < next_signal_) return;
  signal_ = port::wifi_signal();
  next_signal_ = now + kSignalMs;
}

// Also for an address that took the place of another.
void Network::succeed(port::Ipv4 address, uint64_t now) {
  const bool was_up = link_ == Link::kUp;
  address_ = address;
  link_ = Link::kUp;
  if (was_up) return;
  next_signal_ = now;
  attempts_ = 0;
  problem_ = Problem::kNone;
  farewell_ = now + kFarewellMs;
  if (!trial_) return;
  remembered_.credentials = candidate_;
  end_trial(Problem::kNone);
  save();
}

void Network::fail(Problem problem, uint64_t now) {
  const bool was_up = link_ == Link::kUp;
  link_ = Link::kIdle;
  address_ = 0;
  problem_ = problem;
  next_join_ = now;
  if (was_up) return;  // at once, and then as often as at the start
  ++attempts_;
  if (trial_ && attempts_ >= kTrialAttempts) {
    attempts_ = 0;  // and back to the network that is remembered
    return end_trial(problem);
  }
  next_join_ += attempts_ < kAttempts ? kFirstPauseMs << (attempts_ - 1) : kBesidePortalMs;
}

void Network::end_trial(Problem problem) {
  trial_ = false;
  candidate_ = {};
  trial_problem_ = problem;
  ++trials_;
}

void Network::drop_link() {
  if (link_ != Link::kIdle) port::leave_wifi();
  link_ = Link::kIdle;
  address_ = 0;
}

void Network::save() {
  if (!store_.save(remembered_)) problem_ = Problem::kNotSaved;
}

// --- who is around ---

void Network::hold_scan(uint64_t now) {
  if (scanning_ && now >= scan_deadline_) {
    port::stop_scan();
    end_scan(false);
  }
  if (!scan_wanted_ || scanning_ || is_trying()) return;
  scan_wanted_ = false;
  scanning_ = true;
  scan_deadline_ = now + kScanMs;
  if (!port::begin_scan().ok()) end_scan(false);
}

void Network::end_scan(bool succeeded) {
  scanning_ = false;
  scan_succeeded_ = succeeded;
  ++scans_;
}

void Network::keep_networks() {
  network_count_ = 0;
  port::WifiNetwork network;
  while (port::next_scanned(&network)) {
    if (network.ssid[0] == '\0' || knows(network) || network_count_ == kMostNetworks) continue;
    networks_[network_count_++] = network;
  }
  end_scan(true);
}

bool Network::knows(const port::WifiNetwork& network) const {
  return std::any_of(networks_.begin(), networks_.begin() + network_count_,
                     [&](const port::WifiNetwork& other) { return std::string_view(other.ssid) == network.ssid; });
}

// --- what is known ---

Report Network::report() const {
  Report report;
  report.state = !radio_              ? State::kOff
                 : link_ == Link::kUp ? State::kOnline
                 : access_point_      ? State::kPortal
                                      : State::kJoining;
  report.problem = problem_;
  report.off = remembered_.off;
  report.trying = is_trying();
  report.trial = trial_;
  report.scanning = scanning_ || scan_wanted_;
  report.access_point = name_;
  report.access_point_open = access_point_;
  report.ssid = target().ssid;
  report.address = address_;
  report.signal = link_ == Link::kUp ? signal_ : int8_t{0};
  report.trials = trials_;
  report.trial_problem = trial_problem_;
  report.scans = scans_;
  report.scan_succeeded = scan_succeeded_;
  return report;
}

namespace {

struct ProblemText {
  const char* name;
  const char* text;
};

// In the order of Problem.
constexpr ProblemText kProblems[] = {
    {"none", ""},
    {"not_found", "no network of that name is in reach"},
    {"wrong_password", "it does not accept the password, or is too far away"},
    {"no_answer", "it does not answer"},
    {"no_address", "it gives no address"},
    {"lost", "the connection broke"},
    {"refused", "the radio refused"},
    {"no_memory", "there is too little memory for Wi-Fi"},
    {"not_saved", "the flash did not take the settings; they hold until the power goes"},
};

}  // namespace

const char* problem_name(Problem problem) { return kProblems[static_cast<size_t>(problem)].name; }
const char* problem_text(Problem problem) { return kProblems[static_cast<size_t>(problem)].text; }

}  // namespace thimble::network
