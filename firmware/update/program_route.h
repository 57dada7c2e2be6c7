// The next program over HTTP: POST /api/update, with the image that a build of ESP-IDF leaves (storyteller.bin) as the
// body. It is checked as it comes, and starts when its sender has been told.
#pragma once

#include "firmware/access/permission.h"
#include "firmware/server/route.h"
#include "firmware/update/program_update.h"

namespace thimble::update {

class ProgramRoute final : public web::Route {
 public:
  explicit ProgramRoute(access::Permission& permission) : permission_(permission) {}

  // For the program, with the server's lock: a new one is there, and its sender knows.
  bool wants_restart() const { return ready_ && uploading_ == nullptr; }

  // --- web::Route ---
  bool takes(const HttpRequest& request) const override;
  web::Guard guard() const override { return {false, false}; }  // it has one of its own
  void on_head(web::Call& call, const HttpRequest& request) override;
  void on_body(web::Call& call, std::string_view bytes) override;
  void on_end(web::Call& call) override;
  void on_close(web::Call& call, bool whole) override;

 private:
  void fail(web::Call& call, const Status& status);

  access::Permission& permission_;
  ProgramUpdate update_;
  web::Call* uploading_ = nullptr;
  bool ready_ = false;
};

}  // namespace thimble::update
