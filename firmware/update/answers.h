// What routes that change the board say: who may, and what went wrong.
#pragma once

#include <cstdint>

#include "firmware/access/permission.h"
#include "firmware/server/route.h"
#include "thimble/status.h"

namespace thimble::update {

// Microseconds since some moment, by port::ticks().
uint64_t now_us();

// Whether a request may change what the board holds; else it is refused.
bool admit(web::Call& call, const HttpRequest& request, access::Permission& permission);

// The number of an answer to an upload that ended with this error.
uint16_t http_status(const Status& status);
// Refuses with it, in words.
void refuse(web::Call& call, const Status& status);

// The value of `name` in a query, decoded into `out`; empty: it is not there, or does not fit.
std::string_view query_value(std::string_view query, std::string_view name, std::span<char> out);

}  // namespace thimble::update
