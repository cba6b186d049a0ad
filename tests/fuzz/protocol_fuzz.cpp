// What servers say over HTTP: refs in protocol version 2, advertisements of all versions, status.
#include <tests/fuzz/input.hpp>

#include <storage/git/ref_name.hpp>
#include <storage/remote/http_answer.hpp>
#include <storage/remote/ls_refs.hpp>

namespace {

using namespace headway;

void check(const advertised_refs& refs) {
  for (const auto& [name, id] : refs)
    fuzz::expect(fuzz::is_printable_line(name), "a ref name holds no control character");
}

void check(const caf::error& error) {
  fuzz::expect(fuzz::is_printable_line(detail_of(error)), "an error is one printable line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  if (const auto refs = remote::parse_ls_refs(text))
    check(*refs);
  else
    check(refs.error());
  if (const auto said = remote::parse_advertisement(text); said && *said)
    check((*said)->refs);
  else if (!said)
    check(said.error());
  if (const auto said = remote::parse_http_advertisement(text))
    check(said->refs);
  else
    check(said.error());
  if (size == 0)
    return 0;
  constexpr long statuses[] = {200, 301, 401, 403, 404, 429, 500, 503};
  remote::http_answer answer{.status = statuses[data[0] % std::size(statuses)],
                             .content_type = "application/x-git-upload-pack-result",
                             .location = std::string{text},
                             .body = text.substr(1)};
  check(remote::judge_refs_answer(answer).refs);
  answer.content_type = "application/x-git-upload-pack-advertisement";
  check(remote::judge_info_answer(answer, "https://example.org/a", remote::moved::no).refs);
  return 0;
}
