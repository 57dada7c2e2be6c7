#include "firmware/update/selected_model.h"

#include <span>

#include "ports/settings.h"

namespace thimble::update {
namespace {

constexpr const char* kSetting = "model";

}  // namespace

void SelectedModel::load() {
  const Result<size_t> bytes = port::load_setting(kSetting, std::as_writable_bytes(std::span(name_)));
  bytes_ = bytes.ok() ? *bytes : 0;
}

Status SelectedModel::select(std::string_view name) {
  if (name == this->name()) return {};  // flash wears out
  if (name.size() > name_.size()) return Status::error(Code::kInvalidArgument, "name of the model");
  THIMBLE_RETURN_IF_ERROR(port::store_setting(kSetting, std::as_bytes(std::span(name))));
  bytes_ = name.copy(name_.data(), name_.size());
  return {};
}

Status SelectedModel::forget() {
  THIMBLE_RETURN_IF_ERROR(port::forget_setting(kSetting));
  bytes_ = 0;
  return {};
}

}  // namespace thimble::update
