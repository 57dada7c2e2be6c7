// The models of a board over HTTP:
//
//   GET    /api/models                     a list, as the program published it last
//   POST   /api/models                     a model, as the body; goes into the partition that nobody uses,
//          /api/models?to=card&name=NAME   or to a new file of the card
//   POST   /api/models/select?name=NAME    that one tells, now and after a restart; once it has proved itself
//   DELETE /api/models?name=NAME           empties a partition, or deletes a file of the card, that nobody uses
//
// The transport's task writes to flash and card; the program's task, which owns the engine, lists and switches. What
// both touch is here, under the server's lock.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "firmware/access/permission.h"
#include "firmware/server/route.h"
#include "firmware/update/card_store.h"
#include "firmware/update/model_upload.h"
#include "firmware/update/partition_store.h"

namespace thimble::update {

class ModelRoutes final : public web::Route {
 public:
  static constexpr size_t kListBytes = 2048;
  static constexpr size_t kNameBytes = 64;

  // `card_folder`: where files of the card are; null: the board has no slot for one.
  ModelRoutes(access::Permission& permission, const char* card_folder)
      : permission_(permission), card_folder_(card_folder) {}

  // --- for the program, with the server's lock ---

  // The answer of GET, until the next one. False: somebody is being sent the one before; try again later.
  bool publish_list(std::string_view json);
  // Whether a list has to be published: something came, or went. Not during an upload, since a partition that is being
  // written must not be mapped by somebody else: ESP-IDF refreshes one mapping of a page alone.
  bool take_change() { return upload_.target() == nullptr && std::exchange(changed_, false); }

  // The sources that stay as they are: the one that tells, and the one that the next start would take.
  void set_used(std::string_view in_use, std::string_view selected);

  // The source that a client wants to tell. The program switches, and then says what came of it.
  bool take_wish(std::string_view* name);
  void grant(const Status& status);

  // Nothing is written there until release(). False: something is being written there now.
  bool reserve(std::string_view name);
  void release() { reserved_.clear(); }

  // --- web::Route ---
  bool takes(const HttpRequest& request) const override;
  web::Guard guard() const override { return {false, false}; }  // reading is free, and changing has a guard of its own
  void on_head(web::Call& call, const HttpRequest& request) override;
  void on_body(web::Call& call, std::string_view bytes) override;
  void on_end(web::Call& call) override;
  void poll(web::Call& call) override;
  void on_close(web::Call& call, bool whole) override;

 private:
  class Name {
   public:
    void set(std::string_view name) { bytes_ = name.copy(text_.data(), text_.size()); }
    void clear() { bytes_ = 0; }
    std::string_view view() const { return {text_.data(), bytes_}; }

   private:
    std::array<char, kNameBytes> text_{};
    size_t bytes_ = 0;
  };
  enum class Wish : uint8_t { kNone, kWaiting, kTaken, kGranted };

  void list(web::Call& call);
  void begin_upload(web::Call& call, const HttpRequest& request);
  ModelStore* place_for(web::Call& call, std::string_view query);
  void end_upload();
  void begin_wish(web::Call& call, const HttpRequest& request);
  void remove(web::Call& call, const HttpRequest& request);
  bool is_on_card(std::string_view name) const;
  bool is_used(std::string_view name) const;
  const char* free_partition() const;

  access::Permission& permission_;
  const char* const card_folder_;
  PartitionStore partition_;
  CardStore card_;
  ModelUpload upload_;
  web::Call* uploading_ = nullptr;
  web::Call* wishing_ = nullptr;
  Wish wish_ = Wish::kNone;
  Status granted_;
  Name wished_;
  Name in_use_;
  Name selected_;
  Name reserved_;
  bool changed_ = false;
  std::array<char, kListBytes> list_;
  size_t list_bytes_ = 0;
  size_t readers_ = 0;  // of list_
};

}  // namespace thimble::update
