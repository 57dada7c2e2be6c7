// What a server tells of the machine it runs on.
#pragma once

#include <string>

namespace thimble::host {

std::string host_name();     // "workbench"; empty when unknown
std::string machine_name();  // the processor's kind: "x86_64"
std::string lan_address();   // an IPv4 address by which the network reaches this machine; empty when there is none

}  // namespace thimble::host
