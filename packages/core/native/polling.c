/* polling.c: waiting for shared words by looking at them now and then, for systems that have
 * nothing better. */
#include "internal.h"

#include <errno.h>
#include <time.h>

static const int64_t PAUSE = INT64_C(1000000);

/* Sleeps a little, not past the deadline: false when that has come. */
static bool pause_until(int64_t deadline)
{
  int64_t left = deadline - tm__monotonic_now();
  if (left <= 0) return false;
  struct timespec pause = {.tv_nsec = (long)(left < PAUSE ? left : PAUSE)};
  nanosleep(&pause, NULL);
  return true;
}

int64_t tm__monotonic_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t tm__deadline_after(int64_t timeout)
{
  int64_t now = tm__monotonic_now();
  return timeout > INT64_MAX - now ? INT64_MAX : now + timeout;
}

int tm__poll_compare_word(const _Atomic uint32_t *word, uint32_t value)
{
  return atomic_load(word) == value ? -EAGAIN : 0;
}

int tm__poll_wait_word(const _Atomic uint32_t *word, uint32_t value, int64_t timeout)
{
  int64_t deadline = tm__deadline_after(timeout);
  while (atomic_load(word) == value) {
    if (!pause_until(deadline)) return -ETIMEDOUT;
  }
  return 0;
}

int tm__poll_wait_any(const _Atomic uint32_t *const *words, const uint32_t *values, uint32_t count,
                      int64_t deadline)
{
  do {
    for (uint32_t index = 0; index < count; index++) {
      if (atomic_load(words[index]) != values[index]) return -EAGAIN;
    }
  } while (pause_until(deadline));
  return -ETIMEDOUT;
}
