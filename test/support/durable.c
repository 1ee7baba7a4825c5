// Preloaded into Redis by durability.test.ts: notes in a log, after the kernel has done it, what is on the disk for
// good. `S inode size`: a file is durable up to this size. `D inode`: this file is gone.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void note(char what, const struct stat *file, off_t size) {
  char line[64];
  int length = snprintf(line, sizeof line, "%c %llu %lld\n", what, (unsigned long long)file->st_ino, (long long)size);
  int log = open(getenv("DURABLE_LOG"), O_WRONLY | O_APPEND | O_CREAT, 0644);
  // Without its line a file would count as lost: the test sees that, so nothing is done about it here.
  if (log >= 0 && write(log, line, length) == length) close(log);
}

// The size is that of before the call: what is written meanwhile may not be covered.
static int sync_and_note(long call, int fd) {
  struct stat file;
  int known = fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
  int result = syscall(call, fd);
  if (result == 0 && known) note('S', &file, file.st_size);
  return result;
}

int fsync(int fd) { return sync_and_note(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_and_note(SYS_fdatasync, fd); }

// An inode's number is given again to the next new file: it must not inherit what was durable.
static void note_end(const char *path) {
  struct stat file;
  if (stat(path, &file) == 0 && S_ISREG(file.st_mode) && file.st_nlink == 1) note('D', &file, 0);
}

int unlink(const char *path) {
  note_end(path);
  return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int rename(const char *from, const char *to) {
  note_end(to);
  return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
