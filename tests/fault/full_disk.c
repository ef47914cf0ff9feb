// A disk that runs full at a chosen call: preloaded into a program, it lets the first calls that need room below a folder through, and
// fails every later one with ENOSPC, as a full disk does until somebody makes room.
//
//   FULL_DISK_FOLDER  the folder
//   FULL_DISK_AFTER   how many calls go through
//   FULL_DISK_REPORT  a file that gets the number of calls when the program ends
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static int is_below(const char* path) {
  const char* folder = getenv("FULL_DISK_FOLDER");
  return folder != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static int fd_is_below(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_below(path);
}

static int path_is_below(int folder, const char* path) {
  return path[0] == '/' || folder == AT_FDCWD ? is_below(path) : fd_is_below(folder);
}

// Whether this call finds no room; counts it.
static int is_full(void) {
  const char* after = getenv("FULL_DISK_AFTER");
  long number = atomic_fetch_add(&calls, 1) + 1;
  if (after == NULL || number <= atol(after)) return 0;
  errno = ENOSPC;
  return 1;
}

__attribute__((destructor)) static void report(void) {
  const char* path = getenv("FULL_DISK_REPORT");
  FILE* file = path == NULL ? NULL : fopen(path, "w");
  if (file == NULL) return;
  fprintf(file, "%ld\n", atomic_load(&calls));
  fclose(file);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ON_FD(result, name, parameters, arguments)        \
  result name parameters {                                \
    if (fd_is_below(fd) && is_full()) return (result)-1;  \
    return REAL(name) arguments;                          \
  }

ON_FD(ssize_t, write, (int fd, const void* bytes, size_t count), (fd, bytes, count))
ON_FD(ssize_t, writev, (int fd, const struct iovec* parts, int count), (fd, parts, count))
ON_FD(ssize_t, pwrite, (int fd, const void* bytes, size_t count, off_t at), (fd, bytes, count, at))
ON_FD(ssize_t, pwrite64, (int fd, const void* bytes, size_t count, off64_t at), (fd, bytes, count, at))
ON_FD(int, fallocate, (int fd, int mode, off_t at, off_t count), (fd, mode, at, count))
ON_FD(int, fallocate64, (int fd, int mode, off64_t at, off64_t count), (fd, mode, at, count))

int posix_fallocate(int fd, off_t at, off_t count) {
  if (fd_is_below(fd) && is_full()) return ENOSPC;
  return REAL(posix_fallocate)(fd, at, count);
}

static int makes_file(int folder, const char* path, int flags) {
  return (flags & O_CREAT) != 0 && path_is_below(folder, path) && faccessat(folder, path, F_OK, 0) != 0;
}

#define OPENS(name)                                                        \
  int name(const char* path, int flags, ...) {                             \
    va_list rest;                                                          \
    va_start(rest, flags);                                                 \
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;       \
    va_end(rest);                                                          \
    if (makes_file(AT_FDCWD, path, flags) && is_full()) return -1;         \
    return REAL(name)(path, flags, mode);                                  \
  }
OPENS(open)
OPENS(open64)

#define OPENS_AT(name)                                                     \
  int name(int folder, const char* path, int flags, ...) {                 \
    va_list rest;                                                          \
    va_start(rest, flags);                                                 \
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;       \
    va_end(rest);                                                          \
    if (makes_file(folder, path, flags) && is_full()) return -1;           \
    return REAL(name)(folder, path, flags, mode);                          \
  }
OPENS_AT(openat)
OPENS_AT(openat64)

FILE* fopen64(const char* path, const char* mode) {
  if (strchr(mode, 'r') == NULL && makes_file(AT_FDCWD, path, O_CREAT) && is_full()) return NULL;
  return REAL(fopen64)(path, mode);
}

int mkdir(const char* path, mode_t mode) {
  if (is_below(path) && access(path, F_OK) != 0 && is_full()) return -1;
  return REAL(mkdir)(path, mode);
}

int link(const char* from, const char* to) {
  if (is_below(to) && is_full()) return -1;
  return REAL(link)(from, to);
}

int rename(const char* from, const char* to) {
  if (is_below(to) && is_full()) return -1;
  return REAL(rename)(from, to);
}
