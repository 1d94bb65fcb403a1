/* A library to preload (LD_PRELOAD) that lets a program's file operations fail as fault_plan.c has it: the calls by which HDF5's sec2 driver,
   libstdc++'s file streams and file system, and the program itself change files. Of stdio the calls of the program are wrapped, since those that glibc
   makes inside (__write) cannot be; what is mapped into memory is not seen. Nothing in the program writes by a mapping. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fault_plan.h"
#include "unsynced.h"

/* The next function of that name: libc's. */
#define REAL(name)                                                   \
  static __typeof__(&name) real;                                     \
  if (!real) {                                                       \
    real = (__typeof__(&name))dlsym(RTLD_NEXT, #name);               \
  }

static bool fails(enum kind kind, const char* name, const char* seen) { return next_operation(kind, name, seen, 0) == FAIL; }

#define CHANGES(flags) (((flags) & O_ACCMODE) != O_RDONLY || ((flags) & (O_CREAT | O_TRUNC)))

#define OPEN_AT(name, folder, parameters, ...)                                                             \
  int name parameters {                                                                                    \
    REAL(name)                                                                                             \
    char seen[PATH_MAX];                                                                                   \
    mode_t mode = 0;                                                                                       \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                                   \
      va_list rest;                                                                                        \
      va_start(rest, flags);                                                                               \
      mode = va_arg(rest, mode_t);                                                                         \
      va_end(rest);                                                                                        \
    }                                                                                                      \
    if (CHANGES(flags) && watches_path(folder, path, seen) && fails(OPEN, #name, seen)) return -1;         \
    return real(__VA_ARGS__, flags, mode);                                                                 \
  }
OPEN_AT(open, AT_FDCWD, (const char* path, int flags, ...), path)
OPEN_AT(open64, AT_FDCWD, (const char* path, int flags, ...), path)
OPEN_AT(openat, folder, (int folder, const char* path, int flags, ...), folder, path)
OPEN_AT(openat64, folder, (int folder, const char* path, int flags, ...), folder, path)

#define CREAT(name)                                                                                  \
  int name(const char* path, mode_t mode) {                                                          \
    REAL(name)                                                                                       \
    char seen[PATH_MAX];                                                                             \
    return watches_path(AT_FDCWD, path, seen) && fails(OPEN, #name, seen) ? -1 : real(path, mode);   \
  }
CREAT(creat)
CREAT(creat64)

#define FOPEN(name)                                                                                                       \
  FILE* name(const char* path, const char* mode) {                                                                        \
    REAL(name)                                                                                                            \
    char seen[PATH_MAX];                                                                                                  \
    const bool changes = strpbrk(mode, "wa+");                                                                            \
    return changes && watches_path(AT_FDCWD, path, seen) && fails(OPEN, #name, seen) ? NULL : real(path, mode);           \
  }
FOPEN(fopen)
FOPEN(fopen64)

/* A write of `size` bytes, of which the plan may allow only `half`. */
#define WRITE_CALL(name, size, whole, half)                           \
  REAL(name)                                                          \
  char seen[PATH_MAX];                                                \
  if (fails_as_stdout(fd)) return -1;                                 \
  if (!watches_descriptor(fd, seen)) return whole;                    \
  switch (next_operation(WRITE, #name, seen, size)) {                 \
    case FAIL: return -1;                                             \
    case SHORT: return half;                                          \
    case TORN:                                                        \
      if (half >= 0) kill_process();                                  \
      return -1;                                                      \
    default: break;                                                   \
  }                                                                   \
  note_written(seen, fd);                                             \
  return whole;

ssize_t write(int fd, const void* data, size_t size) { WRITE_CALL(write, size, real(fd, data, size), real(fd, data, size / 2)) }
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  WRITE_CALL(pwrite, size, real(fd, data, size, at), real(fd, data, size / 2, at))
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  WRITE_CALL(pwrite64, size, real(fd, data, size, at), real(fd, data, size / 2, at))
}

static size_t total(const struct iovec* parts, int count) {
  size_t sum = 0;
  for (int i = 0; i < count; ++i) sum += parts[i].iov_len;
  return sum;
}
/* Of several parts "half" is half of the first that is not empty. */
static ssize_t write_half(int fd, const struct iovec* parts, int count) {
  for (int i = 0; i < count; ++i) {
    if (parts[i].iov_len > 0) {
      __typeof__(&write) const plain = (__typeof__(&write))dlsym(RTLD_NEXT, "write");
      return plain(fd, parts[i].iov_base, (parts[i].iov_len + 1) / 2);
    }
  }
  return 0;
}
ssize_t writev(int fd, const struct iovec* parts, int count) {
  WRITE_CALL(writev, total(parts, count), real(fd, parts, count), write_half(fd, parts, count))
}
ssize_t sendfile(int fd, int from, off_t* at, size_t size);
ssize_t sendfile(int fd, int from, off_t* at, size_t size) {
  WRITE_CALL(sendfile, size, real(fd, from, at, size), real(fd, from, at, size / 2))
}
ssize_t copy_file_range(int from, off64_t* from_at, int fd, off64_t* at, size_t size, unsigned flags) {
  WRITE_CALL(copy_file_range, size, real(from, from_at, fd, at, size, flags), real(from, from_at, fd, at, size / 2, flags))
}

#define ON_DESCRIPTOR(kind, name, parameters, ...)                                                 \
  int name parameters {                                                                            \
    REAL(name)                                                                                     \
    char seen[PATH_MAX];                                                                           \
    return watches_descriptor(fd, seen) && fails(kind, #name, seen) ? -1 : real(__VA_ARGS__);      \
  }
#define FLUSH(name)                                                      \
  int name(int fd) {                                                     \
    REAL(name)                                                           \
    char seen[PATH_MAX];                                                 \
    const bool watched = watches_descriptor(fd, seen);                   \
    if (watched && fails(SYNC, #name, seen)) return -1;                  \
    if (watched) note_synced(seen);                                      \
    return real(fd);                                                     \
  }
FLUSH(fsync)
FLUSH(fdatasync)
ON_DESCRIPTOR(TRUNCATE, ftruncate, (int fd, off_t size), fd, size)
ON_DESCRIPTOR(TRUNCATE, ftruncate64, (int fd, off64_t size), fd, size)

/* Linux closes the descriptor all the same. */
int close(int fd) {
  REAL(close)
  char seen[PATH_MAX];
  const int flags = fcntl(fd, F_GETFL);
  const bool failed = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && watches_descriptor(fd, seen) && fails(CLOSE, "close", seen);
  const int error = errno, result = real(fd);
  if (failed) errno = error;
  return failed ? -1 : result;
}

#define ON_PATH(kind, name, folder, path, parameters, ...)                                             \
  int name parameters {                                                                                \
    REAL(name)                                                                                         \
    char seen[PATH_MAX];                                                                               \
    return watches_path(folder, path, seen) && fails(kind, #name, seen) ? -1 : real(__VA_ARGS__);      \
  }
int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  REAL(renameat)
  char before[PATH_MAX], seen[PATH_MAX];
  const bool watched = watches_path(to_folder, to, seen);
  if (watched && fails(RENAME, "rename", seen)) return -1;
  const int result = real(from_folder, from, to_folder, to);
  if (result == 0 && watched && watches_path(from_folder, from, before)) note_renamed(before, seen);
  return result;
}
int rename(const char* from, const char* to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }
ON_PATH(MKDIR, mkdir, AT_FDCWD, path, (const char* path, mode_t mode), path, mode)
ON_PATH(MKDIR, mkdirat, folder, path, (int folder, const char* path, mode_t mode), folder, path, mode)
ON_PATH(TRUNCATE, truncate, AT_FDCWD, path, (const char* path, off_t size), path, size)
ON_PATH(REMOVE, unlink, AT_FDCWD, path, (const char* path), path)
ON_PATH(REMOVE, unlinkat, folder, path, (int folder, const char* path, int flags), folder, path, flags)
ON_PATH(REMOVE, remove, AT_FDCWD, path, (const char* path), path)
ON_PATH(REMOVE, rmdir, AT_FDCWD, path, (const char* path), path)
ON_PATH(LINK, link, AT_FDCWD, to, (const char* from, const char* to), from, to)
ON_PATH(LINK, symlink, AT_FDCWD, to, (const char* from, const char* to), from, to)

/* stdio. A failure leaves the stream's error flag, which ferror() reads, and which nothing but a real failure sets. */
static bool stream_fails(FILE* stream, const char* name, size_t bytes) {
  char seen[PATH_MAX];
  const int fd = stream ? fileno(stream) : -1;
  const bool failed =
      fails_as_stdout(fd) || (watches_descriptor(fd, seen) && next_operation(WRITE, name, seen, bytes > 0 ? 1 : 0) == FAIL);
  if (failed) stream->_flags |= 0x20; /* glibc's _IO_ERR_SEEN */
  return failed;
}

size_t fwrite(const void* data, size_t size, size_t count, FILE* stream) {
  REAL(fwrite)
  return stream_fails(stream, "fwrite", size * count) ? 0 : real(data, size, count, stream);
}
int fputs(const char* text, FILE* stream) {
  REAL(fputs)
  return stream_fails(stream, "fputs", 1) ? EOF : real(text, stream);
}
int puts(const char* text) {
  REAL(puts)
  return stream_fails(stdout, "puts", 1) ? EOF : real(text);
}
int fflush(FILE* stream) {
  REAL(fflush)
  return stream_fails(stream ? stream : stdout, "fflush", 0) ? EOF : real(stream);
}
int fclose(FILE* stream) {
  REAL(fclose)
  const bool failed = stream_fails(stream, "fclose", 0);
  const int error = errno, result = real(stream);
  if (failed) errno = error;
  return failed ? EOF : result;
}
