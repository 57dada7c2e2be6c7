#include "firmware/update/model_routes.h"

#include "firmware/update/answers.h"
#include "firmware/update/selected_model.h"
#include "service/writer.h"

namespace thimble::update {
namespace {

constexpr std::string_view kModels = "/api/models";
constexpr std::string_view kSelect = "/api/models/select";
constexpr std::string_view kJson = "application/json";

// {"name":"model_b","bytes":225408}
void answer_model(web::Call& call, uint16_t status, std::string_view name, uint64_t bytes) {
  std::array<char, web::Call::kTextBytes> text;
  service::Writer json(text);
  json.text("{\"name\":").quoted(name);
  if (bytes > 0) json.text(",\"bytes\":").number(bytes);
  json.text("}\n");
  call.answer_text(status, kJson, json.view());
}

}  // namespace

// --- for the program ---

bool ModelRoutes::publish_list(std::string_view json) {
  if (readers_ > 0) {
    changed_ = true;
    return false;
  }
  list_bytes_ = json.copy(list_.data(), list_.size());
  return true;
}

void ModelRoutes::set_used(std::string_view in_use, std::string_view selected) {
  in_use_.set(in_use);
  selected_.set(selected);
}

bool ModelRoutes::take_wish(std::string_view* name) {
  if (wish_ != Wish::kWaiting) return false;
  wish_ = Wish::kTaken;
  *name = wished_.view();
  return true;
}

void ModelRoutes::grant(const Status& status) {
  granted_ = status;
  wish_ = wishing_ != nullptr ? Wish::kGranted : Wish::kNone;  // nobody waits any more
}

bool ModelRoutes::reserve(std::string_view name) {
  if (upload_.target() != nullptr && name == upload_.target()) return false;
  reserved_.set(name);
  return true;
}

// --- requests ---

bool ModelRoutes::takes(const HttpRequest& request) const {
  switch (request.method) {
    case HttpMethod::kGet:
    case HttpMethod::kDelete:
      return request.path == kModels;
    case HttpMethod::kPost:
      return request.path == kModels || request.path == kSelect;
    default:
      return false;
  }
}

void ModelRoutes::on_head(web::Call& call, const HttpRequest& request) {
  if (request.method == HttpMethod::kGet) return list(call);
  if (!admit(call, request, permission_)) return;
  if (request.method == HttpMethod::kDelete) return empty(call, request);
  if (request.path == kSelect) return begin_wish(call, request);
  begin_upload(call, request);
}

void ModelRoutes::list(web::Call& call) {
  ++readers_;
  call.user = this;
  call.answer(200, kJson, {list_.data(), list_bytes_});
}

void ModelRoutes::begin_upload(web::Call& call, const HttpRequest& request) {
  if (!request.length_known) return call.refuse(411, "say how long the model is, by Content-Length");
  if (uploading_ != nullptr) return call.refuse(409, "another model is being uploaded");
  const char* const label = free_partition();
  if (label == nullptr) return call.refuse(409, "no partition is free: take another model first, or flash by cable");
  const Status status = upload_.begin(label, request.body_bytes, now_us());
  if (!status.ok()) return refuse(call, status);
  uploading_ = &call;
}

void ModelRoutes::on_body(web::Call& call, std::string_view bytes) {
  if (uploading_ != &call) return;
  const Status status = upload_.add(std::as_bytes(std::span(bytes)), now_us());
  if (status.ok()) return;
  end_upload();
  refuse(call, status);
}

void ModelRoutes::on_end(web::Call& call) {
  if (uploading_ != &call) return;
  const char* const label = upload_.target();
  const uint64_t bytes = upload_.bytes();
  const Status status = upload_.finish();
  end_upload();
  if (!status.ok()) return refuse(call, status);
  answer_model(call, 201, label, bytes);
}

// The place is free for the next one, whenever the transport closes this call.
void ModelRoutes::end_upload() {
  upload_.abandon();
  uploading_ = nullptr;
  changed_ = true;
}

void ModelRoutes::begin_wish(web::Call& call, const HttpRequest& request) {
  std::array<char, kNameBytes> name;
  const std::string_view wanted = query_value(request.query, "name", name);
  if (wanted.empty()) return call.refuse(400, "which model? /api/models/select?name=NAME");
  if (wish_ != Wish::kNone) return call.refuse(409, "another model is being taken");
  wished_.set(wanted);
  wish_ = Wish::kWaiting;
  wishing_ = &call;
}

void ModelRoutes::poll(web::Call& call) {
  if (&call != wishing_ || wish_ != Wish::kGranted) return;
  wish_ = Wish::kNone;
  wishing_ = nullptr;
  if (granted_.ok()) return answer_model(call, 200, wished_.view(), 0);
  refuse(call, granted_);
}

// Its first sector is enough: nothing is read of a model without it.
void ModelRoutes::empty(web::Call& call, const HttpRequest& request) {
  std::array<char, kNameBytes> name;
  const std::string_view wanted = query_value(request.query, "name", name);
  for (const char* label : kModelPartitions) {
    if (label != wanted) continue;
    if (is_used(label)) return call.refuse(409, "this model is in use");
    const Result<port::FlashPartition> partition = port::find_flash(label);
    if (!partition.ok()) break;
    const Status status = port::erase_flash(*partition, 0, port::kFlashSectorBytes);
    if (!status.ok()) return refuse(call, status);
    changed_ = true;
    return answer_model(call, 200, label, 0);
  }
  call.refuse(404, "there is no partition of that name; files of a card are deleted elsewhere");
}

// A wish that the program has taken is done in any case.
void ModelRoutes::on_close(web::Call& call, bool) {
  if (call.user == this) --readers_;
  if (&call == uploading_) end_upload();
  if (&call == wishing_) {
    wishing_ = nullptr;
    if (wish_ != Wish::kTaken) wish_ = Wish::kNone;
  }
}

bool ModelRoutes::is_used(std::string_view label) const {
  const bool written = upload_.target() != nullptr && label == upload_.target();
  return written || label == in_use_.view() || label == selected_.view() || label == reserved_.view();
}

const char* ModelRoutes::free_partition() const {
  for (const char* label : kModelPartitions) {
    if (!is_used(label) && port::find_flash(label).ok()) return label;
  }
  return nullptr;
}

}  // namespace thimble::update
