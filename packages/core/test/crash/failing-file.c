/* failing-file.c: a file system of one file whose storage fails from some byte on, for tests of I/O
 * errors. Speaks the FUSE protocol (linux/fuse.h, kernel interface 7) without a library.
 *
 *   failing-file FOLDER FILE_BYTES GOOD_BYTES
 *
 * mounts on FOLDER, prints "ready", and serves until it is unmounted. FOLDER/file reads as 'A's;
 * reading or writing from GOOD_BYTES on is an I/O error. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FILE_NODE = 2, MAX_REQUEST = 1 << 18 };

static int device;
static unsigned long long file_bytes;
static unsigned long long good_bytes;

static void answer(unsigned long long unique, int error, const void *data, size_t length)
{
  struct fuse_out_header header = {
      .len = (uint32_t)(sizeof header + length), .error = error, .unique = unique};
  struct iovec parts[2] = {{&header, sizeof header}, {(void *)data, length}};
  if (writev(device, parts, length > 0 ? 2 : 1) < 0 && errno != ENOENT) perror("answer");
}

static struct fuse_attr attributes_of(unsigned long long node)
{
  struct fuse_attr attributes = {.ino = node, .nlink = 1, .blksize = 4096, .mode = S_IFDIR | 0755};
  if (node == FILE_NODE) {
    attributes.mode = S_IFREG | 0666;
    attributes.size = file_bytes;
    attributes.blocks = file_bytes / 512;
  }
  return attributes;
}

static void answer_read(unsigned long long unique, const struct fuse_read_in *asked)
{
  static char page[MAX_REQUEST];
  if (asked->offset >= good_bytes || asked->size > sizeof page) {
    answer(unique, -EIO, NULL, 0);
    return;
  }
  size_t length = asked->size;
  if (asked->offset + length > good_bytes) length = good_bytes - asked->offset;
  memset(page, 'A', length);
  answer(unique, 0, page, length);
}

static void answer_write(unsigned long long unique, const struct fuse_write_in *asked)
{
  struct fuse_write_out done = {.size = asked->size};
  int failed = asked->offset + asked->size > good_bytes;
  answer(unique, failed ? -EIO : 0, &done, failed ? 0 : sizeof done);
}

static void answer_init(unsigned long long unique)
{
  struct fuse_init_out settings = {.major = FUSE_KERNEL_VERSION,
                                   .minor = FUSE_KERNEL_MINOR_VERSION,
                                   .max_readahead = 0,
                                   .max_background = 4,
                                   .congestion_threshold = 3,
                                   .max_write = 65536};
  answer(unique, 0, &settings, sizeof settings);
}

static void serve(const struct fuse_in_header *request, const void *body)
{
  struct fuse_entry_out entry = {
      .nodeid = FILE_NODE, .attr_valid = 60, .entry_valid = 60, .attr = attributes_of(FILE_NODE)};
  struct fuse_attr_out attributes = {.attr_valid = 60, .attr = attributes_of(request->nodeid)};
  struct fuse_open_out opened = {0};
  switch (request->opcode) {
  case FUSE_INIT:
    answer_init(request->unique);
    return;
  case FUSE_LOOKUP:
    answer(request->unique, strcmp(body, "file") == 0 ? 0 : -ENOENT, &entry,
           strcmp(body, "file") == 0 ? sizeof entry : 0);
    return;
  case FUSE_GETATTR:
  case FUSE_SETATTR:
    answer(request->unique, 0, &attributes, sizeof attributes);
    return;
  case FUSE_OPEN:
  case FUSE_OPENDIR:
    answer(request->unique, 0, &opened, sizeof opened);
    return;
  case FUSE_READ:
    answer_read(request->unique, body);
    return;
  case FUSE_WRITE:
    answer_write(request->unique, body);
    return;
  case FUSE_FLUSH:
  case FUSE_FSYNC:
  case FUSE_RELEASE:
  case FUSE_RELEASEDIR:
  case FUSE_ACCESS:
    answer(request->unique, 0, NULL, 0);
    return;
  case FUSE_FORGET:
  case FUSE_BATCH_FORGET:
  case FUSE_INTERRUPT:
    return;
  default:
    answer(request->unique, -ENOSYS, NULL, 0);
  }
}

int main(int count, char **arguments)
{
  static _Alignas(8) char request[MAX_REQUEST];
  char options[128];
  if (count != 4) return 2;
  file_bytes = strtoull(arguments[2], NULL, 10);
  good_bytes = strtoull(arguments[3], NULL, 10);
  device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
  if (device < 0 ||
      mount("failing-file", arguments[1], "fuse", MS_NOSUID | MS_NODEV, options) != 0) {
    perror("failing-file");
    return 1;
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    ssize_t got = read(device, request, sizeof request);
    if (got < 0 && (errno == EINTR || errno == ENOENT || errno == EAGAIN)) continue;
    if (got < (ssize_t)sizeof(struct fuse_in_header)) return 0;
    serve((const struct fuse_in_header *)request, request + sizeof(struct fuse_in_header));
  }
}
