/* What a machine that loses its power forgets: bytes that were written and not flushed. */
#pragma once

/* `path` is about to be written through `fd`; was flushed; was renamed, a folder perhaps. */
void note_written(const char* path, int fd);
void note_synced(const char* path);
void note_renamed(const char* from, const char* to);

/* Cuts each file back to the length that it had when it was last flushed; 0 of a new one. Bytes that were written over flushed ones
 * stay. */
void lose_unsynced(void);
