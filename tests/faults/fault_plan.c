/* CXR_FAULT_FOLDER    only operations on files below this folder (an absolute path) count; without it nothing does
   CXR_FAULT_PROGRAM   only processes of this name count ("cxr"); others inherit the library and pass everything on
   CXR_FAULT_COUNTER   a file of 8 zero bytes that processes share as their counter; without it each counts for itself
   CXR_FAULT_AT        the operation that fails, from 1; 0 or absent: none
   CXR_FAULT_MODE      fail: it fails                       fail-from: it fails, and all behind it
                       short: the write does half           full: the write does half, and all behind it fail, as on a full disk
                       kill: the process is killed before it  torn: the write does half, then the process is killed
                       power: as kill, and what was not flushed is lost
                       hang: it never returns
   CXR_FAULT_ERROR     ENOSPC or EIO. A full disk still removes and closes files.
   CXR_FAULT_REPORT    a file to which each operation is appended, "N NAME BYTES PATH", and "FAULT N NAME BYTES PATH" when the plan strikes
   CXR_FAULT_STDOUT    1: writes to descriptor 1 fail */
#define _GNU_SOURCE
#include "fault_plan.h"
#include "unsynced.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
  char folder[PATH_MAX];
  size_t folder_length; /* 0: this process is not watched */
  long at;
  char mode[16];
  int error;
  int report; /* -1: none */
  bool stdout_fails;
  atomic_long own;
  atomic_long* counter;
} plan = {.report = -1};

static const char* setting(const char* name, const char* otherwise) {
  const char* const value = getenv(name);
  return value && *value ? value : otherwise;
}

/* By system calls alone: the wrapped functions would count the library's own files. */
static void share_counter(const char* file) {
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
  void* const shared = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(atomic_long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared == MAP_FAILED) abort();
  plan.counter = shared;
  syscall(SYS_close, fd);
}

__attribute__((constructor)) static void read_plan(void) {
  const char* const folder = getenv("CXR_FAULT_FOLDER");
  plan.counter = &plan.own;
  plan.error = strcmp(setting("CXR_FAULT_ERROR", "ENOSPC"), "EIO") == 0 ? EIO : ENOSPC;
  if (strcmp(program_invocation_short_name, setting("CXR_FAULT_PROGRAM", "cxr")) != 0) return;
  plan.stdout_fails = strcmp(setting("CXR_FAULT_STDOUT", "0"), "1") == 0;
  if (!folder) return;
  plan.at = atol(setting("CXR_FAULT_AT", "0"));
  snprintf(plan.mode, sizeof plan.mode, "%s", setting("CXR_FAULT_MODE", "fail"));
  if (getenv("CXR_FAULT_COUNTER")) share_counter(getenv("CXR_FAULT_COUNTER"));
  if (getenv("CXR_FAULT_REPORT"))
    plan.report = (int)syscall(SYS_openat, AT_FDCWD, getenv("CXR_FAULT_REPORT"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  plan.folder_length = (size_t)snprintf(plan.folder, sizeof plan.folder, "%s/", folder);
}

static bool is_inside(const char* path) { return strncmp(path, plan.folder, plan.folder_length) == 0; }

bool watches_descriptor(int fd, char* seen) {
  if (plan.folder_length == 0 || fd < 0) return false;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const int error = errno;
  const ssize_t length = readlink(link, seen, PATH_MAX - 2);
  errno = error;
  if (length <= 0) return false;
  seen[length] = '/'; /* the folder itself counts, too */
  seen[length + 1] = '\0';
  const bool inside = is_inside(seen);
  seen[length] = '\0';
  return inside;
}

bool watches_path(int folder, const char* path, char* seen) {
  if (plan.folder_length == 0 || !path) return false;
  char base[PATH_MAX] = "";
  if (*path != '/') {
    char link[64] = "/proc/self/cwd";
    if (folder != AT_FDCWD) snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    const int error = errno;
    const ssize_t length = readlink(link, base, sizeof base - 2);
    errno = error;
    if (length <= 0) return false;
    base[length] = '/';
    base[length + 1] = '\0';
  }
  if (snprintf(seen, PATH_MAX, "%s%s", base, path) >= PATH_MAX) return false;
  return is_inside(seen);
}

bool fails_as_stdout(int fd) {
  if (fd != STDOUT_FILENO || !plan.stdout_fails) return false;
  errno = plan.error;
  return true;
}

/* One write call a line: processes and threads append side by side. */
static void report(const char* prefix, long number, const char* name, const char* path, size_t bytes) {
  char line[PATH_MAX + 100];
  if (plan.report < 0) return;
  const char* const below = is_inside(path) ? path + plan.folder_length : ".";
  const int length = snprintf(line, sizeof line, "%s%ld %s %zu %s\n", prefix, number, name, bytes, below);
  const int error = errno;
  syscall(SYS_write, plan.report, line, (size_t)length);
  errno = error;
}

void kill_process(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

enum verdict next_operation(enum kind kind, const char* name, const char* path, size_t bytes) {
  const long number = atomic_fetch_add(plan.counter, 1) + 1;
  const bool strikes = plan.at > 0 && number == plan.at;
  const bool is_full = strcmp(plan.mode, "full") == 0;
  const bool lasts = is_full || strcmp(plan.mode, "fail-from") == 0;
  report(strikes ? "FAULT " : "", number, name, path, bytes);
  if (!strikes && !(plan.at > 0 && lasts && number > plan.at)) return PASS;
  const bool halves = kind == WRITE && bytes > 1;
  if (strcmp(plan.mode, "power") == 0) lose_unsynced();
  if (strcmp(plan.mode, "kill") == 0 || strcmp(plan.mode, "power") == 0) kill_process();
  if (strcmp(plan.mode, "hang") == 0) for (;;) pause();
  if (strcmp(plan.mode, "torn") == 0) return halves ? TORN : (kill_process(), PASS);
  if (strcmp(plan.mode, "short") == 0) return halves ? SHORT : PASS;
  if (strikes && is_full && halves) return SHORT;
  if (lasts && plan.error == ENOSPC && (kind == REMOVE || kind == CLOSE)) return PASS;
  errno = plan.error;
  return FAIL;
}
