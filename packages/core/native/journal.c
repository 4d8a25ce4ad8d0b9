/* journal.c: the file beside a file that a commit is changing: what the file held before, so that
 * it can be put back. docs/formats.md has the layout; everything is little-endian.
 *
 *       0  header, 72 bytes, then its checksum
 *     512  the mark of a commit that has only the end of the file left to cut off
 *    1024  records: where, how long, checksum, and the bytes the file held there, unless they were
 *          all zero */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  VERSION = 1,
  MARK_AT = 512,
  RECORDS_AT = 1024,
  HEADER_BYTES = 72, /* without its checksum */
  MARK_BYTES = 24,   /* likewise */
  RECORD_BYTES = 24, /* before its bytes */
  MOST_BYTES = 1 << 20 /* of the file, in one record */
};

/* In the length of a record: all zeros, which do not follow. */
static const uint64_t ZEROS = UINT64_C(1) << 63;

static const char HEADER_MAGIC[8] = "TIDEUNDO";
static const char MARK_MAGIC[8] = "TIDEMARK";

static void put(uint8_t *at, uint64_t value)
{
  for (size_t index = 0; index < 8; index++) at[index] = (uint8_t)(value >> (8 * index));
}

static uint64_t get(const uint8_t *at)
{
  uint64_t value = 0;
  for (size_t index = 0; index < 8; index++) value |= (uint64_t)at[index] << (8 * index);
  return value;
}

/* ---- Writing ------------------------------------------------------------------------------ */

static bool all_zero(const uint8_t *bytes, size_t length)
{
  return length == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

/* Records are gathered here, and written when there is no room for another. */
typedef struct writer {
  int fd;
  uint64_t written;
  size_t filled;
  uint8_t *buffer;
  uint64_t record_count;
} writer;

enum { BUFFER_BYTES = RECORD_BYTES + MOST_BYTES };

static int write_out(writer *to)
{
  if (tm__file_exceeds_limit(RECORDS_AT + to->written + to->filled)) return -EFBIG;
  int result = tm__file_write(to->fd, to->buffer, to->filled, RECORDS_AT + to->written);
  to->written += to->filled;
  to->filled = 0;
  return result;
}

static uint64_t record_checksum(const uint8_t *record, size_t length, uint64_t salt)
{
  return tm__checksum(record + RECORD_BYTES, length, tm__checksum(record, 16, salt));
}

static int write_record(writer *to, const tm__journal *journal, int file, tm_run part,
                        tm_failure *failure)
{
  size_t length = (size_t)part.length;
  int result = 0;
  if (to->filled + RECORD_BYTES + length > BUFFER_BYTES) result = write_out(to);
  if (result != 0) return result;
  uint8_t *record = to->buffer + to->filled;
  size_t got = 0;
  result = tm__file_read(file, record + RECORD_BYTES, length, part.offset, &got);
  /* The file is as long as it was, or someone is making it shorter at this moment. */
  if (result == 0 && got < length) result = -ESTALE;
  if (result != 0) {
    *failure = (tm_failure){.call = "pread", .subject = "file"};
    return result;
  }
  bool zeros = all_zero(record + RECORD_BYTES, length);
  put(record, part.offset);
  put(record + 8, zeros ? part.length | ZEROS : part.length);
  if (zeros) length = 0;
  put(record + 16, record_checksum(record, length, journal->salt));
  to->filled += RECORD_BYTES + length;
  to->record_count++;
  return 0;
}

/* The next part of the run from `done` on that needs a record: what the file holds of it. */
static bool next_part(const tm_run *run, uint64_t done, uint64_t old_length, tm_run *part)
{
  part->offset = run->offset + done;
  if (done >= run->length || part->offset >= old_length) return false;
  uint64_t left = run->length - done;
  if (left > old_length - part->offset) left = old_length - part->offset;
  part->length = left < MOST_BYTES ? left : MOST_BYTES;
  return true;
}

static int write_records(writer *to, const tm__journal *journal, int file, const tm__runs *runs,
                         tm_failure *failure)
{
  tm_run part;
  int result = 0;
  for (size_t index = 0; index < runs->count; index++) {
    const tm_run *run = &runs->items[index];
    for (uint64_t done = 0; next_part(run, done, journal->old_length, &part);
         done += part.length) {
      result = write_record(to, journal, file, part, failure);
      if (result != 0) return result;
    }
  }
  return write_out(to);
}

/* Tells this journal's records from those that other journals left in the same blocks. */
static uint64_t new_salt(void)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  uint64_t parts[4] = {(uint64_t)now.tv_sec, (uint64_t)now.tv_nsec, (uint64_t)getpid(),
                       (uint64_t)(uintptr_t)&now};
  return tm__checksum(parts, sizeof parts, 0);
}

static int write_header(int fd, const tm__journal *journal)
{
  uint8_t header[RECORDS_AT] = {0};
  memcpy(header, HEADER_MAGIC, 8);
  put(header + 8, VERSION);
  memcpy(header + 16, journal->identity, TM_IDENTITY_BYTES);
  put(header + 32, journal->old_length);
  put(header + 40, journal->new_length);
  put(header + 48, journal->record_count);
  put(header + 56, journal->record_bytes);
  put(header + 64, journal->salt);
  put(header + HEADER_BYTES, tm__checksum(header, HEADER_BYTES, 0));
  return tm__file_write(fd, header, sizeof header, 0);
}

int tm__journal_write(int fd, tm__journal *journal, int file, const tm__runs *runs,
                      tm_failure *failure)
{
  *failure = (tm_failure){.call = "pwrite", .subject = "journal"};
  journal->salt = new_salt();
  writer to = {.fd = fd, .buffer = malloc(BUFFER_BYTES)};
  if (to.buffer == NULL) return -ENOMEM;
  int result = write_records(&to, journal, file, runs, failure);
  journal->record_count = to.record_count;
  journal->record_bytes = to.written;
  if (result == 0) result = write_header(fd, journal);
  free(to.buffer);
  return result;
}

int tm__journal_mark(int fd, const tm__journal *journal)
{
  uint8_t mark[MARK_BYTES + 8] = {0};
  if (journal->finished) {
    memcpy(mark, MARK_MAGIC, 8);
    put(mark + 8, journal->salt);
    put(mark + 16, journal->new_length);
    put(mark + MARK_BYTES, tm__checksum(mark, MARK_BYTES, journal->salt));
  }
  return tm__file_write(fd, mark, sizeof mark, MARK_AT);
}

/* ---- Reading ------------------------------------------------------------------------------ */

/* What was read of a journal, from `at` on. */
typedef struct reader {
  int fd;
  uint64_t at;
  size_t filled;
  uint8_t *buffer;
} reader;

/* Gives `length` bytes of the journal at `offset`, or fewer at its end. */
static int look_at(reader *from, uint64_t offset, size_t length, const uint8_t **bytes, size_t *got)
{
  if (offset < from->at || offset + length > from->at + from->filled) {
    from->at = offset;
    int result = tm__file_read(from->fd, from->buffer, BUFFER_BYTES, offset, &from->filled);
    if (result != 0) return result;
  }
  *bytes = from->buffer + (offset - from->at);
  size_t rest = from->filled - (size_t)(offset - from->at);
  *got = rest < length ? rest : length;
  return 0;
}

typedef struct record {
  uint64_t offset;
  uint64_t length;
  const uint8_t *bytes; /* NULL: zeros */
} record;

/* Reads the record at *at, and moves on to the next. 1 when it is not whole. */
static int read_record(reader *from, const tm__journal *journal, uint64_t *at, record *read)
{
  const uint8_t *head;
  uint64_t left = RECORDS_AT + journal->record_bytes - *at;
  size_t got = 0;
  int result = look_at(from, *at, RECORD_BYTES, &head, &got);
  if (result != 0) return result;
  if (left < RECORD_BYTES || got < RECORD_BYTES) return 1;
  bool zeros = (get(head + 8) & ZEROS) != 0;
  read->offset = get(head);
  read->length = get(head + 8) & ~ZEROS;
  if (read->length == 0 || read->length > MOST_BYTES) return 1;
  size_t follows = zeros ? 0 : (size_t)read->length;
  if (follows > left - RECORD_BYTES) return 1;
  result = look_at(from, *at, RECORD_BYTES + follows, &head, &got);
  if (result != 0) return result;
  if (got < RECORD_BYTES + follows) return 1;
  *at += got;
  read->bytes = zeros ? NULL : head + RECORD_BYTES;
  return get(head + 16) == record_checksum(head, follows, journal->salt) ? 0 : 1;
}

/* Calls `visit` with each record: 0, or 1 when one is not whole. */
static int each_record(int fd, const tm__journal *journal,
                       int (*visit)(void *data, const record *one), void *data)
{
  reader from = {.fd = fd, .buffer = malloc(BUFFER_BYTES)};
  if (from.buffer == NULL) return -ENOMEM;
  uint64_t at = RECORDS_AT;
  int result = 0;
  for (uint64_t index = 0; index < journal->record_count && result == 0; index++) {
    record one;
    result = read_record(&from, journal, &at, &one);
    if (result == 0) result = visit(data, &one);
  }
  free(from.buffer);
  return result;
}

static int accept(void *data, const record *one)
{
  uint64_t length = ((const tm__journal *)data)->old_length;
  return one->offset <= length && one->length <= length - one->offset ? 0 : 1;
}

/* 1 when it is a whole header of a version that is known, 0 when it was never completely written.
 */
static int read_header(const uint8_t *header, size_t got, tm__journal *journal)
{
  if (got < RECORDS_AT || all_zero(header, HEADER_BYTES + 8)) {
    bool started = got == 0 || all_zero(header, got < 8 ? got : 8) ||
                   memcmp(header, HEADER_MAGIC, got < 8 ? got : 8) == 0;
    return started ? 0 : -EBADMSG;
  }
  if (memcmp(header, HEADER_MAGIC, 8) != 0) return -EBADMSG;
  if (get(header + HEADER_BYTES) != tm__checksum(header, HEADER_BYTES, 0)) return 0;
  if (get(header + 8) != VERSION) return -EPROTONOSUPPORT;
  memcpy(journal->identity, header + 16, TM_IDENTITY_BYTES);
  journal->old_length = get(header + 32);
  journal->new_length = get(header + 40);
  journal->record_count = get(header + 48);
  journal->record_bytes = get(header + 56);
  journal->salt = get(header + 64);
  const uint8_t *mark = header + MARK_AT;
  journal->finished = memcmp(mark, MARK_MAGIC, 8) == 0 &&
                      get(mark + MARK_BYTES) == tm__checksum(mark, MARK_BYTES, journal->salt);
  bool sane = journal->old_length <= INT64_MAX && journal->new_length <= INT64_MAX &&
              journal->record_bytes <= INT64_MAX - RECORDS_AT;
  return sane ? 1 : -EBADMSG;
}

int tm__journal_read(int fd, const uint8_t identity[TM_IDENTITY_BYTES], tm__journal *journal)
{
  uint8_t header[RECORDS_AT] = {0};
  size_t got = 0;
  int result = tm__file_read(fd, header, sizeof header, 0, &got);
  if (result == 0) result = read_header(header, got, journal);
  if (result != 1) return result;
  int torn = each_record(fd, journal, accept, journal);
  if (torn != 0) return torn < 0 ? torn : 0;
  return memcmp(journal->identity, identity, TM_IDENTITY_BYTES) == 0 ? 1 : -EXDEV;
}

static int write_back(void *data, const record *one)
{
  static const uint8_t zeros[MOST_BYTES];
  const uint8_t *bytes = one->bytes != NULL ? one->bytes : zeros;
  return tm__file_write(*(const int *)data, bytes, (size_t)one->length, one->offset);
}

int tm__journal_restore(int fd, const tm__journal *journal, int file)
{
  int result = each_record(fd, journal, write_back, &file);
  return result > 0 ? -EIO : result;
}
