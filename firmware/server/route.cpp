#include "firmware/server/route.h"

#include <algorithm>

#include "service/events.h"

namespace thimble::web {

void Call::answer(uint16_t status, std::string_view content_type, std::string_view body) {
  response_.status = status;
  response_.content_type = content_type;
  response_.length = body.size();
  rest_ = body;
  answered_ = true;
}

void Call::answer_text(uint16_t status, std::string_view content_type, std::string_view body) {
  answer(status, content_type, {text_, body.copy(text_, sizeof text_)});
}

void Call::refuse(uint16_t status, std::string_view message) {
  char words[kTextBytes / 2];
  words[message.copy(words, sizeof words - 1)] = '\0';
  service::Refusal refusal;
  refusal.status = status;
  refusal.message = words;
  service::Writer body(text_);
  service::write_error(body, refusal);
  response_.add("Cache-Control", "no-store");
  if (status == 503) response_.retry_after = 1;
  answer(status, "application/json", body.view());
}

}  // namespace thimble::web
