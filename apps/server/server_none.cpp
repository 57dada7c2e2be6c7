// Where the build found no libwebsockets or no jsmn.

#include "apps/server/server.h"

namespace thimble::server {

std::string missing() {
  return "this program was built without a server; install libwebsockets-dev and libjsmn-dev (so called in Debian), "
         "and build it again";
}

void serve(Engine&, const Config&) { throw Error(missing()); }

}  // namespace thimble::server
