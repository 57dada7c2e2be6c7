#include "firmware/network/setup_api.h"

#include <array>
#include <mutex>

#include "firmware/network/address_text.h"
#include "service/writer.h"

namespace thimble::network {
namespace {

using service::JsonType;
using service::JsonValue;
using service::Writer;

constexpr std::string_view kRoot = "/api/wifi";
constexpr const char* kJson = "application/json";

// {"ssid": "...", "password": "..."} are five values; some more, to name what is not known.
constexpr size_t kMostValues = 16;

constexpr std::string_view kStates[] = {"off", "joining", "online", "portal"};  // in the order of State

Writer& add_text(Writer& json, std::string_view name, std::string_view text) {
  return json.text(",\"").text(name).text("\":").quoted(text);
}
Writer& add_number(Writer& json, std::string_view name, uint64_t number) {
  return json.text(",\"").text(name).text("\":").number(number);
}
Writer& add_truth(Writer& json, std::string_view name, bool truth) {
  return json.text(",\"").text(name).text(truth ? "\":true" : "\":false");
}

// One network of the list; 252 bytes at most.
void add_network(Writer& json, const port::WifiNetwork& network) {
  json.text("{\"ssid\":").quoted(network.ssid).text(",\"rssi\":");
  if (network.rssi < 0) json.text("-");
  json.number(static_cast<uint64_t>(network.rssi < 0 ? -network.rssi : network.rssi));
  json.text(network.secured ? ",\"secured\":true}" : ",\"secured\":false}");
}
constexpr size_t kMostNetworkBytes = 256;

}  // namespace

bool SetupApi::takes(const HttpRequest& request) const {
  return request.path.starts_with(kRoot) && (request.path.size() == kRoot.size() || request.path[kRoot.size()] == '/');
}

void SetupApi::on_head(web::Call& call, const HttpRequest& request) {
  const std::lock_guard lock(network_.mutex());
  if (!network_.report().access_point_open) {
    return call.refuse(403, "the board's own network is closed; on its serial console there is /wifi");
  }
  const std::string_view what = request.path.substr(kRoot.size());
  const bool gets = what.empty() || what == "/networks";
  if (!gets && what != "/scan" && what != "/join" && what != "/forget") return call.refuse(404, "no such path");
  if (request.method != (gets ? HttpMethod::kGet : HttpMethod::kPost)) {
    call.head().add("Allow", gets ? "GET" : "POST");
    return call.refuse(405, "this path has another method");
  }
  if (what.empty()) return answer_state(call);
  if (what == "/networks") return answer_networks(call);
  if (what == "/join") return begin_body(call, request);
  if (what == "/scan") {
    network_.scan();
  } else {
    network_.forget();
  }
  answer_state(call);
}

// --- answers ---

void SetupApi::answer_state(web::Call& call) {
  const Report report = network_.report();
  std::array<char, web::Call::kTextBytes> room;
  Writer json(room);
  json.text("{\"state\":").quoted(kStates[static_cast<size_t>(report.state)]);
  add_text(json, "access_point", report.access_point);
  add_text(json, "ssid", report.ssid);
  add_text(json, "address", AddressText(report.address));
  add_text(json, "problem", problem_name(report.problem));
  add_truth(json, "trial", report.trial);
  add_number(json, "trials", report.trials);
  add_text(json, "trial_problem", problem_name(report.trial_problem));
  add_truth(json, "scanning", report.scanning);
  add_number(json, "scans", report.scans).text("}");
  call.head().add("Cache-Control", "no-store");
  call.answer_text(200, kJson, json.view());
}

void SetupApi::answer_networks(web::Call& call) {
  if (!take_room(call)) return;
  Writer json(room_);
  json.text("{\"networks\":[");
  bool first = true;
  for (const port::WifiNetwork& network : network_.networks()) {
    if (json.size() + kMostNetworkBytes > sizeof room_) break;
    if (!first) json.text(",");
    add_network(json, network);
    first = false;
  }
  json.text("]}");
  call.head().add("Cache-Control", "no-store");
  call.answer(200, kJson, json.view());
}

// --- joining ---

void SetupApi::begin_body(web::Call& call, const HttpRequest& request) {
  if (!request.length_known) return call.refuse(411, "a Content-Length is needed");
  if (request.body_bytes > kMostBodyBytes) return call.refuse(413, "too long for a name and a password");
  (void)take_room(call);
}

void SetupApi::on_body(web::Call& call, std::string_view bytes) {
  if (owner_ != &call) return;
  if (bytes.size() > kMostBodyBytes - used_) return call.refuse(413, "too long for a name and a password");
  used_ += bytes.copy(room_ + used_, bytes.size());
}

void SetupApi::on_end(web::Call& call) {
  if (owner_ != &call) return;
  std::array<service::JsonToken, kMostValues> tokens;
  JsonValue json;
  if (parse_json({room_, used_}, tokens, &json) != service::JsonError::kNone || !json.is(JsonType::kObject)) {
    return call.refuse(400, "the body is no JSON object");
  }
  std::string_view ssid, password;
  const bool known = each_member(json, [&](std::string_view name, JsonValue value) {
    std::string_view* const where = name == "ssid" ? &ssid : name == "password" ? &password : nullptr;
    if (where == nullptr || !value.is(JsonType::kString)) return false;
    *where = value.text();
    return true;
  });
  if (!known) return call.refuse(400, "ssid and password are the fields, and both are texts");
  join(call, ssid, password);
}

void SetupApi::join(web::Call& call, std::string_view ssid, std::string_view password) {
  const std::lock_guard lock(network_.mutex());
  if (network_.join(ssid, password)) return answer_state(call);
  call.refuse(400, "a name has 1 to 32 bytes, a password 8 to 63 characters, or none");
}

// --- the room ---

bool SetupApi::take_room(web::Call& call) {
  if (owner_ != nullptr) {
    call.refuse(503, "somebody else is at it; try again");
    return false;
  }
  owner_ = &call;
  used_ = 0;
  return true;
}

// A password does not stay behind.
void SetupApi::on_close(web::Call& call, bool) {
  if (owner_ != &call) return;
  owner_ = nullptr;
  for (size_t i = 0; i < used_; ++i) room_[i] = 0;
}

}  // namespace thimble::network
