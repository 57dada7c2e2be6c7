// Answers that lie ready at once: refusals, facts, the page's files.
#include "service/service.h"

namespace thimble::service {
namespace {

constexpr const char* kJson = "application/json";

}  // namespace

void Service::refuse(Exchange& e, const Refusal& refusal) {
  Writer body(e.buffer);
  write_error(body, refusal);
  ++counters_.refused;
  if (refusal.status == 503) {
    ++counters_.busy;
    e.head.retry_after = seconds_until_room();
  }
  e.head.status = refusal.status;
  answer_ready(e, body, kJson);
}

void Service::answer_ready(Exchange& e, const Writer& body, const char* content_type) {
  e.head.content_type = content_type;
  e.head.length = body.size();
  e.head.add("Cache-Control", "no-store");
  e.begin = 0;
  e.end = e.head_only ? 0 : body.size();
  e.has_head = true;
  e.state = Exchange::State::kAnswered;
}

void Service::answer_preflight(Exchange& e) {
  e.head.status = 204;
  // Of no use to a page without the header that allows its origin.
  e.head.add("Access-Control-Allow-Methods", "GET, POST");
  e.head.add("Access-Control-Allow-Headers", "Authorization, Content-Type");
  e.head.add("Access-Control-Max-Age", "600");
  e.has_head = true;
  e.state = Exchange::State::kAnswered;
}

void Service::answer_asset(Exchange& e, const Asset& asset, const HttpRequest& head) {
  e.head.add("ETag", asset.etag);
  e.head.add("Cache-Control", "no-cache");
  e.has_head = true;
  e.state = Exchange::State::kAnswered;
  if (!asset.etag.empty() && contains(head.if_none_match, asset.etag)) {
    e.head.status = 304;
    return;
  }
  const bool gzipped = asset.plain.empty() || contains(head.accept_encoding, "gzip");
  const std::string_view bytes = gzipped ? asset.gzipped : asset.plain;
  if (gzipped) e.head.add("Content-Encoding", "gzip");
  e.head.add("Vary", "Accept-Encoding");
  e.head.add("Content-Security-Policy", kPagePolicy);
  e.head.content_type = asset.content_type;
  e.head.length = bytes.size();
  if (!e.head_only) e.asset = bytes;
}

void Service::answer(Exchange& e, std::string_view path, Now now) {
  Writer body(e.buffer);
  const size_t context_used = current_ != nullptr ? current_->outcome.context_used : counters_.last.context_used;
  const Facts facts{engine_,      options_.platform,    settings_,    counters_,
                    context_used, now.us - started_us_, started_unix_};
  switch (e.route) {
    case RouteKind::kHealth:
      write_health(body);
      break;
    case RouteKind::kModels:
      write_models(body, facts);
      break;
    case RouteKind::kModel:
      if (model_in_path(path) != model_name(engine_.model()))
        return refuse(e, {404, "no such model", "model", 0, 0, "model_not_found"});
      write_model(body, facts);
      break;
    case RouteKind::kInfo:
      write_info(body, facts);
      break;
    case RouteKind::kSettings:
      write_settings(body, settings_);
      break;
    case RouteKind::kMetrics:
      write_metrics(body, facts);
      break;
    default:
      break;
  }
  if (!body.ok()) return refuse(e, {500, "the answer is longer than this server's buffer"});
  answer_ready(e, body, e.route == RouteKind::kMetrics ? "text/plain; version=0.0.4" : kJson);
}

}  // namespace thimble::service
