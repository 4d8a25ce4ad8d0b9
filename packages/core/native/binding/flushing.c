/* flushing.c: writing pages back, on the calling thread or on one of the pool. */
#include "binding.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum {
  /* Besides the pages: the file's data or all its metadata, because its length changed. */
  FLUSH_FILE_DATA = 256,
  FLUSH_FILE_METADATA = 512
};

typedef struct flush {
  mapping *of;
  struct flush *next; /* of the same mapping; only its thread touches the list */
  void *address;
  size_t length;
  unsigned flags;
  int fd;
  int result;
  napi_deferred deferred;
  napi_async_work work;
  _Atomic bool done; /* `result` is there, and nothing of the mapping is used any more */
} flush;

static int run_flush(const flush *todo)
{
  int result = tm_pages_flush(todo->address, todo->length, todo->flags & 255u);
  if (result != 0 || todo->fd < 0) return result;
  if ((todo->flags & FLUSH_FILE_METADATA) != 0) return tm_file_sync(todo->fd, true);
  if ((todo->flags & FLUSH_FILE_DATA) != 0) return tm_file_sync(todo->fd, false);
  return 0;
}

/* Arguments: handle, byteOffset, byteLength (whole pages), flags. */
static bool read_flush(arguments *from, flush *todo)
{
  todo->of = argument_open_mapping(from, 0);
  uint64_t offset = argument_uint64(from, 1);
  uint64_t length = argument_uint64(from, 2);
  todo->flags = argument_uint32(from, 3);
  if (!from->valid) return false;
  tm_region *region = todo->of->region;
  size_t size = tm_region_length(region);
  size_t page_mask = tm_region_page_size(region) - 1;
  if (offset > size || length > size - offset || ((offset | length) & page_mask) != 0) return false;
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
  return code_value(env, read_flush(&from, &todo) ? run_flush(&todo) : -EINVAL);
}

static void execute(napi_env env, void *data)
{
  (void)env;
  flush *todo = data;
  todo->result = run_flush(todo);
  /* ORDER: publishes the result; from here on a close may take the pages and the descriptor. */
  atomic_store(&todo->done, true);
}

static void unlink_flush(const flush *done)
{
  flush **at = &done->of->flushes;
  while (*at != done) at = &(*at)->next;
  *at = done->next;
}

static void complete(napi_env env, napi_status status, void *data)
{
  (void)status;
  flush *todo = data;
  unlink_flush(todo);
  mapping_release(todo->of);
  /* Cancelled by a close, which did the work; or by the end of this thread, which did not. */
  int result = atomic_load(&todo->done) ? todo->result : -ECANCELED;
  napi_resolve_deferred(env, todo->deferred, code_value(env, result));
  napi_delete_async_work(env, todo->work);
  free(todo);
}

void flushes_finish(napi_env env, mapping *of)
{
  struct timespec pause = {.tv_nsec = 100000};
  for (flush *todo = of->flushes; todo != NULL; todo = todo->next) {
    /* All threads of the pool may be busy with work that waits for this very thread. */
    if (!atomic_load(&todo->done) && napi_cancel_async_work(env, todo->work) == napi_ok) {
      execute(env, todo);
    }
    while (!atomic_load(&todo->done)) nanosleep(&pause, NULL);
  }
}

/* flush(handle, byteOffset, byteLength, flags) -> Promise<code> | code */
static napi_value flush_in_pool(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  flush *todo = calloc(1, sizeof *todo);
  if (todo == NULL) return code_value(env, -ENOMEM);
  napi_value promise;
  napi_value name;
  if (!read_flush(&from, todo) ||
      napi_create_string_utf8(env, "tidemark.flush", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_async_work(env, NULL, name, execute, complete, todo, &todo->work) != napi_ok) {
    free(todo);
    return code_value(env, -EINVAL);
  }
  if (napi_create_promise(env, &todo->deferred, &promise) != napi_ok ||
      napi_queue_async_work(env, todo->work) != napi_ok) {
    napi_delete_async_work(env, todo->work);
    free(todo);
    return code_value(env, -ENOMEM);
  }
  /* `complete` runs on this thread, later: the list and the reference are in time. */
  mapping *of = todo->of;
  atomic_fetch_add(&of->references, 1);
  todo->next = of->flushes;
  of->flushes = todo;
  return promise;
}

void flushing_define(napi_env env, napi_value exports)
{
  set_function(env, exports, "flushSync", flush_sync);
  set_function(env, exports, "flush", flush_in_pool);
}
