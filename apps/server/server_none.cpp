// Where the build found no libwebsockets.

#include "apps/server/server.h"

namespace thimble::server {

bool is_available(std::string* advice) {
  *advice =
      "this program was built without a server; install libwebsockets-dev and libjsmn-dev (their names in Debian), and "
      "build it again";
  return false;
}

void serve(Engine&, const Config&) { throw Error("built without a server"); }

}  // namespace thimble::server
