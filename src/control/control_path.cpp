// SPDX-License-Identifier: Apache-2.0
#include "control/control_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/text.h"

namespace exocast {
namespace {

constexpr std::string_view suffix = ".sock";
constexpr mode_t others = 077;

bool is_plain(char c, bool is_first) {
  const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || c == '_' || c == '-' || (c == '.' && !is_first);
}

std::string last_error_text() { return std::generic_category().message(errno); }

}  // namespace

std::string control_folder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  // The specification says to ignore a path that is not absolute.
  if (runtime != nullptr && *runtime == '/') return std::string(runtime) + "/exocast";
  return fmt::format("/tmp/exocast-{}", geteuid());
}

std::optional<std::string> folder_fault(const std::string& path, uid_t uid) {
  struct stat about{};
  const auto named = [&](std::string_view what) { return fmt::format("{}: {}", to_line(path), what); };
  if (lstat(path.c_str(), &about) != 0) return named(last_error_text());
  if (!S_ISDIR(about.st_mode)) return named("is not a folder");
  if (about.st_uid != uid) return named(fmt::format("belongs to user {}, not to {}", about.st_uid, uid));
  if ((about.st_mode & others) != 0) return named("others may enter it: its mode must be 0700");
  return std::nullopt;
}

std::expected<std::string, std::string> make_control_folder() {
  std::string path = control_folder();
  if (mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return std::unexpected(fmt::format("{}: {}", to_line(path), last_error_text()));
  }
  if (auto fault = folder_fault(path, geteuid())) return std::unexpected(*std::move(fault));
  return path;
}

std::string control_file(std::string_view id) {
  std::string name;
  for (const char c : id) {
    if (is_plain(c, name.empty())) {
      name += c;
    } else {
      name += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return name.append(suffix);
}

std::optional<std::string> id_of_control_file(std::string_view name) {
  if (!name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  std::string id;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%') {
      id += name[i];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = name.substr(i + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (error != std::errc() || end != digits.data() + 2) return std::nullopt;
    id += static_cast<char>(byte);
    i += 2;
  }
  // Only the canonical spelling counts, so that an id has one file.
  if (id.empty() || control_file(id) != std::string(name).append(suffix)) return std::nullopt;
  return id;
}

std::expected<std::string, std::string> control_path(std::string_view id) {
  std::string path = control_folder() + '/' + control_file(id);
  if (path.size() <= control_path_bytes_max) return path;
  return std::unexpected(
      fmt::format("the path of the control socket has {} bytes, the system takes {}: shorten the id, "
                  "or XDG_RUNTIME_DIR ({})",
                  path.size(), control_path_bytes_max, to_line(path)));
}

std::expected<std::vector<std::string>, std::string> control_ids() {
  const std::string folder = control_folder();
  std::vector<std::string> ids;
  if (access(folder.c_str(), F_OK) != 0 && errno == ENOENT) return ids;
  if (auto fault = folder_fault(folder, geteuid())) return std::unexpected(*std::move(fault));
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (auto id = id_of_control_file(at->path().filename().string())) ids.push_back(*std::move(id));
  }
  if (error) return std::unexpected(fmt::format("{}: {}", to_line(folder), error.message()));
  std::ranges::sort(ids);
  return ids;
}

}  // namespace exocast
