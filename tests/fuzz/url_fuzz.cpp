// Addresses of remotes, and messages that hold some.
#include <tests/fuzz/input.hpp>

#include <messages/url.hpp>
#include <storage/remote/address.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headway;
  const auto text = fuzz::text_of(data, size);
  const auto shown = strip_credentials(text);
  fuzz::expect(strip_credentials(shown) == shown, "what may be shown may be shown");
  const auto redacted = redact(text);
  fuzz::expect(redact(redacted) == redacted, "what is redacted stays as it is");
  static_cast<void>(host_key(text));
  if (const auto web = remote::parse_web_address(text))
    fuzz::expect(strip_credentials(web->url) == web->url, "an address to ask holds no login");
  return 0;
}
