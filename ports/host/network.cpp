#include "ports/host/network.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/utsname.h>

#include <array>

namespace thimble::host {

std::string host_name() {
  utsname facts = {};
  return ::uname(&facts) == 0 ? facts.nodename : "";
}

std::string machine_name() {
  utsname facts = {};
  return ::uname(&facts) == 0 ? facts.machine : "";
}

// The first one of an interface that is up and no loopback.
std::string lan_address() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  std::string address;
  for (const ifaddrs* i = list; i != nullptr && address.empty(); i = i->ifa_next) {
    const bool usable = (i->ifa_flags & IFF_UP) != 0 && (i->ifa_flags & IFF_LOOPBACK) == 0;
    if (!usable || i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET) continue;
    std::array<char, INET_ADDRSTRLEN> text = {};
    const auto* const of = reinterpret_cast<const sockaddr_in*>(i->ifa_addr);
    if (::inet_ntop(AF_INET, &of->sin_addr, text.data(), text.size()) != nullptr) address = text.data();
  }
  ::freeifaddrs(list);
  return address;
}

}  // namespace thimble::host
