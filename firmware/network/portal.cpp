#include "firmware/network/portal.h"

#include <algorithm>
#include <mutex>

#include "service/access.h"
#include "service/routes.h"

namespace thimble::network {
namespace {

constexpr std::string_view kSetup = "/setup";

// What phones and browsers ask for to find out whether there is an internet; some of them by an address.
constexpr std::string_view kProbes[] = {
    "/generate_204",
    "/gen_204",  // Android, Chrome
    "/hotspot-detect.html",
    "/library/test/success.html",  // Apple
    "/connecttest.txt",
    "/ncsi.txt",
    "/redirect",  // Windows
    "/canonical.html",
    "/success.txt",               // Firefox
    "/check_network_status.txt",  // NetworkManager
};

bool is_probe(std::string_view path) {
  return std::find(std::begin(kProbes), std::end(kProbes), path) != std::end(kProbes);
}

// A redirect with a text in it: a phone of Apple's wants one.
void redirect(web::Call& call) {
  call.head().add("Location", kSetupUrl);
  call.head().add("Cache-Control", "no-store");
  call.answer(302, "text/html", "<a href=\"http://192.168.4.1/setup/\">Set up this board</a>\n");
}

}  // namespace

bool Portal::takes(const HttpRequest& request) const {
  if (!is_probe(request.path) && service::host_is_ours(request.host, names_)) return false;
  const std::lock_guard lock(network_.mutex());
  return network_.report().access_point_open;
}

void Portal::on_head(web::Call& call, const HttpRequest&) { redirect(call); }

bool SetupPage::takes(const HttpRequest& request) const {
  const bool reads = request.method == HttpMethod::kGet || request.method == HttpMethod::kHead;
  return reads && request.path.starts_with(kSetup) &&
         (request.path.size() == kSetup.size() || request.path[kSetup.size()] == '/');
}

void SetupPage::on_head(web::Call& call, const HttpRequest& request) {
  std::string_view path = request.path.substr(kSetup.size());
  if (path.empty()) {
    call.head().add("Location", "/setup/");
    return call.answer(302, {}, {});
  }
  if (path == "/") path = "/index.html";
  const auto file = std::find_if(files_.begin(), files_.end(), [&](const service::Asset& f) { return f.path == path; });
  if (file == files_.end()) return call.refuse(404, "there is no such file");
  call.head().add("Content-Encoding", "gzip");
  call.head().add("Cache-Control", "no-cache");
  call.head().add("Content-Security-Policy", service::kPagePolicy);
  call.answer(200, file->content_type, request.method == HttpMethod::kHead ? std::string_view() : file->gzipped);
}

}  // namespace thimble::network
