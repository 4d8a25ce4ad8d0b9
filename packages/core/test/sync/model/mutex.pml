/* mutex.pml: the lock of src/sync/robust-lock.ts, whose owners and waiters may die and give up at
 * any point. Checked by spin: one is inside at a time, who comes after a dead owner is told, and no
 * wake-up is lost.
 *
 * The kernel is modelled by what it promises: a thread falls asleep only while the word is what it
 * has seen (one step), a wake takes one of those asleep, the dead sleep no more. The threads' steps
 * are those of the code: each load, compare-and-exchange and system call is one.
 *
 *   KILLS=0   nobody dies, and turns of waiting never end by themselves: every wake-up must come.
 *   KILLS=n   up to n threads are killed. What their deaths have cost in wake-ups is made good by
 *             the end of a turn, which may come at any time.
 *   PATIENT   turns end only when nothing else can happen: with it, and no progress (`pan -l`), a
 *             lock is found that nobody can have any more.
 *   ROUNDS    how often thread 0 takes the lock; the others do so once.
 *   GIVE_UPS  how often a wait may be given up, by time or by signal.
 *   BUG       1 to 8: plants a mistake, which must be found; 0: none. */

#ifndef THREADS
#define THREADS 3
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#ifndef KILLS
#define KILLS 0
#endif
#ifndef GIVE_UPS
#define GIVE_UPS 0
#endif
#ifndef BUG
#define BUG 0
#endif

#ifdef PATIENT
#define TURN_ENDS KILLS > 0 && timeout
#else
#define TURN_ENDS KILLS > 0
#endif

#define NOBODY THREADS

/* The state word: an owner and two flags. */
byte owner = NOBODY;
bool waiters = false;
bool died = false;

bool asleep[THREADS];
bool dead[THREADS + 1]; /* NOBODY is never dead */
byte kills = 0;
byte given_up = 0;

byte inside = 0;
bool half_done = false; /* an owner died inside, and nobody has repaired since */

#define SAME (owner == seen && waiters == seen_waiters && died == seen_died)

/* The thread may be killed here, whatever it holds. */
#define MAY_DIE                                                                                    \
  if                                                                                               \
  :: kills < KILLS -> kills++; goto killed                                                         \
  :: true                                                                                          \
  fi

inline load()
{
  atomic { seen = owner; seen_waiters = waiters; seen_died = died }
}

/* Wakes one of those asleep, whichever the kernel likes. */
inline wake()
{
  atomic {
    if
    :: asleep[0] -> asleep[0] = false
    :: THREADS > 1 && asleep[1] -> asleep[1] = false
    :: THREADS > 2 && asleep[THREADS - 1] -> asleep[THREADS - 1] = false
    :: else
    fi
  }
}

proctype thread(byte me)
{
  byte seen = NOBODY;
  bool seen_waiters = false;
  bool seen_died = false;
  bool slept = false;
  bool is_inside = false;
  byte round = 0;

next:
  if
  :: round == (me == 0 -> ROUNDS : 1) -> goto finished
  :: else -> round++; slept = false
  fi;

again:
  MAY_DIE;
  load();
  MAY_DIE;
  if
  :: seen == NOBODY -> goto take
  :: else
  fi;
  if
  :: !seen_waiters ->
     /* Has the owner know that someone waits. */
     atomic {
       if
       :: SAME -> waiters = true; seen_waiters = true
       :: else -> goto again
       fi
     };
     MAY_DIE
  :: else
  fi;
  /* FUTEX_WAIT: asleep only while the word is what was seen. */
  atomic {
    if
    :: SAME || BUG == 2 -> asleep[me] = true
    :: else -> goto again
    fi
  };
  if
  :: !asleep[me] -> slept = true
  :: TURN_ENDS -> atomic { asleep[me] = false; slept = true }; goto look
  :: given_up < GIVE_UPS -> atomic { given_up++; asleep[me] = false }; goto give_up
  fi;
  /* Woken, and now its time is over. */
  if
  :: given_up < GIVE_UPS -> given_up++; goto give_up
  :: goto again
  fi;

look:
  /* The turn is over: does the owner that was seen still live? */
  if
  :: dead[seen] && BUG != 7 -> skip
  :: else -> goto again
  fi;
  MAY_DIE;
  atomic {
    if
    :: SAME || BUG == 4 -> owner = me; waiters = true; died = (BUG != 5)
    :: else -> goto again
    fi
  };
  goto taken;

take:
  atomic {
    if
    :: SAME || BUG == 8 -> owner = me; waiters = slept && BUG != 1; died = seen_died
    :: else -> goto again
    fi
  };

taken:
progress:
  atomic { inside++; is_inside = true; assert(inside == 1) };
  /* Who comes after one that died inside is told, and repairs. */
  atomic {
    assert(!half_done || died);
    half_done = false
  };
  MAY_DIE;
  died = false;
  MAY_DIE;
  atomic { inside--; is_inside = false };
  MAY_DIE;

release:
  load();
  assert(seen == me);
  if
  :: BUG == 3 && seen_waiters -> wake()
  :: else
  fi;
  atomic {
    if
    :: SAME -> owner = NOBODY; waiters = false
    :: else -> goto release
    fi
  };
  MAY_DIE;
  if
  :: seen_waiters && BUG != 3 -> wake()
  :: else
  fi;
  goto next;

give_up:
  /* It may have been woken: then another must be, now or by the one who has the lock. */
  if
  :: BUG == 6 -> goto next
  :: else
  fi;
  MAY_DIE;
  load();
  if
  :: seen == NOBODY -> wake()
  :: seen != NOBODY && !seen_waiters ->
     atomic {
       if
       :: SAME -> waiters = true
       :: else -> goto give_up
       fi
     }
  :: else
  fi;
  goto next;

killed:
  atomic {
    dead[me] = true;
    asleep[me] = false;
    if
    :: is_inside -> inside--; half_done = true
    :: else
    fi
  };

finished:
  skip
}

init
{
  byte each = 0;
  atomic {
    do
    :: each < THREADS -> run thread(each); each++
    :: else -> break
    od
  }
}
