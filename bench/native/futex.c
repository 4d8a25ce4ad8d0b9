/* futex.c: what C does with the same memory, which waiting and locking are held against.
 *
 *   futex ping-pong COUNT   two processes wake each other by a futex, COUNT times there and back
 *   futex lock COUNT        a robust mutex between processes, locked and unlocked by one
 *   futex count COUNT       an atomic addition
 *
 * Prints {"roundTripUs": …} (the median of ten parts) or {"callNs": …}. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PARTS = 10 };

typedef struct shared {
  _Atomic uint32_t turn;
  _Alignas(64) pthread_mutex_t mutex;
  _Alignas(64) _Atomic uint64_t count;
} shared;

static double now_us(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void wait_until(_Atomic uint32_t *word, uint32_t value)
{
  uint32_t seen;
  while ((seen = atomic_load(word)) != value) {
    syscall(SYS_futex, word, FUTEX_WAIT, seen, NULL, NULL, 0);
  }
}

static void set_and_wake(_Atomic uint32_t *word, uint32_t value)
{
  atomic_store(word, value);
  syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static int compare(const void *a, const void *b)
{
  double difference = *(const double *)a - *(const double *)b;
  return (difference > 0) - (difference < 0);
}

static double ping_pong(shared *memory, uint32_t count)
{
  pid_t other = fork();
  if (other == 0) {
    for (uint32_t round = 0; round < count; round++) {
      wait_until(&memory->turn, 2 * round + 1);
      set_and_wake(&memory->turn, 2 * round + 2);
    }
    _exit(0);
  }
  double parts[PARTS];
  uint32_t each = count / PARTS;
  for (uint32_t part = 0; part < PARTS; part++) {
    double start = now_us();
    for (uint32_t round = part * each; round < (part + 1) * each; round++) {
      set_and_wake(&memory->turn, 2 * round + 1);
      wait_until(&memory->turn, 2 * round + 2);
    }
    parts[part] = (now_us() - start) / each;
  }
  waitpid(other, NULL, 0);
  qsort(parts, PARTS, sizeof *parts, compare);
  return (parts[PARTS / 2 - 1] + parts[PARTS / 2]) / 2;
}

static double lock(shared *memory, uint32_t count)
{
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&memory->mutex, &attributes);
  double start = now_us();
  for (uint32_t turn = 0; turn < count; turn++) {
    pthread_mutex_lock(&memory->mutex);
    pthread_mutex_unlock(&memory->mutex);
  }
  return (now_us() - start) * 1e3 / count;
}

static double add(shared *memory, uint32_t count)
{
  double start = now_us();
  for (uint32_t turn = 0; turn < count; turn++) atomic_fetch_add(&memory->count, 1);
  return (now_us() - start) * 1e3 / count;
}

int main(int argc, char **argv)
{
  shared *memory = mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                        -1, 0);
  if (argc < 3 || memory == MAP_FAILED) return 2;
  uint32_t count = (uint32_t)atoi(argv[2]) / PARTS * PARTS;
  if (strcmp(argv[1], "ping-pong") == 0) {
    printf("{\"roundTripUs\": %f}\n", ping_pong(memory, count));
  } else if (strcmp(argv[1], "lock") == 0) {
    printf("{\"callNs\": %f}\n", lock(memory, count));
  } else if (strcmp(argv[1], "count") == 0) {
    printf("{\"callNs\": %f}\n", add(memory, count));
  } else {
    return 2;
  }
  return 0;
}
