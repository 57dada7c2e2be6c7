#include "firmware/server/socket_slot.h"

#include <mutex>

#include "firmware/server/server.h"

namespace thimble::web {
namespace {

constexpr service::Refusal kNoModel = {503, "there is no model now; try again"};

}  // namespace

void SocketSlot::open(Server& server) {
  *this = {};
  server_ = &server;
}

void SocketSlot::lose_service() {
  if (exchange_ != nullptr) notice_ = kNoModel;
  exchange_ = nullptr;
}

void SocketSlot::on_message(std::span<char> text) {
  const std::lock_guard lock(server_->mutex_);
  if (!server_->service_) {
    notice_ = kNoModel;
  } else if (exchange_ != nullptr) {
    notice_ = server_->service_->message(*exchange_, text);
  } else {
    exchange_ = server_->service_->open_message({text.data(), text.size()}, server_->now(), &notice_);
  }
}

size_t SocketSlot::take(std::span<char> out) {
  const std::lock_guard lock(server_->mutex_);
  if (notice_) {
    service::Writer writer(out);
    service::write_socket_error(writer, notice_);
    notice_ = {};
    return writer.size();
  }
  if (exchange_ == nullptr) return 0;
  const size_t count = server_->service_->take(*exchange_, out, server_->now());
  if (server_->service_->is_over(*exchange_)) {
    server_->service_->close(*exchange_);
    exchange_ = nullptr;
  }
  return count;
}

bool SocketSlot::is_stalled() {
  const std::lock_guard lock(server_->mutex_);
  return exchange_ != nullptr && server_->service_->is_stalled(*exchange_, server_->now());
}

void SocketSlot::close() {
  const std::lock_guard lock(server_->mutex_);
  if (exchange_ != nullptr) server_->service_->close(*exchange_);
  server_ = nullptr;
}

}  // namespace thimble::web
