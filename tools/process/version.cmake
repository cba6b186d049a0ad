# Writes version.cpp with the commit that is checked out. Run by the build whenever HEAD moves:
#   cmake -D SOURCE=… -D TEMPLATE=… -D OUTPUT=… -D HEADWAY_VERSION=…
#     -D HEADWAY_LIBGIT2=… -D HEADWAY_SQLITE=… -D GIT=… -P version.cmake
execute_process(COMMAND "${GIT}" -C "${SOURCE}" rev-parse --short=12 HEAD
  OUTPUT_VARIABLE HEADWAY_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
configure_file("${TEMPLATE}" "${OUTPUT}" @ONLY)
