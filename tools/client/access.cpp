#include <fstream>

#include <messages/error.hpp>
#include <tools/client/access.hpp>

namespace headway::tools {

caf::expected<node_access> access_of(const std::optional<std::string>& token_file,
                                     const environment& variables) {
  node_access access;
  access.certificates = variables("SSL_CERT_FILE").value_or("");
  if (!token_file) {
    access.token = variables("HEADWAY_TOKEN").value_or("");
    return access;
  }
  std::ifstream file{*token_file};
  if (!std::getline(file, access.token) || access.token.empty())
    return make_error(ec::invalid_argument,
                      "--token-file " + *token_file +
                          " cannot be read or has an empty first line; write the token into it");
  return access;
}

}  // namespace headway::tools
