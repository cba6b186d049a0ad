# Installs the build tree into a scratch prefix, builds the hosts against nothing but that, checks them.
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# A prefix of an earlier run could hold a header that is not installed any more.
file(REMOVE_RECURSE ${scratch}/prefix)
run(${CMAKE_COMMAND} --install ${build} --prefix ${scratch}/prefix)

foreach(file
    bin/headway bin/headwayd share/doc/headway/headwayd.example.toml
    include/headway/actors/engine.hpp include/headway/config/engine_config.hpp
    lib/cmake/Headway/HeadwayConfig.cmake lib/cmake/Headway/HeadwayConfigVersion.cmake
    lib/cmake/Headway/HeadwayTargets.cmake lib/cmake/Headway/FindCAF.cmake)
  if(NOT EXISTS ${scratch}/prefix/${file})
    message(SEND_ERROR "not installed: ${file}")
  endif()
endforeach()

if(sanitize)
  string(APPEND flags " -fsanitize=${sanitize} -fno-sanitize-recover=all")
endif()
run(${CMAKE_COMMAND} -G ${generator} -S ${source}/host -B ${scratch}/build
  -D CMAKE_PREFIX_PATH=${scratch}/prefix -D CMAKE_BUILD_TYPE=${build_type}
  -D CMAKE_CXX_FLAGS=${flags} -D CMAKE_CXX_COMPILER=${compiler}
  -D CMAKE_CXX_COMPILER_LAUNCHER=${launcher})
run(${CMAKE_COMMAND} --build ${scratch}/build)
run(${python} ${source}/check.py ${scratch}/build)
