// Where the build found no libqrencode.

#include "apps/server/qr_code.h"

namespace thimble::server {

std::string qr_code(const std::string&) { return {}; }

}  // namespace thimble::server
