// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the control sockets of this user's nodes are: one file a node in a folder that only the user may enter.
//
// The folder is $XDG_RUNTIME_DIR/exocast (XDG Base Directory Specification 0.8), or /tmp/exocast-UID where that is not
// set. A file is the node's id with ".sock" behind it; bytes other than letters, digits, '_', '-' and '.' are written
// as "%2F", as is a '.' that comes first. Errors are one printable line. Safe from any thread.

#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exocast {

/// What a path of a socket may have: sizeof(sockaddr_un::sun_path), with the zero at its end.
inline constexpr std::size_t control_path_bytes_max = 107;

/// The folder's path; whether it exists is not looked at.
std::string control_folder();

/// Makes the folder if it is missing, mode 0700. Fails on one that is no folder of this user's own (a link, say), or
/// that others may enter.
std::expected<std::string, std::string> make_control_folder();

/// Why the folder at `path` is not to be trusted with sockets of user `uid`; nothing if it is.
std::optional<std::string> folder_fault(const std::string& path, uid_t uid);

/// The name of the file of node `id`.
std::string control_file(std::string_view id);

/// The id in such a name; nothing if it is none.
std::optional<std::string> id_of_control_file(std::string_view name);

/// The path of the socket of node `id`. The error is that the path would be too long.
std::expected<std::string, std::string> control_path(std::string_view id);

/// The ids that have a socket in the folder, in order: of nodes that live, and of some that have died. Empty if there
/// is no folder; the error is that it is not to be trusted.
std::expected<std::vector<std::string>, std::string> control_ids();

}  // namespace exocast
