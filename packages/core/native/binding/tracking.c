/* tracking.c: tracked files: what was written, and its commits, on the calling thread or on one of
 * the pool. */
#include "binding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Arguments ---------------------------------------------------------------------------- */

/* Copies the bytes of the Uint8Array in argument `index`, all of which must fit. */
static size_t argument_bytes(arguments *from, size_t index, void *target, size_t room)
{
  napi_typedarray_type type;
  size_t size = 0;
  void *data = NULL;
  napi_value buffer;
  size_t offset;
  if (index >= from->count ||
      napi_get_typedarray_info(from->env, from->values[index], &type, &size, &data, &buffer,
                               &offset) != napi_ok ||
      type != napi_uint8_array || size > room) {
    from->valid = false;
    return 0;
  }
  if (size > 0) memcpy(target, data, size);
  return size;
}

/* A name in a directory, which ends with a zero byte. */
static void argument_name(arguments *from, size_t index, char name[TM_NAME_BYTES])
{
  size_t size = argument_bytes(from, index, name, TM_NAME_BYTES);
  if (size < 2 || memchr(name, 0, size) != name + size - 1 || memchr(name, '/', size) != NULL) {
    from->valid = false;
  }
}

/* Arguments `index` to `index` + 3: directory, name, journal, identity. */
static void argument_place(arguments *from, size_t index, tm_tracking_spec *spec)
{
  spec->directory = argument_fd(from, index);
  argument_name(from, index + 1, spec->name);
  argument_name(from, index + 2, spec->journal);
  size_t size = argument_bytes(from, index + 3, spec->identity, TM_IDENTITY_BYTES);
  if (size != TM_IDENTITY_BYTES) from->valid = false;
}

static mapping *argument_tracked(arguments *from)
{
  mapping *of = argument_open_mapping(from, 0);
  if (of != NULL && tm_tracking_is(of->region)) return of;
  from->valid = false;
  return NULL;
}

/* ---- Results ------------------------------------------------------------------------------ */

static void set_text(napi_env env, napi_value object, const char *name, const char *text)
{
  napi_value value;
  if (text == NULL || napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) != napi_ok) {
    return;
  }
  napi_set_named_property(env, object, name, value);
}

/* { code, call, subject } */
static napi_value outcome_value(napi_env env, int code, const tm_failure *failure)
{
  napi_value value = NULL;
  if (napi_create_object(env, &value) != napi_ok) return code_value(env, code);
  set_number(env, value, "code", code);
  set_text(env, value, "call", failure->call);
  set_text(env, value, "subject", failure->subject);
  return value;
}

/* ---- Tracking ----------------------------------------------------------------------------- */

/* track(handle, detection, limit, directory, name, journal, identity) -> code */
static napi_value track(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  tm_tracking_spec spec = {0};
  mapping *of = argument_open_mapping(&from, 0);
  uint32_t detection = argument_uint32(&from, 1);
  spec.limit = argument_uint64(&from, 2);
  argument_place(&from, 3, &spec);
  spec.detection = (enum tm_detection)detection;
  if (!from.valid || detection > TM_DETECT_KERNEL) return code_value(env, -EINVAL);
  int result = tm_tracking_start(of->region, &spec);
  if (result == 0) environment_let_go(env, spec.directory);
  return code_value(env, result);
}

/* recover(fd, directory, name, journal, identity) -> outcome */
static napi_value recover(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  tm_tracking_spec spec = {0};
  tm_failure failure = {0};
  int fd = argument_fd(&from, 0);
  argument_place(&from, 1, &spec);
  int result = from.valid ? tm_tracking_recover(fd, &spec, &failure) : -EINVAL;
  return outcome_value(env, result, &failure);
}

/* dirty(handle) -> { length, runs: Float64Array of offsets and lengths } | code */
static napi_value dirty(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  mapping *of = argument_tracked(&from);
  if (!from.valid) return code_value(env, -EINVAL);
  tm_run *runs = NULL;
  size_t count = 0;
  uint64_t length = 0;
  int result = tm_tracking_dirty(of->region, &runs, &count, &length);
  if (result != 0) return code_value(env, result);
  napi_value found = NULL;
  napi_value buffer;
  napi_value list;
  void *data = NULL;
  if (napi_create_object(env, &found) != napi_ok ||
      napi_create_arraybuffer(env, count * 2 * sizeof(double), &data, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_float64_array, count * 2, buffer, 0, &list) != napi_ok) {
    free(runs);
    return code_value(env, -ENOMEM);
  }
  double *numbers = data;
  for (size_t index = 0; index < count; index++) {
    numbers[2 * index] = (double)runs[index].offset;
    numbers[2 * index + 1] = (double)runs[index].length;
  }
  free(runs);
  set_number(env, found, "length", (double)length);
  napi_set_named_property(env, found, "runs", list);
  return found;
}

/* touch(handle, byteOffset, byteLength) -> code */
static napi_value touch(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  mapping *of = argument_tracked(&from);
  uint64_t offset = argument_uint64(&from, 1);
  uint64_t length = argument_uint64(&from, 2);
  if (!from.valid) return code_value(env, -EINVAL);
  size_t size = tm_region_length(of->region);
  if (offset > size || length > size - offset) return code_value(env, -EINVAL);
  return code_value(env, tm_tracking_touch(of->region, offset, length));
}

/* rollback(handle) -> code */
static napi_value rollback(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  mapping *of = argument_tracked(&from);
  return code_value(env, from.valid ? tm_tracking_rollback(of->region) : -EINVAL);
}

/* ---- Commits ------------------------------------------------------------------------------ */

enum { COMMIT_DURABLE = 1, COMMIT_LENGTH = 2 };

typedef struct commit_work {
  pool_work work;
  tm_commit commit;
  tm_failure failure;
} commit_work;

static int run_commit(pool_work *work)
{
  commit_work *todo = (commit_work *)work;
  return tm_tracking_commit(todo->work.of->region, &todo->commit, &todo->failure);
}

static napi_value answer_commit(napi_env env, pool_work *work)
{
  return outcome_value(env, work->result, &((commit_work *)work)->failure);
}

/* Arguments: handle, flags, length. */
static bool read_commit(arguments *from, commit_work *todo)
{
  todo->work.of = argument_tracked(from);
  uint32_t flags = argument_uint32(from, 1);
  todo->commit.length = argument_uint64(from, 2);
  todo->commit.durable = (flags & COMMIT_DURABLE) != 0;
  todo->commit.has_length = (flags & COMMIT_LENGTH) != 0;
  todo->work.run = run_commit;
  todo->work.answer = answer_commit;
  return from->valid && todo->commit.length <= tm_region_length(todo->work.of->region);
}

/* commitSync(handle, flags, length) -> outcome */
static napi_value commit_sync(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  commit_work todo = {0};
  int result = read_commit(&from, &todo) ? run_commit(&todo.work) : -EINVAL;
  return outcome_value(env, result, &todo.failure);
}

/* commit(handle, flags, length) -> Promise<outcome> | outcome */
static napi_value commit_in_pool(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  tm_failure none = {0};
  commit_work *todo = calloc(1, sizeof *todo);
  if (todo == NULL) return outcome_value(env, -ENOMEM, &none);
  if (!read_commit(&from, todo)) {
    free(todo);
    return outcome_value(env, -EINVAL, &none);
  }
  return work_start(env, &todo->work, "tidemark.commit");
}

void tracking_define(napi_env env, napi_value exports)
{
  set_function(env, exports, "track", track);
  set_function(env, exports, "recover", recover);
  set_function(env, exports, "dirty", dirty);
  set_function(env, exports, "touch", touch);
  set_function(env, exports, "rollback", rollback);
  set_function(env, exports, "commitSync", commit_sync);
  set_function(env, exports, "commit", commit_in_pool);
  set_number(env, exports, "kernelDetection", tm_tracking_kernel_detects());
}
