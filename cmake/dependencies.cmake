# The libraries that exocast uses, all Debian packages (scripts/setup installs them and says why each is needed).
# Headers of imported targets are SYSTEM, so our warnings never fire in them.

find_package(Threads REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED)  # headers only: Asio
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)

if(EXOCAST_DEVELOPER)
  find_package(GTest CONFIG QUIET)  # without it there are no tests; the program needs none
  # The distribution's own Python, whatever PATH says: it is the one that sees Debian's python3-grpcio.
  set(EXOCAST_PYTHON /usr/bin/python3 CACHE FILEPATH "Python for the tests and scripts")
endif()
