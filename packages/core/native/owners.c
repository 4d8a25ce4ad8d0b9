/* owners.c: who holds a lock in shared memory, and whether that thread is still there.
 *
 * An owner is two words that fit into the lock itself, so that taking the lock and saying who took
 * it is one step:
 *
 *   token   bits 0-21   number of the thread (of Linux: pid_max is at most 2^22)
 *           bits 22-29  8 bits of a hash of the thread's start time and the boot
 *           bits 30-31  left to the lock
 *   check   bits 0-19   20 further bits of that hash, never 0; 0 = not written yet
 *           bits 20-31  left to the lock
 *
 * So a thread whose number is used again, or a lock from before a reboot, is told apart by 28 bits
 * besides the number. */
#include "internal.h"

#include <errno.h>

static const uint32_t ID_MASK = (UINT32_C(1) << 22) - 1;
static const uint32_t TOKEN_MASK = (UINT32_C(1) << 30) - 1;
static const uint32_t CHECK_MASK = (UINT32_C(1) << 20) - 1;

static uint64_t mixed(uint64_t value)
{
  /* The finalizer of splitmix64. */
  value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
  return value ^ (value >> 31);
}

static tm_owner owner_of(uint32_t id, uint64_t start)
{
  uint64_t hash = mixed(mixed(start + 1) ^ tm__platform_boot());
  uint32_t check = (uint32_t)(hash >> 8) & CHECK_MASK;
  return (tm_owner){
      .token = (id & ID_MASK) | ((uint32_t)hash & 0xFF) << 22,
      .check = check == 0 ? 1 : check,
  };
}

int tm_owner_self(tm_owner *self)
{
  uint32_t id = tm__platform_thread_id();
  uint64_t start = 0;
  int result = tm__platform_thread_start(id, &start);
  if (result == -ENOTSUP) {
    /* Only its process can be looked for: then at least the threads of one differ. */
    static _Atomic uint64_t threads;
    start = atomic_fetch_add(&threads, 1);
    result = 0;
  }
  if (result != 0) return result;
  *self = owner_of(id, start);
  return 0;
}

bool tm_owner_is_dead(tm_owner owner)
{
  uint32_t id = owner.token & ID_MASK;
  /* Nobody; or what no thread has written: nobody will give that back either. */
  if (id == 0) return (owner.token & TOKEN_MASK) != 0;
  uint64_t start = 0;
  int result = tm__platform_thread_start(id, &start);
  if (result != 0) return result == -ESRCH;
  tm_owner now = owner_of(id, start);
  if ((owner.token & TOKEN_MASK) != now.token) return true;
  uint32_t check = owner.check & CHECK_MASK;
  return check != 0 && check != now.check;
}

tm_world tm_world_self(void)
{
  uint64_t boot = mixed(tm__platform_boot());
  uint64_t space = mixed(tm__platform_process_space());
  return (tm_world){.boot = (uint32_t)boot | 1, .space = (uint32_t)space};
}
