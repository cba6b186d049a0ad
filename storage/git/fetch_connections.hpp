/// What fetches without git keep from one to the next.
#pragma once

#include <map>
#include <string>

#include <storage/git/address_book.hpp>
#include <storage/remote/http_fetcher.hpp>

namespace headway::git {

/// Used by one fetch at a time.
class fetch_connections {
 public:
  address_book addresses;
  remote::http_fetcher http;
  /// Of credential helpers, by scope.
  std::map<std::string, remote::login> logins;
};

}  // namespace headway::git
