/* tidemark.h: everything the native core offers. It knows nothing of JavaScript.
 *
 * Conventions, for every function unless its comment says otherwise:
 * - returns 0 (or a count) on success and a negative errno on failure; never prints, aborts or
 *   asserts on input;
 * - addresses and lengths are multiples of the page size of the region (tm_region_page_size),
 *   offsets are bytes;
 * - may be called from any thread; only what is marked "signal-safe" may be called in a signal
 *   handler. */
#ifndef TIDEMARK_H
#define TIDEMARK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- pages.c: address space ------------------------------------------------------------- */

enum tm_access { TM_ACCESS_NONE = 0, TM_ACCESS_READ = 1, TM_ACCESS_READ_WRITE = 2 };

enum tm_advice {
  TM_ADVICE_NORMAL,
  TM_ADVICE_RANDOM,
  TM_ADVICE_SEQUENTIAL,
  TM_ADVICE_WILL_NEED,
  TM_ADVICE_DONT_NEED,
  TM_ADVICE_COLD,
  TM_ADVICE_PAGE_OUT,
  TM_ADVICE_HUGE_PAGE,
  TM_ADVICE_NO_HUGE_PAGE,
  TM_ADVICE_DONT_DUMP,
  TM_ADVICE_DO_DUMP,
  TM_ADVICE_DONT_FORK,
  TM_ADVICE_DO_FORK,
  TM_ADVICE_COLLAPSE,
  TM_ADVICE_COUNT
};

/* Size of a page of memory, and of a huge page (0 where the system has none). */
size_t tm_page_size(void);
size_t tm_huge_page_size(void);

/* All of these take the start of a page and a length in whole pages inside one mapping. */
int tm_pages_protect(void *address, size_t length, enum tm_access access);
int tm_pages_advise(void *address, size_t length, enum tm_advice advice);
int tm_pages_lock(void *address, size_t length);
int tm_pages_unlock(void *address, size_t length);
/* Brings pages in now; with `write`, ready to be written (blocks allocated). -EFAULT where a touch
 * would have faulted, -ENOSYS where the system has no such call. Signal-safe. */
int tm_pages_populate(void *address, size_t length, bool write);
/* Sets bit i of `bitmap` (least significant first) when page i is in memory; gives their number. */
int64_t tm_pages_residency(void *address, size_t length, uint8_t *bitmap);
/* msync. Waits until written unless TM_FLUSH_ASYNC. */
enum { TM_FLUSH_ASYNC = 1, TM_FLUSH_INVALIDATE = 2 };
int tm_pages_flush(void *address, size_t length, unsigned flags);

/* ---- file.c: files ------------------------------------------------------------------------ */

enum { TM_OPEN_WRITE = 1, TM_OPEN_CREATE = 2, TM_OPEN_EXCLUSIVE = 4 };

/* Opens close-on-exec and without blocking (a FIFO or a device does not hang us); gives a
 * descriptor. */
int tm_file_open(const char *path, unsigned flags, unsigned mode);
int tm_file_duplicate(int fd);
int tm_file_close(int fd);
/* A new shared memory object of `length` zero bytes, sealed against shrinking: its descriptor. */
int tm_file_memory(uint64_t length);
int tm_file_length(int fd, uint64_t *length);
/* Frees the blocks of a range, which then reads as zeros; the length stays. */
int tm_file_punch_hole(int fd, uint64_t offset, uint64_t length);
int tm_file_sync(int fd, bool metadata);

/* Finds where data ends: the end of the page that holds the last byte that is not zero, or `floor`
 * when all bytes from there on are zero. Reads with pread, so nothing faults. */
int tm_file_data_end(int fd, uint64_t floor, uint64_t *end);
int tm_file_truncate(int fd, uint64_t length);
/* Makes the file at least `end` bytes long, never shorter, whatever others do to it meanwhile. */
int tm_file_extend(int fd, uint64_t end);

/* Locks bytes of a file for this descriptor (its open file description), or lets them go. Released
 * by the system when the last copy of the descriptor is closed. -EAGAIN when others hold what does
 * not go with it, -ENOTSUP where the system has no such locks, -EINVAL past TM_LOCK_END. */
enum tm_lock { TM_LOCK_NONE, TM_LOCK_SHARED, TM_LOCK_EXCLUSIVE };
#define TM_LOCK_END (UINT64_C(1) << 62) /* from here on lie this library's own locks */
int tm_file_lock(int fd, uint64_t offset, uint64_t length, enum tm_lock lock);

/* Presence: everyone who grows a file holds it shared; who trims takes it alone.
 * Open-file-description locks on a byte far past any data, so closing other descriptors of the
 * file does not drop them. -EAGAIN when it cannot be had now. */
enum tm_presence {
  TM_PRESENCE_NONE = TM_LOCK_NONE,
  TM_PRESENCE_SHARED = TM_LOCK_SHARED,
  TM_PRESENCE_ALONE = TM_LOCK_EXCLUSIVE
};
int tm_file_presence(int fd, enum tm_presence presence, bool wait);

/* The mark of a file that is being grown: an extended attribute that keeps `floor`, the length the
 * file had before, below which nothing may be trimmed. Set by the first who opens it, removed by
 * the trim at the last close. Found by an opener that is alone, it tells that a crash left a tail
 * of zeros. */
int tm_file_mark(int fd, uint64_t floor);
/* The same, unless it is marked with a greater one; several may do so at once. */
int tm_file_raise_mark(int fd, uint64_t floor);
int tm_file_unmark(int fd);
/* 1 and the floor when marked, else 0; -ENOTSUP where the file system keeps no attributes. */
int tm_file_marked(int fd, uint64_t *floor);

/* ---- regions.c: one mapping each ---------------------------------------------------------- */

typedef struct tm_region tm_region;

enum tm_source { TM_SOURCE_FILE, TM_SOURCE_ANONYMOUS };

enum {
  TM_REGION_COPY_ON_WRITE = 1, /* private: changes never reach the file */
  TM_REGION_POPULATE = 2,      /* bring all pages in before returning */
  TM_REGION_HUGE_ALIGNED = 4,  /* ask for transparent huge pages */
  TM_REGION_HUGE_RESERVED = 8, /* from the pool of reserved huge pages, or fail */
  TM_REGION_SECRET = 16,       /* locked, not dumped, not forked, zeroed at close */
  TM_REGION_PREFAULT = 32,     /* growing: a thread populates ahead of a sequential writer */
  TM_REGION_FOREIGN_RANGE = 64 /* the range at `base` is someone else's: never unmap it */
};

enum tm_strategy {
  TM_STRATEGY_FIXED,       /* does not grow */
  TM_STRATEGY_EXTEND_FILE, /* all of the reservation is mapped; a fault past the end extends */
  TM_STRATEGY_REMAP,       /* the reservation has no access; a fault extends and maps a piece */
  TM_STRATEGY_EXPLICIT,    /* grows by tm_region_ensure alone */
  TM_STRATEGY_TRACKED      /* private memory; see tracking.c */
};

typedef struct tm_region_spec {
  enum tm_source source;
  enum tm_strategy strategy;
  enum tm_access access;
  unsigned flags;
  int fd;               /* owned by the region from success on; -1 for anonymous memory */
  void *base;           /* where to map, with TM_REGION_FOREIGN_RANGE; else NULL */
  size_t length;        /* bytes, a page multiple, not 0 */
  uint64_t file_offset; /* a page multiple */
  uint64_t step_min;    /* growing: how far one extension goes, page multiples */
  uint64_t step_max;
} tm_region_spec;

/* Maps and registers. -EUSERS when so many map entries are in use that the process itself could
 * soon get no memory (see tm_map_entry_limit). */
int tm_region_open(const tm_region_spec *spec, tm_region **region);

void *tm_region_base(const tm_region *region);
size_t tm_region_length(const tm_region *region);
size_t tm_region_page_size(const tm_region *region);
int tm_region_fd(const tm_region *region);

/* Makes the file under the first `end` bytes of the region exist. Grows by the region's policy. */
int tm_region_ensure(tm_region *region, uint64_t end);
/* Changes what may be done with part of it. -EOPNOTSUPP for a part under the remap strategy that
 * the file does not have yet, unless it is the access of the region. */
int tm_region_protect(tm_region *region, uint64_t offset, size_t length, enum tm_access access);
/* Unmaps part of it: its pages go, touching them is a recorded fault, its addresses stay ours. */
int tm_region_release(tm_region *region, uint64_t offset, size_t length);
/* Lets the pages and the descriptor go, and waits for handlers that are inside. From then on the
 * range is a placeholder, touching which is a recorded fault; a foreign range is ordinary memory
 * again. The descriptor is handed to the caller when `fd` is not NULL (to trim the file), else
 * closed. */
int tm_region_close(tm_region *region, int *fd);
/* Ends a closed region. Its addresses stay reserved for a while (work in flight in other threads
 * may still touch them), then go back to the system. `region` must not be used again. */
void tm_region_retire(tm_region *region);
size_t tm_region_count(void);
/* Regions this process may have, derived from vm.max_map_count. */
size_t tm_map_entry_limit(void);

/* ---- tracking.c: private memory over a file, of which is known what was changed ----------- */

enum tm_detection {
  TM_DETECT_GUARD_PAGES, /* memory starts without write access; the fault of a write opens it */
  TM_DETECT_KERNEL       /* the kernel is asked which pages are private: no signals */
};

enum { TM_NAME_BYTES = 256, TM_IDENTITY_BYTES = 16 };

typedef struct tm_tracking_spec {
  enum tm_detection detection;
  uint64_t limit;              /* bytes the file may have at the most */
  int directory;               /* that the file is in; owned by the region from success on */
  char name[TM_NAME_BYTES];    /* of the file, in that directory */
  char journal[TM_NAME_BYTES]; /* of its journal */
  uint8_t identity[TM_IDENTITY_BYTES]; /* tells this file from others that had its name */
} tm_tracking_spec;

/* What went wrong, for messages: the system call, and what it was about. */
typedef struct tm_failure {
  const char *call;
  const char *subject; /* "file", "journal" or "directory" */
} tm_failure;

/* Whether this system tells which pages are private (TM_DETECT_KERNEL): 0 no; 1 yes, one by one,
 * which takes long for a long reservation; 2 yes, at once. */
int tm_tracking_kernel_detects(void);
bool tm_tracking_is(const tm_region *region);
/* Shows the file in a region that was just opened with TM_STRATEGY_TRACKED: its pages first, memory
 * without a file to the end of the reservation. -EFBIG when the file is longer than that. */
int tm_tracking_start(tm_region *region, const tm_tracking_spec *spec);

/* Some bytes of a region. */
typedef struct tm_run {
  uint64_t offset;
  uint64_t length;
} tm_run;

/* Finds what was written since the last commit or rollback: whole pages, in order, in memory to be
 * freed by the caller; and the length that a commit would give the file. */
int tm_tracking_dirty(tm_region *region, tm_run **runs, size_t *count, uint64_t *length);
/* Makes the pages of a range written ones, for who passes them to a system call. */
int tm_tracking_touch(tm_region *region, uint64_t offset, uint64_t length);
/* Drops all changes and shows the file as it is now. */
int tm_tracking_rollback(tm_region *region);

/* ---- commit.c: all changes or none ---------------------------------------------------------- */

typedef struct tm_commit {
  bool durable;    /* until the device has it; else safe from the end of this process alone */
  bool has_length; /* `length` is to be the file's length, whatever was written */
  uint64_t length;
} tm_commit;

/* Makes the file hold what was written, or, when it fails, what it held before: then all changes
 * are still in memory. Threads that write meanwhile wait. -ESTALE: others have changed or replaced
 * the file; -ETIMEDOUT: another commit of the file takes too long; and as tm_tracking_recover. */
int tm_tracking_commit(tm_region *region, const tm_commit *commit, tm_failure *failure);
/* Puts a file back that a commit left half written: 1 when it did, 0 when there was nothing to do.
 * -EBADMSG: the journal is none of ours; -EPROTONOSUPPORT: of a newer version; -EXDEV: of another
 * file. */
int tm_tracking_recover(int fd, const tm_tracking_spec *spec, tm_failure *failure);

/* ---- faults.c: the fault engine ----------------------------------------------------------- */

enum tm_fault_kind {
  TM_FAULT_EXTEND_REFUSED = 1, /* the file system would not make a growing file longer */
  TM_FAULT_PAST_END,           /* past the end of a file that does not grow */
  TM_FAULT_TRUNCATED,          /* a growing file was made shorter by another: extended again */
  TM_FAULT_NO_SPACE,           /* a hole inside the file could not get blocks */
  TM_FAULT_IO,                 /* the storage failed */
  TM_FAULT_READ_ONLY,          /* memory without write access was written */
  TM_FAULT_NO_ACCESS,          /* a guard page or a released page was touched */
  TM_FAULT_CLOSED,             /* memory of a closed mapping was touched */
  TM_FAULT_MEMORY,             /* the hardware reported broken memory */
  TM_FAULT_ABANDONED           /* no map entry was left: the whole mapping became scratch pages */
};

typedef struct tm_fault {
  uint64_t offset; /* byte of the region that was touched */
  uint32_t kind;   /* enum tm_fault_kind */
  int32_t error;   /* errno, 0 where none applies */
  bool write;
} tm_fault;

enum { TM_FAULTS_KEPT = 8 };

/* Installs the handlers of SIGBUS and SIGSEGV, once. */
int tm_faults_install(void);
/* The program's listeners for signals are served by its runtime, which puts a handler of its own
 * over ours when it starts to serve a signal, and none at all when it stops. So it is made to serve
 * ours for good, by `hold`, just before our handlers are installed (0, or a negative errno: then
 * they have to be put on top again each time), and told by us what was sent while somebody listens.
 */
void tm_faults_set_runtime(int (*hold)(int signal_number));
/* Whether the program listens for `signal_number`: SIGBUS or SIGSEGV, any other is ignored. */
void tm_faults_set_listening(int signal_number, bool listening);
/* 0, or -EBUSY when someone else's handler stands where ours was. */
int tm_faults_installed(void);
/* Puts ours on top again; what stands there now becomes the previous handler. */
int tm_faults_reinstall(void);

/* Takes what was recorded since the last call: how many, the first TM_FAULTS_KEPT of them in
 * `faults`. */
uint32_t tm_region_take_faults(tm_region *region, tm_fault faults[TM_FAULTS_KEPT], uint32_t *kept);
/* Called in the handler after a fault is recorded, with `data`; must be signal-safe. Waits until
 * no handler uses the previous one. */
void tm_region_notify(tm_region *region, void (*notify)(void *data), void *data);

typedef struct tm_region_counts {
  uint64_t extensions; /* how often a fault or ensure made the file longer */
  uint64_t recorded;   /* faults recorded */
  uint64_t file_end;   /* file length as last seen */
} tm_region_counts;
void tm_region_counts_read(const tm_region *region, tm_region_counts *counts);

/* ---- owners.c: who holds a lock ----------------------------------------------------------- */

/* A thread of this machine, in two words that are kept in shared memory. The lock may use the upper
 * bits of both: see owners.c. */
typedef struct tm_owner {
  uint32_t token; /* bits 0-29; 0 = nobody */
  uint32_t check; /* bits 0-19; 0 = not known yet */
} tm_owner;

/* Where owners know each other: the boot of the system, and its space of process numbers. */
typedef struct tm_world {
  uint32_t boot; /* never 0 */
  uint32_t space;
} tm_world;

int tm_owner_self(tm_owner *self);
/* Whether the thread has ended, or is of an earlier boot. False when that cannot be told. */
bool tm_owner_is_dead(tm_owner owner);
tm_world tm_world_self(void);

/* ---- waiter.c: waiting for a word of shared memory ----------------------------------------- */

/* A wait on the thread that waits for all. Belongs to the waiter from tm_wait_start on, until it
 * has ended or was taken back. */
typedef struct tm_wait tm_wait;
struct tm_wait {
  const _Atomic uint32_t *word; /* waits while it is `value` */
  uint32_t value;
  int64_t deadline;               /* by CLOCK_MONOTONIC, in ns; INT64_MAX = none */
  const _Atomic uint32_t *owners; /* pairs of token and check, any of whose deaths ends it */
  uint32_t owner_count;
  /* Called on the waiter's thread, which must not be kept long; may not start or cancel waits.
   * 0: woken, or the word is another; -ETIMEDOUT; -EOWNERDEAD; -EFAULT: the memory is gone. */
  void (*ended)(tm_wait *wait, int result);
  struct group *group; /* the waiter's own */
};

/* -EAGAIN, -ENOMEM: no thread could be started. */
int tm_wait_start(tm_wait *wait);
/* Takes a wait back: from then on its memory is left alone. False when it has ended already. */
bool tm_wait_cancel(tm_wait *wait);
/* Waits on this thread, `timeout` ns at most, INT64_MAX for ever: 0 (also for no reason),
 * -ETIMEDOUT, -EFAULT. */
int tm_wait_here(const _Atomic uint32_t *word, uint32_t value, int64_t timeout);
/* Wakes up to `count` that wait for a word, in whatever process: how many, or -EFAULT. */
int tm_wake(const _Atomic uint32_t *word, uint32_t count);
/* Threads that wait for others: 1, unless there are more waits than one can wait for. */
uint32_t tm_wait_threads(void);

#endif
