// Deliveries of webhooks: a line with the sender, one with its proof, and the body.
#include <string>

#include <tests/fuzz/input.hpp>

#include <actors/gateway/hooks/hook_delivery.hpp>

namespace {

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headway;
  auto body = fuzz::text_of(data, size);
  const auto sender = gateway::hook_sender_from(take_line(body));
  const auto proof = take_line(body);
  if (sender) {
    // A field for every sender, so that the wrong one's is there too.
    gateway::hook_fields fields;
    for (const auto* name :
         {"x-hub-signature-256", "x-gitlab-token", "x-gitea-signature", "x-hub-signature"}) {
      fuzz::expect(gateway::is_hook_field(name), "a proof is a field of deliveries");
      fields.emplace_back(name, proof);
    }
    fuzz::expect(!gateway::proves(*sender, fields, body, ""), "no secret proves nothing");
    static_cast<void>(gateway::proves(*sender, fields, body, "secret"));
    fuzz::expect(gateway::delivery_id(*sender, fields).empty(), "an id comes from its own field");
  }
  static_cast<void>(gateway::repository_urls(body));
  return 0;
}
