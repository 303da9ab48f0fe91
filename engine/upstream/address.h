// Addresses: which host a token may go to, and where a redirect may lead.
#pragma once

#include <string>
#include <string_view>

#include "events/result.h"

namespace skilltrail::upstream {

// What must be equal for a token to be sent along.
struct Origin {
  std::string scheme;
  std::string host;  // lower case
  std::string port;
  bool operator==(const Origin&) const = default;
  // The host, and the port where it is not the scheme's own: how messages name it.
  std::string name() const;
};

struct Address {
  Origin origin;
  std::string url;  // without user name, password and fragment
};

// The API's address, without a trailing '/'. kUsage unless it is https, or http to a loopback host; a user name, password, query or
// fragment is refused without being repeated.
Result<Address> ParseApi(std::string_view api);

// Where `location`, absolute or relative to `from`, leads. kUpstream if it is no address, carries a user name, or is less safe than `from`:
// plain http is followed only from one loopback host to another.
Result<Address> ParseRedirect(const Address& from, std::string_view location);

}  // namespace skilltrail::upstream
