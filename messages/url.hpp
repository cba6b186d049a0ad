/// What may be shown of a remote's address.
#pragma once

#include <string>
#include <string_view>

namespace headway {

/// `url` as it may be logged, stored and answered: user information is removed ("https://u:p@h/x"
/// becomes "https://h/x"), and so are query and fragment of http(s), where tokens hide too. For ssh
/// and scp-like addresses ("git@host:path") a bare user name stays, because it is part of the
/// address; a password does not. Local paths are returned as they are.
std::string strip_credentials(std::string_view url);

/// The key under which the health of a remote host is kept: "scheme://host:port" in lower case with
/// the default port filled in, "file" for local paths, "" when the address cannot be understood.
std::string host_key(std::string_view url);

/// Equal for spellings of one repository at a host: "host/path" in lower case, whatever scheme,
/// user and port say, and without ".git" and slashes at the end. For finding out what a push hint
/// is about. "" for local paths.
std::string repository_key(std::string_view url);

/// `text` with every "scheme://user:secret@" in it reduced to "scheme://" and each query string of
/// an http(s) address removed: for messages of other programs (git's stderr) before they go
/// anywhere.
std::string redact(std::string_view text);

}  // namespace headway
