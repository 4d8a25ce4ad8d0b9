/* ping-pong.c: two processes hand a word of shared memory to and fro, asleep on a futex in between:
 * what a round trip costs a C program. Arguments: how many. Prints nanoseconds of each as JSON. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint32_t *words;

static void hand_over(int index, uint32_t value)
{
  atomic_store(&words[index], value);
  syscall(SYS_futex, &words[index], FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void wait_for(int index, uint32_t value)
{
  for (;;) {
    uint32_t found = atomic_load(&words[index]);
    if (found == value) return;
    syscall(SYS_futex, &words[index], FUTEX_WAIT, found, NULL, NULL, 0);
  }
}

static int64_t now(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int main(int count, char **arguments)
{
  uint32_t rounds = count > 1 ? (uint32_t)atoi(arguments[1]) : 1000;
  words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (words == MAP_FAILED) return 1;
  pid_t child = fork();
  if (child < 0) return 1;
  for (uint32_t round = 1; child == 0 && round <= rounds; round++) {
    wait_for(0, round);
    hand_over(16, round);
  }
  if (child == 0) return 0;
  printf("[");
  for (uint32_t round = 1; round <= rounds; round++) {
    int64_t start = now();
    hand_over(0, round);
    wait_for(16, round);
    printf("%s%lld", round > 1 ? "," : "", (long long)(now() - start));
  }
  printf("]\n");
  int status;
  return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}
