/* internal.h: what the files of the native core share with each other, and nobody else sees. */
#ifndef TIDEMARK_INTERNAL_H
#define TIDEMARK_INTERNAL_H

#include "tidemark.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/types.h>

/* ---- regions.c ---------------------------------------------------------------------------- */

enum tm__state { TM__OPEN, TM__CLOSED };

/* Poisoned pages that keep what is written to them; older ones are emptied again, so that a loop
 * over terabytes of a full disk does not fill the memory with scratch pages. */
enum { TM__SCRATCH_PAGES = 32 };

enum tm__extend {
  TM__EXTEND_RESERVE, /* blocks for all of the new range: a full disk is an error at once */
  TM__EXTEND_SPARSE   /* for the last page alone: cheap where pages are memory (tmpfs) */
};

typedef struct tm__fault_slot {
  _Atomic uint32_t sequence; /* index of the fault it holds, plus one; 0 = never written */
  tm_fault fault;
} tm__fault_slot;

struct tm_region {
  /* Constant from registration to the end. */
  uintptr_t base;
  size_t length;
  size_t page_size;
  uint64_t file_offset;
  uint64_t step_min;
  enum tm_source source;
  enum tm_strategy strategy;
  enum tm_access access;
  enum tm__extend extend_how;
  unsigned flags;
  int fd;
  void (*notify)(void *data);

  /* Changed by handlers and calls of any thread. */
  _Atomic uint32_t state;           /* enum tm__state */
  _Atomic uint32_t users;           /* handlers and prefault work inside */
  _Atomic uint32_t claimed;         /* one at a time: remapping, or extending by ftruncate */
  _Atomic uint64_t step_max;        /* lowered when the file system refuses */
  _Atomic uint32_t no_blocks_ahead; /* the file system has no fallocate: nothing is reserved */
  _Atomic uint32_t no_huge_pages;   /* the system gave none for this file in memory */
  _Atomic uint64_t file_end;   /* file length as last seen; only a truncation by others lowers it */
  _Atomic uint64_t mapped_end; /* remap: bytes of the region that are mapped */
  _Atomic uint64_t prefault_at; /* prefault: next byte to populate, and where to stop */
  _Atomic uint64_t prefault_end;
  _Atomic(void *) notify_data; /* NULL: tell nobody */
  _Atomic uint64_t extensions;
  _Atomic uint32_t recorded; /* faults recorded since the beginning */
  _Atomic uint32_t taken;    /* of them, taken by tm_region_take_faults */
  tm__fault_slot slots[TM_FAULTS_KEPT];
  _Atomic uint32_t rearranged;  /* pages were protected or released by the program */
  _Atomic uint64_t scratch_low; /* where scratch pages stand for pages of the file: from here … */
  _Atomic uint64_t scratch_high; /* … to here; 0 when there are none */
  _Atomic uint32_t scratch_next;
  _Atomic uint64_t scratch[TM__SCRATCH_PAGES]; /* page offset plus one; 0 = none */

  struct tm__tracking *tracking; /* tracking.c; NULL for all others */
  tm_region *next_retired;       /* quarantine.c */
};

/* Finds the region that holds `address` and keeps it from going away until tm__region_leave.
 * Signal-safe. */
tm_region *tm__region_enter(uintptr_t address);
void tm__region_leave(tm_region *region);
/* The same for a region another thread may be removing: `take` runs where no region can vanish. */
tm_region *tm__region_enter_by(tm_region *(*take)(void *), void *data);
/* Waits until nobody is inside the region. */
void tm__region_wait(tm_region *region);
int tm__region_register(tm_region *region);
/* Takes it out of the table; on success no handler knows it. -ENOMEM: it is still there. */
int tm__region_unregister(tm_region *region);

/* Whether this process has so many map entries that it should add none. Looks at every 1,024th call
 * only. Signal-safe. */
bool tm__map_entries_scarce(void);

/* ---- quarantine.c ------------------------------------------------------------------------- */

/* Gives the addresses of all retired regions back at once, when there are too few left. */
void tm__quarantine_drain(void);

/* ---- file.c ------------------------------------------------------------------------------- */

/* Whether the limit of this process (RLIMIT_FSIZE) forbids a file of this length. Asked before a
 * file is extended, because the system answers with SIGXFSZ, which ends the process. Signal-safe.
 */
bool tm__file_exceeds_limit(uint64_t length);
/* Makes the file at least `end` bytes long, for file systems without fallocate. One thread of one
 * descriptor at a time; other descriptors and processes are locked out. Signal-safe. */
int tm__file_extend_by_truncate(int fd, uint64_t end);

/* Who commits to a file, or recovers it, is alone with its journal. Waits for others a while. */
int tm__file_lock_commits(int fd);
void tm__file_unlock_commits(int fd);
/* All of the range, or an error; reading ends early at the end of the file, with what was got. */
int tm__file_read(int fd, void *target, size_t length, uint64_t offset, size_t *got);
int tm__file_write(int fd, const void *source, size_t length, uint64_t offset);

/* Bytes far past any data, locked to talk to other processes; no file can be that long. */
static const uint64_t TM__PRESENCE_BYTE = TM_LOCK_END;
static const uint64_t TM__GROWTH_BYTE = TM_LOCK_END + 1;
static const uint64_t TM__COMMIT_BYTE = TM_LOCK_END + 2;

/* ---- tracking.c --------------------------------------------------------------------------- */

typedef struct tm__runs {
  tm_run *items;
  size_t count;
  size_t capacity;
} tm__runs;

/* What tells that others changed a file: its length and its time of modification. */
typedef struct tm__stamp {
  uint64_t length;
  int64_t seconds;
  int64_t nanoseconds;
} tm__stamp;

typedef struct tm__tracking {
  /* Constant from the start to the end. */
  tm_tracking_spec spec;
  int pagemap; /* the kernel's word on pages; -1 where it has none */

  /* Held by everything but handlers. */
  pthread_mutex_t mutex;
  tm__stamp stamp; /* of the file, when it was opened, committed or shown again */
  bool unsynced;   /* a commit that was not durable */
  bool in_doubt;   /* a commit failed, and so did putting the file back: the journal has to */

  /* guards.c: a bit for each page that was opened, a bit for each word of those. */
  _Atomic uint64_t *pages;
  _Atomic uint64_t *words;
  size_t page_count;
  _Atomic uint32_t fragments; /* openings that do not adjoin another */
  _Atomic uint32_t all_open;

  /* A commit reads the memory: who wants to write waits. */
  _Atomic uint32_t frozen;
  _Atomic uint32_t openers; /* handlers that are opening pages */
} tm__tracking;

/* Ends it; the region is closed, and nobody inside. */
void tm__tracking_end(tm_region *region);
/* With the mutex held, and writers kept out until tm__tracking_thaw: what was written. */
int tm__tracking_freeze(tm_region *region, tm__runs *runs);
/* Lets writers in again. `kept`: what was written still is. */
void tm__tracking_thaw(tm_region *region, const tm__runs *runs, bool kept);
/* Shows the file, which was made to hold the runs and has this stamp now, in their place. */
void tm__tracking_clean(tm_region *region, const tm__runs *runs, const tm__stamp *stamp);
/* The length the file has when these runs are committed. */
uint64_t tm__tracking_length(const tm_region *region, const tm__runs *runs);
int tm__stamp_read(int fd, tm__stamp *stamp);

/* ---- guards.c ----------------------------------------------------------------------------- */

int tm__guards_start(tm_region *region);
void tm__guards_end(tm_region *region);
/* Opens the page of this byte for writing, and maybe some around it, waiting while a commit goes
 * on. False when the system refuses. Signal-safe. */
bool tm__guards_open(tm_region *region, uint64_t offset);
/* The first pages from `from` on that were opened: [*first, *end); false when there are none. */
bool tm__guards_next(const tm__tracking *tracking, size_t from, size_t *first, size_t *end);
/* Forgets all that was opened; no handler may be inside. */
void tm__guards_clear(tm__tracking *tracking);

/* ---- journal.c ---------------------------------------------------------------------------- */

typedef struct tm__journal {
  uint8_t identity[TM_IDENTITY_BYTES];
  uint64_t old_length;
  uint64_t new_length;
  uint64_t record_count;
  uint64_t record_bytes;
  uint64_t salt;
  bool finished; /* all but the cutting off of the file's end was done */
} tm__journal;

/* Writes what the file holds where the runs will be written. */
int tm__journal_write(int fd, tm__journal *journal, int file, const tm__runs *runs,
                      tm_failure *failure);
/* Writes whether it is finished. */
int tm__journal_mark(int fd, const tm__journal *journal);
/* 1 when it is complete, 0 when it is not (the file was not touched then), or an error as
 * tm_tracking_recover. */
int tm__journal_read(int fd, const uint8_t identity[TM_IDENTITY_BYTES], tm__journal *journal);
/* Writes what the journal holds back to the file. */
int tm__journal_restore(int fd, const tm__journal *journal, int file);

/* ---- checksum.c --------------------------------------------------------------------------- */

/* XXH64, as its specification has it. */
uint64_t tm__checksum(const void *data, size_t length, uint64_t seed);

/* ---- pipes.c ------------------------------------------------------------------------------ */

/* Copies memory that may not be readable: 0, or -EFAULT. Signal-safe. */
int tm__pipe_copy(void *target, const void *source, size_t length);
/* Waits while *word is `value`: one thread of the process alone. */
void tm__pipe_wait(_Atomic uint32_t *word, uint32_t value);
/* Wakes it. Signal-safe. */
void tm__pipe_wake(void);

/* ---- faults.c ----------------------------------------------------------------------------- */

/* Makes the access that faulted possible, or puts a scratch page under it and records it. False
 * when the address is none of ours, or nothing helps. Runs in the handler. */
bool tm__fault_resolve(int signal_number, const siginfo_t *info, const void *context);

/* ---- growth.c ----------------------------------------------------------------------------- */

/* Makes the file hold region bytes [offset, end) by the region's policy, and maps them under the
 * remap strategy. `fault`: a touch, so a far one leaves a hole before it. Signal-safe when called
 * with signals blocked. */
int tm__growth_extend(tm_region *region, uint64_t offset, uint64_t end, bool fault);
/* Blocks all signals but those of faults: a handler that faults in a region whose claim this thread
 * holds would wait for itself. */
void tm__growth_block_signals(sigset_t *before);
/* Maps the file again where scratch pages stand for its pages, after their faults were taken: the
 * next touch gets what is there then, or is a fault of its own. Call with signals blocked. */
void tm__growth_rearm(tm_region *region);

/* ---- prefault.c --------------------------------------------------------------------------- */

int tm__prefault_start(void);
/* Asks the thread to populate [at, end) of the region. Signal-safe. */
void tm__prefault_request(tm_region *region, uint64_t at, uint64_t end);
/* Forgets the region. Called when no handler is inside it any more. */
void tm__prefault_forget(tm_region *region);

/* ---- threads.c ---------------------------------------------------------------------------- */

/* Starts a thread of our own, which no signals reach but those of faults. */
int tm__thread_start(void *(*run)(void *), void *data);

/* ---- polling.c ---------------------------------------------------------------------------- */

/* Nanoseconds of CLOCK_MONOTONIC: now, and after so many; INT64_MAX is never. */
int64_t tm__monotonic_now(void);
int64_t tm__deadline_after(int64_t timeout);
/* As the functions of the platform that are named so. */
int tm__poll_compare_word(const _Atomic uint32_t *word, uint32_t value);
int tm__poll_wait_word(const _Atomic uint32_t *word, uint32_t value, int64_t timeout);
int tm__poll_wait_any(const _Atomic uint32_t *const *words, const uint32_t *values, uint32_t count,
                      int64_t deadline);

/* ---- platform_*.c: one file per system; all signal-safe unless said otherwise ------------- */

int tm__platform_advice(enum tm_advice advice);             /* the madvise number, or -1 */
int tm__platform_advice_when_locked(enum tm_advice advice); /* the same, where it differs */
int tm__platform_populate(void *address, size_t length, bool write);
/* Makes pages of a file in memory ready as huge ones; whole huge pages. -ENOSYS where that cannot
 * be. */
int tm__platform_populate_huge(void *address, size_t length, size_t huge_page_size);
size_t tm__platform_huge_page_size(void);  /* not signal-safe */
size_t tm__platform_map_count_limit(void); /* not signal-safe */
/* Map entries this process has; 0 where that cannot be told. */
size_t tm__platform_map_count(void);
/* Where the kernel tells which pages of private memory were written: a descriptor for
 * tm__platform_written_pages, or -ENOSYS. Not signal-safe. */
int tm__platform_open_pagemap(void);
/* Whether it tells of ranges, and not only of one page after the other. Not signal-safe. */
bool tm__platform_scans_pages(int pagemap);
/* Calls `visit` with each range of written pages. `zeros`: pages that are one of the kernel's own
 * pages of zeros count, too; without, they were only read. Ends with what `visit` gives, when that
 * is not 0. Not signal-safe. */
int tm__platform_written_pages(int pagemap, uintptr_t from, uintptr_t to, bool zeros,
                               int (*visit)(void *data, uintptr_t from, uintptr_t to), void *data);
int tm__platform_memory_file(uint64_t length); /* not signal-safe */
/* Our extended attribute of a file, a few bytes: 0, its size (0 when it has none), or -ENOTSUP. Not
 * signal-safe. */
int tm__platform_set_attribute(int fd, const void *value, size_t size);
int tm__platform_get_attribute(int fd, void *value, size_t size);
int tm__platform_remove_attribute(int fd);
int tm__platform_keep_secret(void *address, size_t length); /* not signal-safe */
/* Allocates [from, end) and makes the file at least `end` long; -EOPNOTSUPP when the file system
 * cannot. */
int tm__platform_allocate(int fd, uint64_t from, uint64_t end);
/* Gives the holes of [from, end) blocks, and never changes the length. Errors as above. */
int tm__platform_fill_holes(int fd, uint64_t from, uint64_t end);
int tm__platform_punch_hole(int fd, uint64_t offset, uint64_t length);
/* Pages of this file are memory: allocating ahead costs as much as touching. Not signal-safe. */
bool tm__platform_is_memory(int fd);
/* The file system of this file has no blocks left. */
bool tm__platform_is_full(int fd);
/* Whether SEEK_DATA tells the holes of this file, and never takes pages that were written through a
 * mapping for one. Not signal-safe. */
bool tm__platform_knows_holes(int fd);
/* Locks bytes: shared, exclusively or not at all. Does not wait: -EAGAIN. */
int tm__platform_lock(int fd, uint64_t start, uint64_t length, enum tm_lock lock);
/* Whether the fault of this context was a write, where the processor tells. */
bool tm__platform_fault_writes(const void *context);
/* Whether the fault of this context was the fetch of an instruction, where the processor tells. */
bool tm__platform_fault_executes(const siginfo_t *info, const void *context);
/* The signals that were blocked when this context was interrupted. */
const sigset_t *tm__platform_blocked_signals(const void *context);
/* Whether the page is there and may not be used so; else what it is backed by could not be had. */
bool tm__platform_is_protection(int signal_number, const siginfo_t *info, const void *context);
/* Whether the hardware reports broken memory, or an access with wrong alignment. */
bool tm__platform_is_memory_error(const siginfo_t *info);
/* Copies memory that may not be readable: 0, or -EFAULT. */
int tm__platform_copy(void *target, const void *source, size_t length);
/* Moves a page onto another, in one step for everyone who looks. */
int tm__platform_move_page(void *source, void *target, size_t length);
/* Waits while *word is `value`; wakes who waits. */
void tm__platform_wait(_Atomic uint32_t *word, uint32_t value);
void tm__platform_wake(_Atomic uint32_t *word);

/* From here on not signal-safe. Words of memory that processes share. */

/* Waits while *word is `value`, `timeout` ns at most: 0, -ETIMEDOUT, -EFAULT. */
int tm__platform_wait_word(const _Atomic uint32_t *word, uint32_t value, int64_t timeout);
/* -EAGAIN while *word is `value`, 0 when it is another, -EFAULT when it cannot be read. */
int tm__platform_compare_word(const _Atomic uint32_t *word, uint32_t value);
int tm__platform_wake_word(const _Atomic uint32_t *word, uint32_t count);
/* Words that tm__platform_wait_any takes at most: 2 or more. */
uint32_t tm__platform_wait_capacity(void);
/* Waits until one of the words is woken or is not its value any more, or until `deadline`. Index of
 * one that was woken; -EAGAIN when any may have changed; -ETIMEDOUT; -EFAULT. The first word may be
 * noticed late. */
int tm__platform_wait_any(const _Atomic uint32_t *const *words, const uint32_t *values,
                          uint32_t count, int64_t deadline);

/* Threads and processes. */

/* The number by which others find this thread, or at least its process. */
uint32_t tm__platform_thread_id(void);
/* When the thread of this number was started, in any unit: 0; -ESRCH when there is none (or it has
 * ended); -ENOTSUP when there is one, and no more can be told. */
int tm__platform_thread_start(uint32_t id, uint64_t *start);
/* What tells this boot of the system from others, and its process numbers from those of others that
 * run on it; 0 when it cannot be told. */
uint64_t tm__platform_boot(void);
uint64_t tm__platform_process_space(void);

#endif
