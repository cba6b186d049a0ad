/// Objects in files of their own. Private to storage/git.
///
/// Read here with zlib and not by libgit2, because libgit2 1.5 never comes back from a loose object
/// whose file was cut short, as a crash or a full disk leaves it: git_zstream_get_output waits for
/// output that cannot come.
#pragma once

#include <optional>
#include <string>

#include <caf/expected.hpp>

#include <messages/ids.hpp>

namespace headway::git {

enum class object_type { commit, tag, tree, blob };

const char* to_string(object_type type) noexcept;

struct object_content {
  object_type type = object_type::commit;
  std::string data;  ///< Empty for trees and blobs where they are not read.
};

enum class loose_content { of_commits_and_tags, of_trees_too, of_all };

/// The object in the folder `objects`; nothing when it has no file there. What `content` names is
/// read whole and its hash is verified; of the others only the type is read. Errors: `corrupt`
/// (names the file), `permission_denied`, `io`.
caf::expected<std::optional<object_content>> read_loose_object(
    const std::string& objects, const oid& id,
    loose_content content = loose_content::of_commits_and_tags);

}  // namespace headway::git
