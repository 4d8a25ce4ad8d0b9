/* waiter.c: waiting until a word of shared memory changes, without a thread of one's own.
 *
 * One thread of the process waits for all words at once (futex_waitv), up to WORDS of them; only
 * for more than that, or where the system waits for one word at a time, there are further ones.
 * A wait that is taken back is forgotten at once: the thread may still be asleep on its word, but
 * asks nothing of its memory any more. */
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* How long the death of an owner may stay unnoticed, and how long a further thread is kept when it
 * has nothing to do. */
static const int64_t TICK = INT64_C(25000000);
static const int64_t IDLE = INT64_C(1000000000);

enum { WORDS = 127 };

typedef struct group {
  struct group *next;
  tm_wait *waits[WORDS];
  uint32_t count;
  /* Changed whenever `waits` is: the thread waits for this word, too. */
  _Atomic uint32_t changes;
} group;

/* Guards all groups and their waits. */
static pthread_mutex_t lists = PTHREAD_MUTEX_INITIALIZER;
static group *groups;

static uint32_t group_room(void)
{
  uint32_t most = tm__platform_wait_capacity() - 1;
  return most < WORDS ? most : WORDS;
}

static void changed(group *of)
{
  atomic_fetch_add(&of->changes, 1);
  tm__platform_wake_word(&of->changes, 1);
}

/* ---- The end of a wait (all with the lists locked) ---------------------------------------- */

static tm_owner owner_at(const tm_wait *wait, uint32_t index)
{
  return (tm_owner){.token = atomic_load(&wait->owners[2 * index]),
                    .check = atomic_load(&wait->owners[2 * index + 1])};
}

static bool owner_died(const tm_wait *wait)
{
  for (uint32_t index = 0; index < wait->owner_count; index++) {
    tm_owner owner = owner_at(wait, index);
    if (owner.token == 0 || !tm_owner_is_dead(owner)) continue;
    /* Words of two owners, one after the other, could look like a dead one. */
    tm_owner again = owner_at(wait, index);
    if (again.token == owner.token && again.check == owner.check) return true;
  }
  return false;
}

/* What ends this wait now; -EAGAIN when nothing does. */
static int ending_of(const tm_wait *wait, bool tick, int64_t now)
{
  int result = tm__platform_compare_word(wait->word, wait->value);
  if (result != -EAGAIN) return result;
  if (wait->deadline <= now) return -ETIMEDOUT;
  return tick && owner_died(wait) ? -EOWNERDEAD : -EAGAIN;
}

static void end_at(group *of, uint32_t index, int result)
{
  tm_wait *wait = of->waits[index];
  of->waits[index] = of->waits[--of->count];
  wait->group = NULL;
  wait->ended(wait, result);
}

/* Looks at each wait, and ends those that have ended. */
static void end_waits(group *of, bool tick, int64_t now)
{
  for (uint32_t index = of->count; index-- > 0;) {
    int result = ending_of(of->waits[index], tick, now);
    if (result != -EAGAIN) end_at(of, index, result);
  }
}

/* ---- The thread --------------------------------------------------------------------------- */

/* What a thread waits for, besides its group, which may change meanwhile. */
typedef struct plan {
  const _Atomic uint32_t *words[WORDS + 1];
  uint32_t values[WORDS + 1];
  tm_wait *waits[WORDS + 1];
  uint32_t count;
  int64_t deadline;
} plan;

static void prepare(group *of, int64_t tick_at, plan *next)
{
  next->words[0] = &of->changes;
  next->values[0] = atomic_load(&of->changes);
  next->waits[0] = NULL;
  next->count = 1;
  /* The first one stays, and the others go when they have nothing to do. */
  bool idle = of->count == 0 && of != groups;
  next->deadline = idle ? tm__monotonic_now() + IDLE : INT64_MAX;
  for (uint32_t index = 0; index < of->count; index++) {
    tm_wait *wait = of->waits[index];
    next->words[next->count] = wait->word;
    next->values[next->count] = wait->value;
    next->waits[next->count++] = wait;
    if (wait->deadline < next->deadline) next->deadline = wait->deadline;
    /* Also without owners: who changed a word may have died before it could wake anyone. */
    if (tick_at < next->deadline) next->deadline = tick_at;
  }
}

/* Ends the wait at `index` of the plan, unless it was taken back meanwhile. */
static void end_woken(group *of, const plan *was, int index)
{
  for (uint32_t at = 0; at < of->count; at++) {
    if (of->waits[at] != was->waits[index]) continue;
    end_at(of, at, 0);
    return;
  }
}

static bool leave(group *of)
{
  if (of->count > 0 || of == groups) return false;
  group **at = &groups;
  while (*at != of) at = &(*at)->next;
  *at = of->next;
  return true;
}

static void *run(void *data)
{
  group *own = data;
  plan next;
  int64_t tick_at = tm__monotonic_now() + TICK;
  pthread_mutex_lock(&lists);
  for (;;) {
    prepare(own, tick_at, &next);
    pthread_mutex_unlock(&lists);
    int result = tm__platform_wait_any(next.words, next.values, next.count, next.deadline);
    pthread_mutex_lock(&lists);
    int64_t now = tm__monotonic_now();
    if (result == -ETIMEDOUT && now >= next.deadline && leave(own)) break;
    bool tick = now >= tick_at;
    if (tick) tick_at = now + TICK;
    /* Others that were woken at the same time are found by their values, at the next turn. */
    if (result > 0) end_woken(own, &next, result);
    if (result < 0 || tick) end_waits(own, tick, now);
  }
  pthread_mutex_unlock(&lists);
  free(own);
  return NULL;
}

/* ---- Starting and taking back ------------------------------------------------------------- */

static int group_with_room(group **found)
{
  for (group *at = groups; at != NULL; at = at->next) {
    if (at->count < group_room()) {
      *found = at;
      return 0;
    }
  }
  group *fresh = calloc(1, sizeof *fresh);
  if (fresh == NULL) return -ENOMEM;
  int result = tm__thread_start(run, fresh);
  if (result != 0) {
    free(fresh);
    return result;
  }
  /* Behind the others: the first one serves most, the last ones may go. */
  group **at = &groups;
  while (*at != NULL) at = &(*at)->next;
  *at = fresh;
  *found = fresh;
  return 0;
}

int tm_wait_start(tm_wait *wait)
{
  group *of = NULL;
  pthread_mutex_lock(&lists);
  int result = group_with_room(&of);
  if (result == 0) {
    wait->group = of;
    of->waits[of->count++] = wait;
    changed(of);
  }
  pthread_mutex_unlock(&lists);
  return result;
}

bool tm_wait_cancel(tm_wait *wait)
{
  pthread_mutex_lock(&lists);
  group *of = wait->group;
  if (of != NULL) {
    for (uint32_t index = 0; index < of->count; index++) {
      if (of->waits[index] != wait) continue;
      of->waits[index] = of->waits[--of->count];
      wait->group = NULL;
      break;
    }
    changed(of);
  }
  pthread_mutex_unlock(&lists);
  return of != NULL;
}

int tm_wait_here(const _Atomic uint32_t *word, uint32_t value, int64_t timeout)
{
  return tm__platform_wait_word(word, value, timeout);
}

int tm_wake(const _Atomic uint32_t *word, uint32_t count)
{
  return tm__platform_wake_word(word, count);
}

uint32_t tm_wait_threads(void)
{
  uint32_t count = 0;
  pthread_mutex_lock(&lists);
  for (group *at = groups; at != NULL; at = at->next) count++;
  pthread_mutex_unlock(&lists);
  return count;
}
