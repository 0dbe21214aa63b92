// SPDX-License-Identifier: Apache-2.0
#include "link/exo/status.h"

#include <gtest/gtest.h>

namespace exocast {
namespace {

TEST(GrpcStatus, EveryCodeIsTheSameThereAndBack) {
  for (int number = 1; number <= 16; ++number) {
    const auto code = static_cast<grpc::StatusCode>(number);
    EXPECT_EQ(to_grpc(from_grpc({code, ""})).error_code(), code) << number;
  }
  EXPECT_EQ(from_grpc({grpc::StatusCode::UNAUTHENTICATED, ""}).code, StatusCode::unauthenticated);
}

TEST(GrpcStatus, WhatGrpcDoesNotDefineIsUnknown) {
  EXPECT_EQ(from_grpc({static_cast<grpc::StatusCode>(17), ""}).code, StatusCode::unknown);
  EXPECT_EQ(from_grpc({static_cast<grpc::StatusCode>(-1), ""}).code, StatusCode::unknown);
}

TEST(GrpcStatus, AnErrorIsNeverOk) { EXPECT_EQ(to_grpc({}).error_code(), grpc::StatusCode::UNKNOWN); }

TEST(GrpcStatus, FailuresToConnectAreToldInShort) {
  const auto text = [](const std::string& of_grpc) { return from_grpc({grpc::StatusCode::UNAVAILABLE, of_grpc}).text; };
  EXPECT_EQ(text("failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Failed to connect to "
                 "remote host: Connection refused"),
            "cannot connect: Connection refused");
  EXPECT_EQ(text("DNS resolution failed for no.invalid:50051: C-ares status is not ARES_SUCCESS qtype=A: Domain name "
                 "not found"),
            "cannot resolve no.invalid:50051: Domain name not found");
  EXPECT_EQ(text("Socket closed"), "Socket closed");
  EXPECT_EQ(text("the handler: said so"), "the handler: said so");
  EXPECT_EQ(text(""), "");
}

TEST(GrpcStatus, TextOfStrangersIsOnePrintableLine) {
  const Status error = from_grpc({grpc::StatusCode::INTERNAL, "two\nlines\x1b[31m"});
  EXPECT_EQ(error.code, StatusCode::internal);
  EXPECT_EQ(error.text, "two lines [31m");
  EXPECT_LT(to_grpc(Status::internal(std::string(100'000, 'x'))).error_message().size(), 1000U)
      << "or it would not fit into gRPC's metadata";
}

}  // namespace
}  // namespace exocast
