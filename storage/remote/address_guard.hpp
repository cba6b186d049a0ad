/// Keeps libcurl from addresses that are not to be contacted. Private to storage/remote.
#pragma once

#include <curl/curl.h>

namespace headway::remote {

/// Makes a transfer connect to public addresses only. Each address is judged when it is connected
/// to, so that no second look-up of the name can lead elsewhere. `*refused`, unless it is null, is
/// set when one was refused; it must outlive the transfer.
void connect_to_public_addresses_only(CURL* easy, bool* refused);

inline constexpr const char* refused_address =
    "its name leads to an address of a private network, which fetch.deny_private_addresses refuses";

}  // namespace headway::remote
