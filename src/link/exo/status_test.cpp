// SPDX-License-Identifier: Apache-2.0
#include "link/exo/status.h"

#include <gtest/gtest.h>

namespace exocast {
namespace {

TEST(Status, EveryCodeHasItsNameAndBack) {
  for (int number = 1; number <= 16; ++number) {
    const auto code = static_cast<grpc::StatusCode>(number);
    EXPECT_EQ(code_named(code_name(code)), code) << number;
  }
  EXPECT_EQ(code_name(grpc::StatusCode::OK), "OK");
  EXPECT_EQ(code_name(grpc::StatusCode::CANCELLED), "CANCELLED");
  EXPECT_EQ(code_name(grpc::StatusCode::RESOURCE_EXHAUSTED), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(code_name(grpc::StatusCode::UNAVAILABLE), "UNAVAILABLE");
  EXPECT_EQ(code_name(grpc::StatusCode::UNAUTHENTICATED), "UNAUTHENTICATED");
}

TEST(Status, WhatGrpcDoesNotDefineIsUnknown) {
  EXPECT_EQ(code_name(static_cast<grpc::StatusCode>(17)), "UNKNOWN");
  EXPECT_EQ(code_name(static_cast<grpc::StatusCode>(-1)), "UNKNOWN");
  EXPECT_EQ(code_named("NO_SUCH_CODE"), grpc::StatusCode::UNKNOWN);
  EXPECT_EQ(code_named(""), grpc::StatusCode::UNKNOWN);
}

TEST(Status, AnErrorIsNeverOk) { EXPECT_EQ(code_named("OK"), grpc::StatusCode::UNKNOWN); }

TEST(Status, FailuresToConnectAreToldInShort) {
  const auto text = [](const std::string& of_grpc) {
    return link_error({grpc::StatusCode::UNAVAILABLE, of_grpc}).text;
  };
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

TEST(Status, TextOfStrangersIsOnePrintableLine) {
  const LinkError error = link_error({grpc::StatusCode::INTERNAL, "two\nlines\x1b[31m"});
  EXPECT_EQ(error.code, "INTERNAL");
  EXPECT_EQ(error.text, "two lines [31m");
  EXPECT_LT(status_of({.code = "INTERNAL", .text = std::string(100'000, 'x')}).error_message().size(), 1000U)
      << "or it would not fit into gRPC's metadata";
}

}  // namespace
}  // namespace exocast
