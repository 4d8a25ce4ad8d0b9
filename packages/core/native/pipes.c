/* pipes.c: copying and waiting through pipes, for systems that have nothing better that may be used
 * in a signal handler. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* pipe2 is not everywhere. */
static int open_pipe(int ends[2])
{
  if (pipe(ends) != 0) return -errno;
  for (int end = 0; end < 2; end++) fcntl(ends[end], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  return 0;
}

int tm__pipe_copy(void *target, const void *source, size_t length)
{
  enum { PIECE = 4096 };
  int ends[2];
  int result = open_pipe(ends);
  if (result != 0) return result;
  size_t copied = 0;
  while (copied < length) {
    size_t piece = length - copied < PIECE ? length - copied : PIECE;
    /* The system reads the memory: where it cannot, that is an error and no signal. */
    ssize_t written = write(ends[1], (const char *)source + copied, piece);
    if (written <= 0) break;
    if (read(ends[0], (char *)target + copied, (size_t)written) != written) break;
    copied += (size_t)written;
  }
  close(ends[0]);
  close(ends[1]);
  return copied == length ? 0 : -EFAULT;
}

/* Where wakers write, plus one; 0 until someone waits. */
static _Atomic int wake_end;

void tm__pipe_wait(_Atomic uint32_t *word, uint32_t value)
{
  static int ends[2] = {-1, -1};
  /* ORDER: the pipe is there before the word is looked at: who changes it later writes to the pipe.
   */
  if (atomic_load(&wake_end) == 0) {
    if (open_pipe(ends) != 0) {
      sleep(1);
      return;
    }
    atomic_store(&wake_end, ends[1] + 1);
  }
  char bytes[64];
  while (atomic_load(word) == value) {
    if (read(ends[0], bytes, sizeof bytes) < 0 && errno != EINTR) return;
  }
}

void tm__pipe_wake(void)
{
  int end = atomic_load(&wake_end) - 1;
  /* A full pipe wakes as well. */
  if (end >= 0 && write(end, "", 1) < 0) return;
}
