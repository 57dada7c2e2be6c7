// esp_http_server without a task: a test takes its turns, on the thread that calls turn(), which is the server's task
// then. Clients are the other ends of socket pairs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fakes::http {

// A client connects; -1: the server takes no more now.
int connect();
// One round of the server's loop: a message of its mailbox, then what came on the connections.
void turn();
// Until nothing more happens, at most so many.
void turns(int most = 50);
// The timers of esp_timer are due once.
void fire_timers();

// No memory for the next copies of requests.
void refuse_copies(bool refuse);
// So many sockets may be written before one is short of room.
void fail_sends(bool fail);
// Somebody else fills the mailbox but for so many places.
void fill_mailbox(size_t places_left);
// The server sends itself messages of no meaning, as it does when a request is given back: one a turn goes.
void add_messages(size_t count);

size_t sessions();
size_t kept_requests();
size_t mailbox();

}  // namespace fakes::http
