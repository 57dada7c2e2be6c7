#include "firmware/update/program_route.h"

#include "firmware/update/answers.h"

namespace thimble::update {

bool ProgramRoute::takes(const HttpRequest& request) const {
  return request.method == HttpMethod::kPost && request.path == "/api/update";
}

void ProgramRoute::on_head(web::Call& call, const HttpRequest& request) {
  if (!admit(call, request, permission_)) return;
  if (!request.length_known) return call.refuse(411, "say how long the program is, by Content-Length");
  if (ready_ || uploading_ != nullptr) return call.refuse(409, "another update is under way");
  const Status status = update_.begin(request.body_bytes, now_us());
  if (!status.ok()) return refuse(call, status);
  uploading_ = &call;
}

void ProgramRoute::on_body(web::Call& call, std::string_view bytes) {
  if (uploading_ != &call) return;
  const Status status = update_.add(std::as_bytes(std::span(bytes)), now_us());
  if (!status.ok()) fail(call, status);
}

void ProgramRoute::on_end(web::Call& call) {
  if (uploading_ != &call) return;
  const Status status = update_.finish();
  if (!status.ok()) return fail(call, status);
  ready_ = true;
  call.answer(202, "application/json", "{\"restarts\":true}\n");
}

// The next one may come, whenever the transport closes this call.
void ProgramRoute::fail(web::Call& call, const Status& status) {
  uploading_ = nullptr;
  refuse(call, status);
}

void ProgramRoute::on_close(web::Call& call, bool) {
  if (&call != uploading_) return;
  update_.abandon();
  uploading_ = nullptr;
}

}  // namespace thimble::update
