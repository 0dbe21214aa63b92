# exocast_protocol(<target> PLUGIN cpp|grpc PROTOS <file>...)
#
# Makes an object library of the C++ that protoc generates: the messages (cpp) or the service stubs (grpc). They are
# included by the .proto's path in src/: "message/proto/node_service.pb.h". Generated code is not ours to warn about.
# No public header may include them: they stay inside the build.

# The folder of the generated headers; linking to it waits for them. Building the target exocast_protocol_sources
# generates them and compiles nothing.
set(exocast_protocol_folder ${PROJECT_BINARY_DIR}/protocol)
add_library(exocast_protocol_headers INTERFACE)
target_include_directories(exocast_protocol_headers SYSTEM INTERFACE ${exocast_protocol_folder})
add_custom_target(exocast_protocol_sources)
add_dependencies(exocast_protocol_headers exocast_protocol_sources)

function(exocast_protocol target)
  cmake_parse_arguments(PARSE_ARGV 1 protocol "" "PLUGIN" "PROTOS")
  set(out ${exocast_protocol_folder})
  file(MAKE_DIRECTORY ${out})
  if(protocol_PLUGIN STREQUAL "grpc")
    set(suffix .grpc.pb)
    set(generate --grpc_out=${out} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
  else()
    set(suffix .pb)
    set(generate --cpp_out=${out})
  endif()
  foreach(proto IN LISTS protocol_PROTOS)
    file(RELATIVE_PATH stem ${PROJECT_SOURCE_DIR}/src ${proto})
    string(REGEX REPLACE "\\.proto$" "" stem ${stem})
    add_custom_command(
      OUTPUT ${out}/${stem}${suffix}.cc ${out}/${stem}${suffix}.h
      COMMAND protobuf::protoc --proto_path=${PROJECT_SOURCE_DIR}/src ${generate} ${proto}
      DEPENDS ${proto}
      COMMENT "Generating ${stem}${suffix}.h" VERBATIM)
    list(APPEND generated ${out}/${stem}${suffix}.cc)
  endforeach()
  add_library(${target} OBJECT ${generated})
  set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)  # each of these files says the same names
  target_compile_options(${target} PRIVATE -w)
  target_include_directories(${target} SYSTEM PRIVATE ${out})
  target_link_libraries(${target} PRIVATE exocast_options protobuf::libprotobuf gRPC::grpc++)
  target_compile_features(${target} PRIVATE cxx_std_23)
  add_custom_target(${target}_sources DEPENDS ${generated})
  add_dependencies(${target} ${target}_sources)
  add_dependencies(exocast_protocol_sources ${target}_sources)
endfunction()
