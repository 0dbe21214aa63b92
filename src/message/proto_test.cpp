// SPDX-License-Identifier: Apache-2.0
// Pins the .proto to exo's wire format: names, numbers, types and presence, read from the generated descriptors.
#include <string>

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "message/proto/node_service.pb.h"

namespace exocast {
namespace {

/// "name=number type, …" of a message type, with "repeated" and "optional" where declared.
std::string fields_of(const google::protobuf::Descriptor& type) {
  std::string text;
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    text += (text.empty() ? "" : ", ") + field.name() + "=" + std::to_string(field.number());
    if (field.is_map()) {
      text += std::string(" map<") + field.message_type()->map_key()->type_name() + "," +
              field.message_type()->map_value()->message_type()->name() + ">";
      continue;
    }
    if (field.is_repeated()) text += " repeated";
    if (field.has_optional_keyword()) text += " optional";
    text += " " + (field.message_type() ? field.message_type()->name() : std::string(field.type_name()));
  }
  return text;
}

const google::protobuf::FileDescriptor& file() { return *node_service::SendResultRequest::descriptor()->file(); }

TEST(NodeServiceProto, FieldsAreThoseOfExosWire) {
  const std::pair<const char*, const char*> types[] = {
      {"Shard", "model_id=1 string, start_layer=2 int32, end_layer=3 int32, n_layers=4 int32"},
      {"Tensor", "tensor_data=1 bytes, shape=2 repeated int32, dtype=3 string"},
      {"TensorList", "tensors=1 repeated Tensor"},
      {"InferenceState",
       "tensor_data=1 map<string,Tensor>, tensor_list_data=2 map<string,TensorList>, other_data_json=3 string"},
      {"PromptRequest",
       "shard=1 Shard, prompt=2 string, request_id=3 optional string, inference_state=4 optional InferenceState"},
      {"TensorRequest",
       "shard=1 Shard, tensor=2 Tensor, request_id=3 optional string, inference_state=4 optional InferenceState"},
      {"ExampleRequest",
       "shard=1 Shard, example=2 Tensor, target=3 Tensor, length=4 Tensor, train=5 bool, request_id=6 optional string"},
      {"Loss", "loss=1 float, grads=2 optional Tensor"},
      {"CollectTopologyRequest", "visited=1 repeated string, max_depth=2 int32"},
      {"Topology", "nodes=1 map<string,DeviceCapabilities>, peer_graph=2 map<string,PeerConnections>"},
      {"PeerConnections", "connections=1 repeated PeerConnection"},
      {"PeerConnection", "to_id=1 string, description=2 optional string"},
      {"DeviceCapabilities", "model=1 string, chip=2 string, memory=3 int32, flops=4 DeviceFlops"},
      {"DeviceFlops", "fp32=1 double, fp16=2 double, int8=3 double"},
      {"SendResultRequest",
       "request_id=1 string, result=2 repeated int32, tensor=3 optional Tensor, is_finished=4 bool"},
      {"SendOpaqueStatusRequest", "request_id=1 string, status=2 string"},
      {"HealthCheckRequest", ""},
      {"HealthCheckResponse", "is_healthy=1 bool"},
      {"Empty", ""},
  };
  EXPECT_EQ(file().message_type_count(), static_cast<int>(std::size(types)));
  for (const auto& [name, fields] : types) {
    const auto* type = file().FindMessageTypeByName(name);
    ASSERT_NE(type, nullptr) << name;
    EXPECT_EQ(fields_of(*type), fields) << name;
  }
}

TEST(NodeServiceProto, MethodsAreThoseOfExosWire) {
  ASSERT_EQ(file().service_count(), 1);
  const auto& service = *file().service(0);
  EXPECT_EQ(service.full_name(), "node_service.NodeService");
  const char* const methods[] = {"SendPrompt PromptRequest Tensor",
                                 "SendTensor TensorRequest Tensor",
                                 "SendExample ExampleRequest Loss",
                                 "CollectTopology CollectTopologyRequest Topology",
                                 "SendResult SendResultRequest Empty",
                                 "SendOpaqueStatus SendOpaqueStatusRequest Empty",
                                 "HealthCheck HealthCheckRequest HealthCheckResponse"};
  ASSERT_EQ(service.method_count(), static_cast<int>(std::size(methods)));
  for (int i = 0; i < service.method_count(); ++i) {
    const auto& method = *service.method(i);
    EXPECT_EQ(method.name() + " " + method.input_type()->name() + " " + method.output_type()->name(), methods[i]);
    EXPECT_FALSE(method.client_streaming() || method.server_streaming());
  }
}

TEST(NodeServiceProto, BytesOnTheWireAreThoseExoReads) {
  node_service::SendResultRequest request;
  request.set_request_id("r");
  request.add_result(1);
  request.add_result(-1);
  request.set_is_finished(true);
  const std::string expected = "\x0A\x01r\x12\x0B\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x20\x01";
  EXPECT_EQ(request.SerializeAsString(), expected);
}

}  // namespace
}  // namespace exocast
