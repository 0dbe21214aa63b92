# exocast_protocol(<target> PLUGIN cpp|grpc PROTOS <file>...)
#
# Makes a static library of the C++ that protoc generates: the messages (cpp) or the service stubs (grpc). They are
# included by the .proto's path: "exocast/message/proto/node_service.pb.h". Generated code is not ours to warn about.
# No installed header may include them: they stay inside the build.
function(exocast_protocol target)
  cmake_parse_arguments(PARSE_ARGV 1 protocol "" "PLUGIN" "PROTOS")
  set(out ${CMAKE_CURRENT_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${out})
  if(protocol_PLUGIN STREQUAL "grpc")
    set(suffix .grpc.pb)
    set(generate --grpc_out=${out} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
  else()
    set(suffix .pb)
    set(generate --cpp_out=${out})
  endif()
  foreach(proto IN LISTS protocol_PROTOS)
    file(RELATIVE_PATH stem ${PROJECT_SOURCE_DIR} ${proto})
    string(REGEX REPLACE "\\.proto$" "" stem ${stem})
    add_custom_command(
      OUTPUT ${out}/${stem}${suffix}.cc ${out}/${stem}${suffix}.h
      COMMAND protobuf::protoc --proto_path=${PROJECT_SOURCE_DIR} ${generate} ${proto}
      DEPENDS ${proto}
      COMMENT "Generating ${stem}${suffix}.h" VERBATIM)
    list(APPEND generated ${out}/${stem}${suffix}.cc)
  endforeach()
  add_library(${target} STATIC ${generated})
  target_compile_features(${target} PUBLIC cxx_std_23)
  target_compile_options(${target} PRIVATE -w)
  target_include_directories(${target} SYSTEM PUBLIC $<BUILD_INTERFACE:${out}>)
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf PRIVATE $<BUILD_INTERFACE:exocast_options>)
endfunction()
