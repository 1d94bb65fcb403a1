/* What shall fail, and when: the environment's plan, the count of operations, the report. failing_calls.c asks it before each
 * operation. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum kind { OPEN, WRITE, SYNC, RENAME, CLOSE, MKDIR, TRUNCATE, REMOVE, LINK };

/* What failing_calls.c shall do with an operation. */
enum verdict {
  PASS,  /* nothing */
  FAIL,  /* fail with errno, which is set */
  SHORT, /* of a write: do half, and say so */
  TORN,  /* of a write: do half, then kill the process */
};

/* Whether descriptor `fd`, or `path` seen from folder descriptor `folder`, lies in CXR_FAULT_FOLDER. Writes the path to `seen`
 * (PATH_MAX bytes). */
bool watches_descriptor(int fd, char* seen);
bool watches_path(int folder, const char* path, char* seen);
/* Whether CXR_FAULT_STDOUT asks that writes to `fd` fail; errno is set then. */
bool fails_as_stdout(int fd);

/* Counts an operation on `path`, reports it and says what becomes of it. Does not return where the plan is to kill the process
   before it. `bytes` is the length of a write. */
enum verdict next_operation(enum kind kind, const char* name, const char* path, size_t bytes);
/* Kills this process at once, as a machine that goes down does. */
void kill_process(void);
