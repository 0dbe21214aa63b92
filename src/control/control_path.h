// SPDX-License-Identifier: Apache-2.0
#pragma once
// The paths of the control sockets of this user's nodes: one file per node, in a folder that only the user may enter.
//
// The folder is $XDG_RUNTIME_DIR/exocast (XDG Base Directory Specification 0.8), or /tmp/exocast-UID if that is not
// set. A file's name is the node's id and ".sock"; bytes other than letters, digits, '_', '-' and '.' are written as
// "%2F", and so is a leading '.'. Errors are one printable line. Safe from any thread.

#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exocast {

/// The longest path of a socket: sizeof(sockaddr_un::sun_path), without the terminating zero.
inline constexpr std::size_t control_path_bytes_max = 107;

/// The folder's path; the folder need not exist.
std::string control_folder();

/// Creates the folder if it is missing, mode 0700. Fails if it is not a folder of this user (a link, for instance), or
/// if others may enter it.
std::expected<std::string, std::string> make_control_folder();

/// Why the folder at `path` cannot be trusted with sockets of user `uid`; nothing if it can.
std::optional<std::string> folder_fault(const std::string& path, uid_t uid);

/// The file name for node `id`.
std::string control_file(std::string_view id);

/// The id in such a name; nothing if the name is not one.
std::optional<std::string> id_of_control_file(std::string_view name);

/// The path of the socket of node `id`. The error is that the path is too long.
std::expected<std::string, std::string> control_path(std::string_view id);

/// The ids with a socket in the folder, sorted: of running nodes, and of some dead ones. Empty if there is no folder;
/// the error is that it cannot be trusted.
std::expected<std::vector<std::string>, std::string> control_ids();

}  // namespace exocast
