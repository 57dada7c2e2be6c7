#include "firmware/update/model_routes.h"

#include <algorithm>

#include "firmware/update/answers.h"
#include "firmware/update/selected_model.h"
#include "ports/found_files.h"
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
  if (request.method == HttpMethod::kDelete) return remove(call, request);
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
  ModelStore* const place = place_for(call, request.query);
  if (place == nullptr) return;
  const Status status = upload_.begin(*place, request.body_bytes, now_us());
  if (!status.ok()) return refuse(call, status);
  uploading_ = &call;
}

// Null: it was refused.
ModelStore* ModelRoutes::place_for(web::Call& call, std::string_view query) {
  std::array<char, kNameBytes> text;
  const std::string_view to = query_value(query, "to", text);
  if (to.empty()) {
    const char* const label = free_partition();
    if (label == nullptr) call.refuse(409, "no partition is free: take another model first, or flash by cable");
    partition_.use(label);
    return label != nullptr ? &partition_ : nullptr;
  }
  if (to != "card") return call.refuse(400, "to=card is the only other place"), nullptr;
  if (card_folder_ == nullptr) return call.refuse(501, "this board has no slot for a card"), nullptr;
  if (card_.use(card_folder_, query_value(query, "name", text)).ok()) return &card_;
  call.refuse(400, "name the file by letters, digits, '.', '-' and '_': /api/models?to=card&name=story.thm");
  return nullptr;
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

bool ModelRoutes::is_on_card(std::string_view name) const {
  if (card_folder_ == nullptr || !name.starts_with(card_folder_)) return false;
  name.remove_prefix(std::string_view(card_folder_).size());
  return name.starts_with('/') && name.find('/', 1) == std::string_view::npos && port::is_named(name.substr(1), ".thm");
}

// Of a partition the first sector is enough: nothing is read of a model without it.
void ModelRoutes::remove(web::Call& call, const HttpRequest& request) {
  std::array<char, kNameBytes + 1> text{};
  const std::string_view name = query_value(request.query, "name", std::span(text).first(kNameBytes));
  const auto label = std::find(kModelPartitions.begin(), kModelPartitions.end(), name);
  Status status;
  if (is_used(name)) return call.refuse(409, "this model is in use");
  if (label != kModelPartitions.end()) {
    const Result<port::FlashPartition> partition = port::find_flash(*label);
    if (!partition.ok()) return call.refuse(404, "there is no partition of that name");
    status = port::erase_flash(*partition, 0, port::kFlashSectorBytes);
  } else if (is_on_card(name)) {
    status = port::remove_file(text.data());
  } else {
    return call.refuse(404, "there is no partition and no model on the card of that name");
  }
  if (!status.ok()) return refuse(call, status);
  changed_ = true;
  answer_model(call, 200, name, 0);
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

bool ModelRoutes::is_used(std::string_view name) const {
  if (name.empty()) return false;
  const bool written = upload_.target() != nullptr && name == upload_.target();
  return written || name == in_use_.view() || name == selected_.view() || name == reserved_.view();
}

const char* ModelRoutes::free_partition() const {
  for (const char* label : kModelPartitions) {
    if (!is_used(label) && port::find_flash(label).ok()) return label;
  }
  return nullptr;
}

}  // namespace thimble::update
