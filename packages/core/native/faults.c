/* faults.c: what becomes of a fault at an address of ours, in the signal handler. The access is
 * made possible, or a scratch page is put under it and what happened is recorded. */
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

/* ---- Recording ---------------------------------------------------------------------------- */

/* Marks a slot whose fault is being written. */
static const uint32_t WRITING = UINT32_MAX;

static void record(tm_region *region, const tm_fault *fault)
{
  uint32_t index = atomic_fetch_add(&region->recorded, 1);
  if (index - atomic_load(&region->taken) < TM_FAULTS_KEPT) {
    tm__fault_slot *slot = &region->slots[index % TM_FAULTS_KEPT];
    if (atomic_exchange(&slot->sequence, WRITING) != WRITING) {
      slot->fault = *fault;
      /* ORDER: publishes the fault to tm_region_take_faults. */
      atomic_store_explicit(&slot->sequence, index + 1, memory_order_release);
    }
  }
  void *data = atomic_load(&region->notify_data);
  if (data != NULL) region->notify(data);
}

uint32_t tm_region_take_faults(tm_region *region, tm_fault faults[TM_FAULTS_KEPT], uint32_t *kept)
{
  uint32_t taken = atomic_load(&region->taken);
  uint32_t recorded = atomic_load(&region->recorded);
  *kept = 0;
  for (uint32_t index = taken; index != recorded && *kept < TM_FAULTS_KEPT; index++) {
    tm__fault_slot *slot = &region->slots[index % TM_FAULTS_KEPT];
    /* ORDER: taking the slot keeps handlers from writing to it while it is read. */
    uint32_t expected = index + 1;
    if (!atomic_compare_exchange_strong(&slot->sequence, &expected, WRITING)) break;
    faults[(*kept)++] = slot->fault;
    atomic_store_explicit(&slot->sequence, index + 1, memory_order_release);
  }
  atomic_store(&region->taken, recorded);
  if (recorded != taken && atomic_load(&region->scratch_high) != 0) {
    sigset_t before;
    tm__growth_block_signals(&before);
    tm__growth_rearm(region);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
  }
  return recorded - taken;
}

void tm_region_notify(tm_region *region, void (*notify)(void *data), void *data)
{
  if (notify != NULL) region->notify = notify;
  atomic_store(&region->notify_data, data);
  if (data == NULL) tm__region_wait(region);
}

void tm_region_counts_read(const tm_region *region, tm_region_counts *counts)
{
  /* atomic_load of a const object is an error in older compilers. */
  tm_region *from = (tm_region *)(uintptr_t)region;
  counts->extensions = atomic_load(&from->extensions);
  counts->recorded = atomic_load(&from->recorded);
  counts->file_end = atomic_load(&from->file_end);
}

/* ---- Faults that repeat ------------------------------------------------------------------- */

enum { REPEAT_SLOTS = 1024, REPEAT_LIMIT = 8 };
static const uint64_t REPEAT_WINDOW_NS = 1000000000;

/* The last page each thread faulted at without anything done about it. */
static struct repeat {
  _Atomic uintptr_t page;
  _Atomic uint64_t last; /* when it last did */
  _Atomic uint32_t count;
} repeats[REPEAT_SLOTS];

static struct repeat *repeats_of_this_thread(void)
{
  /* Fibonacci hashing: thread handles are addresses with equal low bits. */
  uint64_t hash = (uint64_t)(uintptr_t)pthread_self() * UINT64_C(0x9E3779B97F4A7C15);
  return &repeats[hash >> 54];
}

static uint64_t now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* False while the fault may be over already (another thread resolved it while this one was on its
 * way into the handler), so that repeating the access is right. True when this thread has repeated
 * it and still faults: then going on would be a loop. Threads that share a slot make the count
 * inexact. */
static bool repeats_without_progress(const tm_region *region, uint64_t offset)
{
  struct repeat *slot = repeats_of_this_thread();
  uintptr_t page = (region->base + (uintptr_t)offset) / region->page_size;
  uint64_t now = now_ns();
  uint64_t before = atomic_exchange(&slot->last, now);
  if (atomic_load(&slot->page) != page || now - before > REPEAT_WINDOW_NS) {
    atomic_store(&slot->page, page);
    atomic_store(&slot->count, 1);
    return false;
  }
  return atomic_fetch_add(&slot->count, 1) >= REPEAT_LIMIT;
}

/* ---- Poisoning ---------------------------------------------------------------------------- */

static void *scratch_pages(void *where, size_t length, int extra_flags)
{
  return mmap(where, length, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | extra_flags, -1, 0);
}

/* Empties the scratch page that has been there longest. */
static void forget_oldest_scratch(tm_region *region, uint64_t page)
{
  uint32_t index = atomic_fetch_add(&region->scratch_next, 1) % TM__SCRATCH_PAGES;
  uint64_t oldest = atomic_exchange(&region->scratch[index], page + 1);
  /* SAFETY: only scratch pages are ever entered here, and a scratch page stays one to the close. */
  if (oldest != 0) madvise((void *)(region->base + oldest - 1), region->page_size, MADV_DONTNEED);
}

/* Too many map entries: one for the whole mapping instead of many. */
static bool poison_all(tm_region *region, const tm_fault *fault)
{
  if (scratch_pages((void *)region->base, region->length, MAP_FIXED) == MAP_FAILED) return false;
  tm_fault abandoned = *fault;
  abandoned.kind = TM_FAULT_ABANDONED;
  abandoned.error = ENOMEM;
  record(region, &abandoned);
  return true;
}

/* Faults of the file under a page, which may be over the next time; the others are of the page. */
static bool stands_for_file(uint32_t kind)
{
  return kind == TM_FAULT_EXTEND_REFUSED || kind == TM_FAULT_PAST_END ||
         kind == TM_FAULT_NO_SPACE || kind == TM_FAULT_IO;
}

static void note_scratch(tm_region *region, uint64_t page)
{
  uint64_t end = page + region->page_size;
  uint64_t low = atomic_load(&region->scratch_low);
  while (page < low && !atomic_compare_exchange_weak(&region->scratch_low, &low, page)) {}
  uint64_t high = atomic_load(&region->scratch_high);
  while (end > high && !atomic_compare_exchange_weak(&region->scratch_high, &high, end)) {}
}

/* Lets the program go on with a page of zeros. False when even that is impossible. */
static bool poison(tm_region *region, const tm_fault *fault)
{
  if (tm__map_entries_scarce()) return poison_all(region, fault);
  uint64_t page = fault->offset / region->page_size * region->page_size;
  forget_oldest_scratch(region, page);
  void *at = scratch_pages((void *)(region->base + page), region->page_size, MAP_FIXED);
  if (at == MAP_FAILED) return poison_all(region, fault);
  if (stands_for_file(fault->kind)) note_scratch(region, page);
  record(region, fault);
  return true;
}

/* Lets the program go on with a private copy of the page, so that what it reads stays right. */
static bool poison_with_copy(tm_region *region, const tm_fault *fault)
{
  size_t size = region->page_size;
  uintptr_t page = (uintptr_t)(region->base + fault->offset / size * size);
  void *copy = tm__map_entries_scarce() ? MAP_FAILED : scratch_pages(NULL, size, 0);
  if (copy == MAP_FAILED) return poison_all(region, fault);
  if (tm__platform_copy(copy, (const void *)page, size) != 0 ||
      tm__platform_move_page(copy, (void *)page, size) != 0) {
    munmap(copy, size);
    return poison(region, fault);
  }
  record(region, fault);
  return true;
}

static bool poison_as(tm_region *region, tm_fault fault, enum tm_fault_kind kind, int error)
{
  fault.kind = kind;
  fault.error = error;
  return poison(region, &fault);
}

/* ---- Resolving ---------------------------------------------------------------------------- */

/* A touch past the file's end under a growing mapping. `known` was the file's length as this
 * process last saw it, `length` is what it is. */
static bool grow(tm_region *region, tm_fault fault, uint64_t known, uint64_t length)
{
  if (length < known) {
    fault.kind = TM_FAULT_TRUNCATED;
    uint64_t expected = known;
    if (atomic_compare_exchange_strong(&region->file_end, &expected, length)) {
      record(region, &fault);
    }
  }
  uint64_t page = fault.offset / region->page_size * region->page_size;
  int result = tm__growth_extend(region, fault.offset, page + region->page_size, true);
  if (result == 0) return true;
  return poison_as(region, fault, TM_FAULT_EXTEND_REFUSED, -result);
}

/* A fault inside the file: a hole without blocks to be had, or the storage itself. */
static bool diagnose(tm_region *region, tm_fault fault, uint64_t length)
{
  uint64_t page = fault.offset / region->page_size * region->page_size;
  uint64_t at = region->file_offset + page;
  bool writable = region->access == TM_ACCESS_READ_WRITE &&
                  (region->flags & TM_REGION_COPY_ON_WRITE) == 0;
  if (writable) {
    uint64_t end = at + region->page_size < length ? at + region->page_size : length;
    int result = tm__platform_fill_holes(region->fd, at, end);
    if (result == -ENOSPC || result == -EDQUOT) {
      return poison_as(region, fault, TM_FAULT_NO_SPACE, -result);
    }
    if (result == -EIO) return poison_as(region, fault, TM_FAULT_IO, -result);
  }
  char byte;
  ssize_t got;
  do got = pread(region->fd, &byte, 1, (off_t)at);
  while (got < 0 && errno == EINTR);
  if (got < 0) return poison_as(region, fault, TM_FAULT_IO, errno);
  if (got == 0) return poison_as(region, fault, TM_FAULT_PAST_END, 0);
  if (!repeats_without_progress(region, fault.offset)) return true;
  /* ext4 with blocks smaller than a page goes on refusing a page that it refused once. */
  if (writable && fault.write && tm__platform_is_full(region->fd)) {
    return poison_as(region, fault, TM_FAULT_NO_SPACE, ENOSPC);
  }
  return poison_as(region, fault, TM_FAULT_IO, EIO);
}

static bool resolve_bus(tm_region *region, tm_fault fault)
{
  if (region->source == TM_SOURCE_ANONYMOUS) {
    return poison_as(region, fault, TM_FAULT_NO_SPACE, ENOMEM);
  }
  bool grows = region->strategy == TM_STRATEGY_EXTEND_FILE || region->strategy == TM_STRATEGY_REMAP;
  /* ORDER: read before the length, so that a smaller length can only mean a truncation. */
  uint64_t known = atomic_load(&region->file_end);
  uint64_t length = 0;
  int result = tm_file_length(region->fd, &length);
  if (result != 0) return poison_as(region, fault, TM_FAULT_IO, -result);
  if (region->file_offset + fault.offset < length) return diagnose(region, fault, length);
  if (!grows) return poison_as(region, fault, TM_FAULT_PAST_END, 0);
  if (repeats_without_progress(region, fault.offset)) {
    return poison_as(region, fault, TM_FAULT_EXTEND_REFUSED, EAGAIN);
  }
  return grow(region, fault, known, length);
}

static bool resolve_protection(tm_region *region, tm_fault fault)
{
  if (region->strategy == TM_STRATEGY_REMAP && fault.offset >= atomic_load(&region->mapped_end)) {
    uint64_t known = atomic_load(&region->file_end);
    uint64_t length = 0;
    int result = tm_file_length(region->fd, &length);
    if (result != 0) return poison_as(region, fault, TM_FAULT_IO, -result);
    return grow(region, fault, known, length);
  }
  /* Tracked memory may always be read: it was a write. */
  if (region->tracking != NULL && tm__guards_open(region, fault.offset)) return true;
  if (!repeats_without_progress(region, fault.offset)) return true;
  char byte;
  const void *address = (const void *)(region->base + fault.offset);
  if (tm__platform_copy(&byte, address, 1) == 0) {
    fault.kind = TM_FAULT_READ_ONLY;
    fault.write = true;
    return poison_with_copy(region, &fault);
  }
  return poison_as(region, fault, TM_FAULT_NO_ACCESS, 0);
}

static bool resolve(tm_region *region, int signal_number, const siginfo_t *info,
                    const void *context)
{
  /* Nothing here is code: a jump into it ends as it would without us. */
  if (tm__platform_fault_executes(info, context)) return false;
  tm_fault fault = {.offset = (uintptr_t)info->si_addr - region->base,
                    .write = tm__platform_fault_writes(context)};
  if (atomic_load(&region->state) != TM__OPEN) return poison_as(region, fault, TM_FAULT_CLOSED, 0);
  if (tm__platform_is_protection(signal_number, info, context)) {
    return resolve_protection(region, fault);
  }
  /* An access the processor cannot do at this alignment: no page helps. */
  if (info->si_code == BUS_ADRALN) return false;
  if (tm__platform_is_memory_error(info)) return poison_as(region, fault, TM_FAULT_MEMORY, EIO);
  return resolve_bus(region, fault);
}

bool tm__fault_resolve(int signal_number, const siginfo_t *info, const void *context)
{
  tm_region *region = tm__region_enter((uintptr_t)info->si_addr);
  if (region == NULL) return false;
  bool resolved = resolve(region, signal_number, info, context);
  tm__region_leave(region);
  return resolved;
}
