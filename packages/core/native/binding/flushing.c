/* flushing.c: writing pages back, on the calling thread or on one of the pool. */
#include "binding.h"

#include <errno.h>
#include <stdlib.h>

enum {
  /* Besides the pages: the file's data or all its metadata, because its length changed. */
  FLUSH_FILE_DATA = 256,
  FLUSH_FILE_METADATA = 512
};

typedef struct flush {
  pool_work work;
  void *address;
  size_t length;
  unsigned flags;
  int fd;
} flush;

static int run_flush(pool_work *work)
{
  const flush *todo = (const flush *)work;
  int result = tm_pages_flush(todo->address, todo->length, todo->flags & 255u);
  if (result != 0 || todo->fd < 0) return result;
  if ((todo->flags & FLUSH_FILE_METADATA) != 0) return tm_file_sync(todo->fd, true);
  if ((todo->flags & FLUSH_FILE_DATA) != 0) return tm_file_sync(todo->fd, false);
  return 0;
}

/* Arguments: handle, byteOffset, byteLength (whole pages), flags. */
static bool read_flush(arguments *from, flush *todo)
{
  todo->work.of = argument_open_mapping(from, 0);
  uint64_t offset = argument_uint64(from, 1);
  uint64_t length = argument_uint64(from, 2);
  todo->flags = argument_uint32(from, 3);
  if (!from->valid) return false;
  tm_region *region = todo->work.of->region;
  size_t size = tm_region_length(region);
  size_t page_mask = tm_region_page_size(region) - 1;
  if (offset > size || length > size - offset || ((offset | length) & page_mask) != 0) return false;
  todo->work.run = run_flush;
  todo->address = (char *)tm_region_base(region) + offset;
  todo->length = (size_t)length;
  todo->fd = tm_region_fd(region);
  return true;
}

/* flushSync(handle, byteOffset, byteLength, flags) -> code */
static napi_value flush_sync(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  flush todo = {0};
  return code_value(env, read_flush(&from, &todo) ? run_flush(&todo.work) : -EINVAL);
}

/* flush(handle, byteOffset, byteLength, flags) -> Promise<code> | code */
static napi_value flush_in_pool(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  flush *todo = calloc(1, sizeof *todo);
  if (todo == NULL) return code_value(env, -ENOMEM);
  if (!read_flush(&from, todo)) {
    free(todo);
    return code_value(env, -EINVAL);
  }
  return work_start(env, &todo->work, "tidemark.flush");
}

void flushing_define(napi_env env, napi_value exports)
{
  set_function(env, exports, "flushSync", flush_sync);
  set_function(env, exports, "flush", flush_in_pool);
}
