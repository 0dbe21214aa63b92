// SPDX-License-Identifier: Apache-2.0
#pragma once
// Headers to precompile for the tests: those of the library, and GoogleTest's.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "precompiled.h"  // src/
