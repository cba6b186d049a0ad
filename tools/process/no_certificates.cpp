// Debian's libgit2 uses mbed TLS and reads all certificates of the system when it is initialised: 3
// ms of each start, for connections that Headway never makes through it. A program's own definition
// of a function goes before a library's, so this one, which finds no certificates, is called in its
// place. Part of the programs only: a host may want the real one.

extern "C" int mbedtls_x509_crt_parse_file(void* /*chain*/, const char* /*path*/) {
  return 0;
}
