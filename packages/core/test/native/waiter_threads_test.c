/* waiter_threads_test.c: the thread that waits for all: starting, waking, taking back, from several
 * threads at once; owners that end; memory that goes; kernels without futex_waitv. */
#include "expect.h"
#include "internal.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

enum { STARTERS = 4, ROUNDS = 400, MANY = 300 };

typedef struct waited {
  tm_wait wait;
  _Atomic int result; /* 1 until it has ended */
} waited;

static void on_ended(tm_wait *wait, int result)
{
  atomic_store(&((waited *)wait)->result, result);
}

static waited started(const _Atomic uint32_t *word, uint32_t value, int64_t deadline)
{
  return (waited){
      .wait = {.word = word, .value = value, .deadline = deadline, .ended = on_ended},
      .result = 1,
  };
}

static int result_of(waited *of)
{
  while (atomic_load(&of->result) == 1) sched_yield();
  return atomic_load(&of->result);
}

static void change(_Atomic uint32_t *word)
{
  atomic_fetch_add(word, 1);
  tm_wake(word, 1);
}

/* Each starts waits for its own word, and has them end in every way there is. */
static void *start_and_end(void *unused)
{
  (void)unused;
  _Atomic uint32_t word = 0;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    waited first = started(&word, atomic_load(&word), INT64_MAX);
    waited second = started(&word, atomic_load(&word), INT64_MAX);
    expect_equal(tm_wait_start(&first.wait), 0);
    expect_equal(tm_wait_start(&second.wait), 0);
    if (round % 3 == 0) {
      /* Whether it was still waiting or not, it has ended once, or never will. */
      bool taken_back = tm_wait_cancel(&first.wait);
      expect_equal(atomic_load(&first.result) == 1, taken_back);
      expect(!tm_wait_cancel(&first.wait));
    }
    change(&word);
    if (round % 3 != 0) expect_equal(result_of(&first), 0);
    expect_equal(result_of(&second), 0);
    waited late = started(&word, atomic_load(&word), tm__deadline_after(round % 5 * 100000));
    expect_equal(tm_wait_start(&late.wait), 0);
    expect_equal(result_of(&late), -ETIMEDOUT);
    waited other = started(&word, atomic_load(&word) + 1, INT64_MAX);
    expect_equal(tm_wait_start(&other.wait), 0);
    expect_equal(result_of(&other), 0);
  }
  return NULL;
}

static void threads_wait_and_wake(void)
{
  pthread_t threads[STARTERS];
  for (size_t index = 0; index < STARTERS; index++) {
    expect_equal(pthread_create(&threads[index], NULL, start_and_end, NULL), 0);
  }
  for (size_t index = 0; index < STARTERS; index++) pthread_join(threads[index], NULL);
}

static void many_waits_share_threads(void)
{
  static _Atomic uint32_t words[MANY];
  static waited waits[MANY];
  for (size_t index = 0; index < MANY; index++) {
    waits[index] = started(&words[index], 0, INT64_MAX);
    expect_equal(tm_wait_start(&waits[index].wait), 0);
  }
  uint32_t most = tm__platform_wait_capacity() - 1;
  expect(tm_wait_threads() >= (MANY + most - 1) / most);
  for (size_t index = 0; index < MANY; index++) change(&words[index]);
  for (size_t index = 0; index < MANY; index++) expect_equal(result_of(&waits[index]), 0);
  /* Those that are not needed any more go. */
  while (tm_wait_threads() > 1) usleep(1000);
}

/* ---- Owners ------------------------------------------------------------------------------- */

static tm_owner told;

static void *tell_owner(void *unused)
{
  (void)unused;
  expect_equal(tm_owner_self(&told), 0);
  return NULL;
}

static void ended_threads_are_dead(void)
{
  tm_owner self;
  expect_equal(tm_owner_self(&self), 0);
  expect(!tm_owner_is_dead(self));
  expect(!tm_owner_is_dead((tm_owner){.token = self.token}));
  expect(!tm_owner_is_dead((tm_owner){.token = self.token | 0xC0000000u, .check = self.check}));
  expect(tm_owner_is_dead((tm_owner){.token = self.token, .check = self.check ^ 2}));
  expect(tm_owner_is_dead((tm_owner){.token = self.token ^ 1u << 24}));
  expect(!tm_owner_is_dead((tm_owner){0}));
  expect(!tm_owner_is_dead((tm_owner){.token = 0xC0000000u}));
  expect(tm_owner_is_dead((tm_owner){.token = 1u << 25}));
  pthread_t thread;
  expect_equal(pthread_create(&thread, NULL, tell_owner, NULL), 0);
  pthread_join(thread, NULL);
  expect(told.token != self.token && told.token != 0 && told.check != 0);
  /* A joined thread may still be on its way out. */
  while (!tm_owner_is_dead(told)) usleep(1000);
}

static void a_death_ends_the_waits_that_watch(void)
{
  _Atomic uint32_t word = 0;
  _Atomic uint32_t owners[4] = {0};
  tm_owner self;
  expect_equal(tm_owner_self(&self), 0);
  atomic_store(&owners[0], self.token);
  atomic_store(&owners[1], self.check);
  waited watching = started(&word, 0, INT64_MAX);
  watching.wait.owners = owners;
  watching.wait.owner_count = 2;
  expect_equal(tm_wait_start(&watching.wait), 0);
  atomic_store(&owners[3], told.check);
  atomic_store(&owners[2], told.token);
  expect_equal(result_of(&watching), -EOWNERDEAD);
}

/* ---- Memory ------------------------------------------------------------------------------- */

static void memory_that_goes_ends_its_wait_alone(void)
{
  if (is_emulated()) return;
  size_t page = tm_page_size();
  int fd = temporary_file_of(2 * page);
  char *base = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  expect(base != MAP_FAILED);
  _Atomic uint32_t *lost = (_Atomic uint32_t *)(base + page);
  _Atomic uint32_t *kept = (_Atomic uint32_t *)base;
  waited waits[] = {started(lost, 0, INT64_MAX), started(kept, 0, INT64_MAX)};
  expect_equal(tm_wait_start(&waits[0].wait), 0);
  expect_equal(tm_wait_start(&waits[1].wait), 0);
  expect_equal(ftruncate(fd, (off_t)page), 0);
  expect_equal(result_of(&waits[0]), -EFAULT);
  expect_equal(tm_wait_here(lost, 0, INT64_MAX), -EFAULT);
  change(kept);
  expect_equal(result_of(&waits[1]), 0);
  munmap(base, 2 * page);
  close(fd);
}

/* ---- Looking now and then, for systems without a futex -------------------------------------- */

static void *change_later(void *word)
{
  usleep(3000);
  atomic_store((_Atomic uint32_t *)word, 1);
  return NULL;
}

static void polling_sees_changes_and_deadlines(void)
{
  _Atomic uint32_t words[2] = {0};
  const _Atomic uint32_t *all[] = {&words[0], &words[1]};
  const uint32_t values[] = {0, 0};
  int64_t soon = tm__deadline_after(2000000);
  expect_equal(tm__poll_wait_any(all, values, 2, soon), -ETIMEDOUT);
  expect_equal(tm__poll_wait_word(&words[0], 0, 0), -ETIMEDOUT);
  expect_equal(tm__poll_compare_word(&words[0], 0), -EAGAIN);
  expect_equal(tm__poll_compare_word(&words[0], 1), 0);
  expect_equal(tm__deadline_after(INT64_MAX), INT64_MAX);
  pthread_t thread;
  expect_equal(pthread_create(&thread, NULL, change_later, &words[1]), 0);
  expect_equal(tm__poll_wait_any(all, values, 2, INT64_MAX), -EAGAIN);
  expect_equal(tm__poll_wait_word(&words[1], 0, INT64_MAX), 0);
  pthread_join(thread, NULL);
}

/* ---- Before Linux 5.16 ---------------------------------------------------------------------- */

static void refuse_futex_waitv(void)
{
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex_waitv, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = 4, .filter = filter};
  expect_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  expect_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void all(void)
{
  threads_wait_and_wake();
  many_waits_share_threads();
  ended_threads_are_dead();
  a_death_ends_the_waits_that_watch();
  memory_that_goes_ends_its_wait_alone();
}

static void all_without_futex_waitv(void)
{
  refuse_futex_waitv();
  expect_equal(tm__platform_wait_capacity(), 2);
  all();
}

int main(void)
{
  /* In a child: what a sandbox refuses, it refuses for good. */
  if (!is_emulated()) expect_equal(ending_of(all_without_futex_waitv), 0);
  polling_sees_changes_and_deadlines();
  all();
  return 0;
}
