#define _GNU_SOURCE
#include "unsynced.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct file {
  struct file* next;
  long flushed; /* bytes */
  char path[PATH_MAX];
};

static struct file* files;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct file** find(const char* path) {
  struct file** place = &files;
  while (*place && strcmp((*place)->path, path) != 0) place = &(*place)->next;
  return place;
}

static void forget(struct file** place) {
  struct file* const gone = *place;
  *place = gone->next;
  free(gone);
}

void note_written(const char* path, int fd) {
  struct stat state;
  const int error = errno;
  if (fstat(fd, &state) != 0) state.st_size = 0;
  errno = error;
  pthread_mutex_lock(&lock);
  struct file** const place = find(path);
  if (!*place) {
    struct file* const file = calloc(1, sizeof *file);
    file->flushed = state.st_size;
    strncpy(file->path, path, sizeof file->path - 1);
    *place = file;
  }
  pthread_mutex_unlock(&lock);
}

void note_synced(const char* path) {
  pthread_mutex_lock(&lock);
  struct file** const place = find(path);
  if (*place) forget(place);
  pthread_mutex_unlock(&lock);
}

void note_renamed(const char* from, const char* to) {
  const size_t length = strlen(from);
  pthread_mutex_lock(&lock);
  struct file** const replaced = find(to);
  if (*replaced) forget(replaced);
  for (struct file* file = files; file; file = file->next) {
    const char* const rest = file->path + length;
    if (strncmp(file->path, from, length) != 0 || (*rest != '\0' && *rest != '/')) continue;
    char moved[2 * PATH_MAX];
    strcpy(moved, to);
    strcat(moved, rest);
    strncpy(file->path, moved, sizeof file->path - 1);
  }
  pthread_mutex_unlock(&lock);
}

void lose_unsynced(void) {
  pthread_mutex_lock(&lock);
  for (const struct file* file = files; file; file = file->next) syscall(SYS_truncate, file->path, file->flushed);
}
