#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <tests/support/sandbox.hpp>
#include <unistd.h>

#include <config/load.hpp>

BOOST_AUTO_TEST_SUITE(load)

using namespace headway;
using namespace std::chrono_literals;

namespace {

std::string complaints(std::string_view text) {
  return to_string(load_text(text, "f").diagnostics);
}

/// The one complaint about `text`, less its final newline.
std::string complaint(std::string_view text) {
  const auto result = load_text(text, "f");
  BOOST_TEST_REQUIRE(result.diagnostics.size() == 1u, to_string(result.diagnostics));
  return to_string(result.diagnostics.front());
}

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(nothing_at_all_means_the_defaults) {
  for (const char* text : {"", "\n", "# only a comment", "[fetch]\n", "\xEF\xBB\xBF[log]\n"}) {
    const auto result = load_text(text, "f");
    BOOST_TEST(result.ok(), to_string(result.diagnostics));
    BOOST_TEST((result.config == node_config{}));
  }
}

BOOST_AUTO_TEST_CASE(values_are_taken_over_however_toml_spells_them) {
  node_config expected;
  expected.engine.fetch.min_interval = 30s;
  expected.http.port = 9000;
  for (const char* text :
       {"[fetch]\nmin_interval = \"30 s\"\n[http]\nport = 9000",
        "fetch.min_interval = '30s'\nhttp.port = 9_000",
        "fetch = {min_interval = \"\"\"30 s\"\"\"}\nhttp = {\"port\" = 0x2328}"}) {
    const auto result = load_text(text, "f");
    BOOST_TEST(to_string(result.diagnostics) == "");
    BOOST_TEST((result.config == expected), text);
  }
}

BOOST_AUTO_TEST_CASE(all_that_is_wrong_is_reported_together_in_order_with_its_place) {
  const auto text =
      "[fetch]\n"
      "min_intervall = \"30 s\"\n"
      "max_interval = \"10 s\"\n"
      "[http]\n"
      "port = 70000\n"
      "address = \"localhost\"\n"
      "[fetsh]\n"
      "x = 1\n"
      "[pool]\n"
      "  workers = \"many\"\n";
  BOOST_TEST(
      complaints(text) ==
      "f:2:1: fetch.min_intervall = \"30 s\": is unknown (did you mean fetch.min_interval?); "
      "allowed in "
      "[fetch]: background, backend, update, track, max_pack_size, min_interval, max_interval, "
      "jitter_percent, max_concurrent, min_concurrent, "
      "max_per_host, "
      "max_probes, max_probes_per_host, deadline, max_deadline, kill_grace, backoff, max_backoff, "
      "queue_limit, allowed_schemes, deny_private_addresses, tokens, bandwidth, "
      "bandwidth_per_host, "
      "budget_percent, foreground_target, trusted_repositories\n"
      "f:3:16: fetch.max_interval = \"10 s\": is less than fetch.min_interval, which is \"1 min\" "
      "by "
      "default; allowed: at least \"1 min\"\n"
      "f:5:8: http.port = 70000: is too large; allowed: 0 to 65535\n"
      "f:6:11: http.address = \"localhost\": is no literal IP address; allowed: an IPv4 or IPv6 "
      "address, such as \"127.0.0.1\" or \"::1\", or \"\"\n"
      "f:7:2: [fetsh] = (a table): is unknown (did you mean [fetch]?); allowed: [engine], "
      "[actors], "
      "[projects], [pool], [graph], [fetch], [database], [monitor], [http], [hooks], [log]\n"
      "f:10:13: pool.workers = \"many\": is a text and must be a whole number without quotation "
      "marks; "
      "allowed: 1 to 256, or \"auto\"\n");
}

BOOST_AUTO_TEST_CASE(a_bare_number_is_told_how_a_duration_or_size_is_written) {
  BOOST_TEST(
      complaint("fetch.deadline = 30") ==
      "f:1:18: fetch.deadline = 30: is a number and must be a text with a unit: write a whole "
      "number and one of ms, s, min, h, d, such as \"30 s\"; allowed: \"100 ms\" to \"1 d\"");
  BOOST_TEST(mentions(complaint("graph.memory_budget = 1000000"), "such as \"64 MiB\""));
}

BOOST_AUTO_TEST_CASE(wrong_types_and_values_are_refused) {
  for (const char* text : {"fetch.background = true",
                           "fetch.background = \"yes\"",
                           "fetch.jitter_percent = 10.0",
                           "fetch.jitter_percent = -1",
                           "fetch.jitter_percent = 51",
                           "fetch.deadline = 1979-05-27",
                           "fetch.deadline = [\"1 s\"]",
                           "fetch.deadline = {s = 1}",
                           "fetch.deadline = \"auto\"",
                           "fetch.allowed_schemes = \"https\"",
                           "fetch.allowed_schemes = [\"ftp\"]",
                           "fetch.allowed_schemes = [\"ssh\", \"ssh\"]",
                           "fetch.allowed_schemes = [1]",
                           "fetch.allowed_schemes = [[\"ssh\"]]",
                           "projects.allowed_roots = [\"srv\"]",
                           "projects.allowed_roots = [\"/a\\u0000b\"]",
                           "database.directory = \"relative\"",
                           "database.directory = 7",
                           "http.address = \"nowhere\"",
                           "http.port = 65536",
                           "http.port = \"8420\"",
                           "http.port = 9223372036854775807",
                           "pool.workers = \"8\"",
                           "pool.memory_budget = \"1 B\"",
                           "pool.memory_budget = inf",
                           "log.level = \"INFO\"",
                           "log = 3",
                           "log = [1, 2]",
                           "[[log]]",
                           "fetch.deadline.x = 1"})
    BOOST_TEST(mentions(complaint(text), text[0] == '[' ? "must be a section" : ""), text);
}

BOOST_AUTO_TEST_CASE(a_contradiction_is_reported_at_the_later_of_the_two) {
  BOOST_TEST(
      complaint("[fetch]\nmin_interval = \"2 h\"\nmax_interval = \"1 h\"")
          .starts_with("f:3:16: fetch.max_interval = \"1 h\": is less than fetch.min_interval"));
  BOOST_TEST(
      complaint("[fetch]\nmax_interval = \"1 h\"\nmin_interval = \"2 h\"")
          .starts_with("f:3:16: fetch.min_interval = \"2 h\": is more than fetch.max_interval"));
  BOOST_TEST(
      complaint("[fetch]\n\nbackoff = \"1 h\"") ==
      "f:3:11: fetch.backoff = \"1 h\": is more than fetch.max_backoff, which is \"15 min\" by "
      "default; allowed: at most \"15 min\"");
  BOOST_TEST(complaint("fetch.max_interval = \"1 s\"")
                 .starts_with("f:1:22: fetch.max_interval = \"1 s\": is less than"));
}

BOOST_AUTO_TEST_CASE(a_broken_value_is_not_reported_as_a_contradiction_too) {
  BOOST_TEST(
      mentions(complaint("fetch.min_interval = \"9 h\"\nfetch.max_interval = 3"), "is a number"));
}

BOOST_AUTO_TEST_CASE(foreign_options_do_not_show_their_values) {
  BOOST_TEST(!mentions(complaint("[database]\npassword = \"s3cret\""), "s3cret"));
  BOOST_TEST(!mentions(complaint("[vault]\ntoken = \"s3cret\""), "s3cret"));
  BOOST_TEST(!mentions(complaint("token = \"s3cret\""), "s3cret"));
}

BOOST_AUTO_TEST_CASE(what_stands_in_the_place_of_a_token_is_not_shown) {
  for (const char* text :
       {"fetch.tokens = [\"git.example.org=s3cret\"]", "fetch.tokens = \"s3cret\"",
        "fetch.tokens = [\"a=env:T\", \"s3cret\"]"}) {
    const auto words = complaint(text);
    BOOST_TEST(mentions(words, "fetch.tokens"), words);
    BOOST_TEST(mentions(words, "HOST=env:NAME"), words);
    BOOST_TEST(!mentions(words, "s3cret"), words);
  }
  BOOST_TEST(mentions(complaint("fetch.tokens = [\"a=env:T\", \"s3cret\"]"), "the item number 2"));
  const auto good = load_text("fetch.tokens = [\"git.example.org=file:/etc/token\"]", "f");
  BOOST_TEST(good.ok(), to_string(good.diagnostics));
}

BOOST_AUTO_TEST_CASE(odd_keys_and_long_values_stay_in_one_short_line) {
  const auto odd = complaint("[fetch]\n\"a\\nb\" = 1");
  BOOST_TEST(!mentions(odd, "\n"));
  BOOST_TEST(mentions(odd, "fetch.\"a\\u000Ab\""));
  const auto huge = complaint("http.address = \"" + std::string(100'000, 'x') + "\"");
  BOOST_TEST(huge.size() < 300u);
}

BOOST_AUTO_TEST_CASE(syntax_errors_have_a_place) {
  BOOST_TEST(complaint("[fetch]\nmin_interval = ").starts_with("f:2:"));
  BOOST_TEST(complaint("[fetch\n").starts_with("f:1:"));
  BOOST_TEST(complaint("a = 1\na = 2\n").starts_with("f:2:"));
  BOOST_TEST(mentions(complaint("x = \xFF"), "is not valid TOML"));
}

BOOST_AUTO_TEST_CASE(keys_and_values_nested_without_end_are_refused) {
  std::string dots = "a";
  for (int i = 0; i < 400'000; ++i)
    dots += ".a";
  BOOST_TEST(mentions(complaint(dots + " = 1"), "nested too deeply"));
  BOOST_TEST(mentions(complaint("\n[" + dots + "]"), "f:2:"));
  BOOST_TEST(mentions(complaint("a = " + std::string(400'000, '[')), "is not valid TOML"));
  std::string layers;
  for (int i = 0; i < 250; ++i)
    layers += "[\n{" + dots.substr(0, 129) + " = ";
  BOOST_TEST(!load_text("a = " + layers, "f").ok());
}

BOOST_AUTO_TEST_CASE(files_are_read_with_their_name) {
  test::sandbox box;
  box.write(box / "node.toml", "[log]\nlevel = \"loud\"\n");
  const auto path = box / "node.toml";
  const auto result = load_file(path);
  BOOST_TEST(
      to_string(result.diagnostics).starts_with(path.string() + ":2:9: log.level = \"loud\": "));
}

BOOST_AUTO_TEST_CASE(what_is_no_readable_file_is_named) {
  test::sandbox box;
  const auto complain = [](const std::filesystem::path& path) {
    const auto result = load_file(path);
    BOOST_TEST_REQUIRE(result.diagnostics.size() == 1u);
    BOOST_TEST(result.diagnostics[0].file == path.string());
    return result.diagnostics[0].message;
  };
  BOOST_TEST(complain(box / "absent.toml") == "there is no such file");
  BOOST_TEST(complain(box / "absent" / "node.toml") == "there is no such file");
  BOOST_TEST(complain(box.root()) == "is a directory; allowed: a file");
  BOOST_TEST_REQUIRE(mkfifo((box / "pipe").c_str(), 0600) == 0);
  BOOST_TEST(complain(box / "pipe") == "is no regular file");
  std::filesystem::create_symlink("loop", box / "loop");
  BOOST_TEST(mentions(complain(box / "loop"), "cannot be opened: "));
  box.write(box / "file", "");
  BOOST_TEST(complain(box / "file" / "x") == "there is no such file");
}

BOOST_AUTO_TEST_CASE(a_file_of_a_mebibyte_is_read_and_a_larger_one_is_not) {
  test::sandbox box;
  box.write(box / "large.toml", "#" + std::string(max_config_size - 1, 'x'));
  BOOST_TEST(load_file(box / "large.toml").ok());
  box.write(box / "larger.toml", "#" + std::string(max_config_size, 'x'));
  BOOST_TEST(
      mentions(to_string(load_file(box / "larger.toml").diagnostics), "is larger than 1 MiB"));
}

BOOST_AUTO_TEST_CASE(a_file_without_permission_is_named) {
  test::sandbox box;
  const auto path = box / "secret.toml";
  box.write(path, "");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  // Root reads everything, so it steps down for a moment; the folder must let others pass.
  std::filesystem::permissions(box.root(), std::filesystem::perms::others_exec,
                               std::filesystem::perm_options::add);
  const bool root = geteuid() == 0;
  if (root)
    BOOST_TEST_REQUIRE(seteuid(65534) == 0);
  const auto result = load_file(path);
  if (root)
    BOOST_TEST_REQUIRE(seteuid(0) == 0);
  BOOST_TEST(to_string(result.diagnostics) ==
             path.string() + ": cannot be opened: Permission denied\n");
}

BOOST_AUTO_TEST_SUITE_END()
