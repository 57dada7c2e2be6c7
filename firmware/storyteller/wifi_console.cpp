#include "firmware/storyteller/wifi_console.h"

#include <algorithm>
#include <mutex>

#include "firmware/network/address_text.h"
#include "firmware/storyteller/listener.h"
#include "firmware/storyteller/plain_text.h"
#include "ports/line.h"

namespace thimble::storyteller {
namespace {

using network::AddressText;
using network::Problem;
using network::Report;
using network::State;
using port::print_line;

// The first word of `words`, which may stand in quotes, off its front.
std::string_view take_word(std::string_view* words) {
  const bool quoted = words->starts_with('"');
  const std::string_view rest = words->substr(quoted ? 1 : 0);
  const size_t end = std::min(rest.find(quoted ? '"' : ' '), rest.size());
  *words = strip(rest.substr(std::min(end + 1, rest.size())));
  return rest.substr(0, end);
}

void show_problem(Problem problem) {
  if (problem != Problem::kNone) print_line("the last attempt: ", network::problem_text(problem));
}

}  // namespace

void WifiConsole::answer(std::string_view argument) {
  std::string_view words = argument;
  const std::string_view verb = take_word(&words);
  const std::lock_guard lock(network_.mutex());
  if (verb.empty()) {
    show(network_.report());
  } else if (verb == "join" && !words.empty()) {
    join(words);
  } else if (verb == "scan" && words.empty()) {
    scan_asked_ = true;
    scans_ = network_.report().scans;
    network_.scan();
    print_line("looking around");
  } else if (verb == "forget" && words.empty()) {
    network_.forget();
    print_line("forgotten; the board's own network opens");
  } else if ((verb == "off" || verb == "on") && words.empty()) {
    network_.turn(verb == "on");
    print_line("Wi-Fi is ", verb, ", also after a restart");
  } else {
    print_line("/wifi takes nothing, scan, join NAME PASSWORD, forget, off or on; a name with spaces stands in \"\"");
  }
}

void WifiConsole::join(std::string_view words) {
  const std::string_view ssid = take_word(&words);
  if (!network_.join(ssid, words)) {
    return print_line("a name has 1 to 32 bytes, a password 8 to 63 characters, or none");
  }
  print_line("joining ", PlainText(ssid));
}

void WifiConsole::show(const Report& report) const {
  switch (report.state) {
    case State::kOff:
      if (report.off) return print_line("Wi-Fi is off; /wifi on turns it on");
      print_line("there is no Wi-Fi: ", network::problem_text(report.problem));
      if (report.problem == Problem::kNoMemory) print_line("after a restart it takes its memory before the model does");
      return;
    case State::kJoining:
      print_line("joining ", PlainText(report.ssid));
      return show_problem(report.problem);
    case State::kOnline:
      return print_line("in the network ", PlainText(report.ssid), ": ", AddressText(report.address, "http://"), "/");
    case State::kPortal:
      print_line("the board's own network is open: join ", report.access_point, ", and open http://192.168.4.1/setup/");
      if (report.ssid[0] != '\0') print_line("it goes on trying ", PlainText(report.ssid));
      return show_problem(report.problem);
  }
}

void WifiConsole::list() const {
  if (network_.networks().empty()) return print_line("no network is in reach");
  for (const port::WifiNetwork& network : network_.networks()) {
    const bool below = network.rssi < 0;
    const auto size = static_cast<uint64_t>(below ? -network.rssi : network.rssi);
    print_line(PlainText(network.ssid), ", ", below ? "-" : "", size, " dBm, ",
               network.secured ? "with a password" : "open");
  }
}

bool WifiConsole::report() {
  const std::lock_guard lock(network_.mutex());
  const Report report = network_.report();
  const bool moved = report.state != state_ && report.state != State::kJoining;
  const bool tried = report.trials != trials_ && report.trial_problem != Problem::kNone;
  const bool seen = scan_asked_ && report.scans != scans_;
  if (!moved && !tried && !seen) {
    trials_ = report.trials;
    return false;
  }
  port::write_text("\n");
  if (tried) print_line("not joined: ", network::problem_text(report.trial_problem));
  if (seen && report.scan_succeeded) list();
  if (seen && !report.scan_succeeded) print_line("the scan failed; try again");
  if (moved) show(report);
  if (moved) state_ = report.state;
  if (seen) scan_asked_ = false;
  trials_ = report.trials;
  return true;
}

}  // namespace thimble::storyteller
